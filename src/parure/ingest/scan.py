"""One pass over a file's bytes: its hash, and every fact that decides how its text can be read."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from parure.core.errors import InputError, MissingInputError

_CHUNK: Final = 1 << 20
_WATCHED: Final = rb"NULnu\\#/"
"""Bytes of the usual words for a missing value that files of numbers and dates do not have."""
_TWICE: Final = (b"\xc3\x83", b"\xc3\x82", b"\xc3\xa2\xe2\x82\xac")
BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(frozen=True, slots=True)
class TextFacts:
    """What one pass over the bytes tells.

    Attributes:
        utf8: Whether all bytes are valid UTF-8.
        ascii: Whether all bytes are ASCII.
        nul: Whether there is a NUL byte.
        quotes: Whether there is a double quote.
        lone_returns: Whether lines end in carriage returns alone.
        twice: Whether there are traces of UTF-8 that was read as Latin-1 and written as UTF-8 again.
        blanks: Whether there is any blank, so that cells may have some around them.
        bom: Encoding that a byte order mark announces, or empty.
        absent: Those bytes out of ``_WATCHED`` that do not occur.
    """

    utf8: bool
    ascii: bool
    nul: bool
    quotes: bool
    lone_returns: bool
    twice: bool
    blanks: bool
    bom: str
    absent: frozenset[int]

    @property
    def plain(self) -> bool:
        """Whether the SQL engine can read the bytes as they are."""
        return self.utf8 and not (self.nul or self.lone_returns or self.twice or self.bom)

    def may_hold(self, text: str) -> bool:
        """Whether a text in UTF-8 may occur; False is certain."""
        return self.absent.isdisjoint(text.encode())


def content_hash(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        MissingInputError: It cannot be read.
    """
    digest = hashlib.sha256()
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def opened(path: Path) -> BinaryIO:
    """Open a file for reading.

    Raises:
        MissingInputError: It is not there, not a file, or may not be read.
    """
    try:
        return path.open("rb")
    except PermissionError:
        raise MissingInputError(
            f"{path} may not be read: permission denied.", hint="Give the user that runs parure read access."
        ) from None
    except IsADirectoryError:
        raise MissingInputError(f"{path} is a directory, a file was expected.", hint="Name the file.") from None
    except OSError as error:
        raise MissingInputError(f"Cannot read {path}: {error.strerror}.", hint="Check the path.") from None


def scan_text(path: Path) -> tuple[str, TextFacts]:
    """Hash a text file and learn how it can be read.

    Returns:
        The SHA-256 of the bytes, and the facts.

    Raises:
        MissingInputError: It cannot be read.

    Cost:
        About 0.06 s for 100 MB; two megabytes of memory.
    """
    digest = hashlib.sha256()
    collector = _Collector()
    # Hashing leaves the interpreter's lock, so each chunk is looked through while it is hashed.
    with opened(path) as file, ThreadPoolExecutor(1) as beside:
        hashing: Future[None] | None = None
        while chunk := file.read(_CHUNK):
            if hashing is not None:
                hashing.result()
            hashing = beside.submit(digest.update, chunk)
            collector.add(chunk)
    return digest.hexdigest(), collector.facts()


class _Collector:
    """Gathers :class:`TextFacts` chunk by chunk."""

    def __init__(self) -> None:
        self._newlines = self._returns = False
        self._utf8 = self._ascii = True
        self._nul = self._quotes = self._twice = self._blanks = False
        self._absent = frozenset(_WATCHED)
        self._bom = ""
        self._last = b"\n"
        self._first = True
        self._decoder = codecs.getincrementaldecoder("utf-8")()

    def add(self, chunk: bytes) -> None:
        if self._first:
            self._first = False
            self._bom = next((name for mark, name in BOMS if chunk.startswith(mark)), "")
        self._newlines = self._newlines or b"\n" in chunk
        self._returns = self._returns or b"\r" in chunk
        self._nul = self._nul or b"\0" in chunk
        self._quotes = self._quotes or b'"' in chunk
        seam = self._last + chunk if len(self._last) else chunk
        self._blanks = self._blanks or b" " in chunk or b"\t" in chunk
        self._absent = frozenset(byte for byte in self._absent if byte not in chunk)
        self._ascii_or_utf8(chunk, seam)
        self._last = chunk[-2:]

    def _ascii_or_utf8(self, chunk: bytes, seam: bytes) -> None:
        if self._utf8 and not (chunk.isascii() and self._ascii):
            self._ascii = False
            self._twice = self._twice or any(mark in seam for mark in _TWICE)
            try:
                self._decoder.decode(chunk)
            except UnicodeDecodeError:
                self._utf8 = False

    def facts(self) -> TextFacts:
        if self._utf8:
            try:
                self._decoder.decode(b"", final=True)
            except UnicodeDecodeError:
                self._utf8 = False
        return TextFacts(
            utf8=self._utf8,
            ascii=self._ascii,
            nul=self._nul,
            quotes=self._quotes,
            lone_returns=self._returns and not self._newlines,
            twice=self._twice,
            blanks=self._blanks,
            bom=self._bom,
            absent=self._absent,
        )


def count_lines(path: Path) -> int:
    """Physical lines of a text file; a last line without an end counts.

    Cost:
        About 0.03 s for 100 MB.
    """
    lines, last = 0, b"\n"
    with opened(path) as file:
        while chunk := file.read(_CHUNK):
            lines += chunk.count(b"\n")
            last = chunk[-1:]
    return lines + (last != b"\n")


def unpacked(path: Path, into: Path) -> Path:
    """Write the text inside a gzip file to ``into``.

    Raises:
        InputError: The archive is cut off or broken.
        MissingInputError: It cannot be read.
    """
    with opened(path) as packed, into.open("wb") as out:
        try:
            for chunk in _gzip_chunks(packed):
                out.write(chunk)
        except EOFError:
            raise InputError(
                f"{path} is cut off: the gzip data ends before its end mark, after {out.tell():,} bytes of text.",
                hint="Copy or export the file again.",
            ) from None
        except (gzip.BadGzipFile, zlib.error) as error:
            raise InputError(f"{path} is not a sound gzip file: {error}.", hint="Copy or export it again.") from None
    return into


def _gzip_chunks(packed: BinaryIO) -> Iterator[bytes]:
    with gzip.GzipFile(fileobj=packed) as archive:
        while chunk := archive.read(_CHUNK):
            yield chunk
