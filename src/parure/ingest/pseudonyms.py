"""Customer ids and e-mail addresses behind a keyed hash, computed where the rows are read.

HMAC-SHA256 (RFC 2104), cut to 128 bits. Without the key a list of known addresses cannot be tried against the tables.
"""

from __future__ import annotations

import hmac
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

import duckdb

from parure.core.errors import InputError, SettingsError

KEY_VARIABLE: Final = "PARURE_PSEUDONYM_KEY"
KEY_FILE: Final = "pseudonym.key"
_BLOCK: Final = 64


def pseudonym_key(shop: Path) -> bytes:
    """The shop's key: from the environment variable PARURE_PSEUDONYM_KEY, else from a file that only its owner reads.

    The file is made at first use. Who loses it can no longer match new rows to old customers.

    Raises:
        SettingsError: The key is shorter than 16 bytes.
        InputError: The key file cannot be read or written.
    """
    from_environment = os.environ.get(KEY_VARIABLE)
    if from_environment is not None:
        return _long_enough(from_environment.encode(), KEY_VARIABLE)
    path = shop / KEY_FILE
    try:
        if not path.exists():
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w", encoding="ascii") as file:
                file.write(secrets.token_hex(32) + "\n")
        return _long_enough(path.read_bytes().strip(), str(path))
    except OSError as error:
        raise InputError(f"Cannot use the pseudonym key {path}: {error}.", hint="Check its owner and mode.") from None


def pseudonymiser(shop: Path) -> Callable[[str], str]:
    """The function that turns an id of the shop's files into the one its tables hold."""
    key = pseudonym_key(shop)
    return lambda text: hmac.new(key, text.encode(), "sha256").hexdigest()[:32]


def _long_enough(key: bytes, where: str) -> bytes:
    if len(key) < 16:
        raise SettingsError(
            f"The pseudonym key in {where} has {len(key)} bytes, at least 16 are needed.",
            hint="Make one with: python -c 'import secrets; print(secrets.token_hex(32))'",
        )
    return key


def install(con: duckdb.DuckDBPyConnection, key: bytes) -> None:
    """Define the SQL macro ``pseudonym(text)`` on a connection.

    The key goes in as variables, so that it never stands in the text of a query or of an error.
    """
    from hashlib import sha256

    block = (sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    con.execute("SET VARIABLE parure_inner = $1::BLOB", [bytes(b ^ 0x36 for b in block)])
    con.execute("SET VARIABLE parure_outer = $1::BLOB", [bytes(b ^ 0x5C for b in block)])
    con.execute(
        "CREATE OR REPLACE TEMP MACRO pseudonym(x) AS sha256(getvariable('parure_outer') || "
        "unhex(sha256(getvariable('parure_inner') || encode(x))))[:32]"
    )
