"""Where converted models are kept: one file each in the user's cache directory, named by what it was made from."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile

from parure.core.errors import InputError


def cache_directory() -> Path:
    """``$XDG_CACHE_HOME/parure``, else ``~/.cache/parure``."""
    home = os.environ.get("XDG_CACHE_HOME", "")
    return (Path(home) if home else Path.home() / ".cache") / "parure"


def hash_of(*parts: str | bytes | Path) -> str:
    """A hash of texts, bytes and the content of files, 20 hex digits."""
    digest = sha256()
    for part in parts:
        if isinstance(part, Path):
            with part.open("rb") as file:
                while block := file.read(1 << 20):
                    digest.update(block)
        else:
            digest.update(part.encode() if isinstance(part, str) else part)
        digest.update(b"\0")
    return digest.hexdigest()[:20]


def kept(name: str, make: Callable[[], bytes]) -> Path:
    """The file of that name in the cache; made first where it is not there yet.

    Two processes that make it at once do the same work and leave the same file: it is written beside its place and
    moved there in one step.

    Args:
        name: Name of the file; a hash of what it is made from belongs in it.
        make: Gives its content.

    Raises:
        InputError: The cache directory cannot be written to.
    """
    place = cache_directory() / "models" / name
    if place.is_file():
        return place
    content = make()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=place.parent, prefix=f".{name}.", delete=False) as file:
            partial = Path(file.name)
            try:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                partial.replace(place)
            except BaseException:
                with suppress(OSError):
                    partial.unlink()
                raise
    except OSError as error:
        raise InputError(
            f"The converted model cannot be kept in {place.parent}: {error.strerror}.",
            hint="Set XDG_CACHE_HOME to a directory that can be written to.",
        ) from error
    return place
