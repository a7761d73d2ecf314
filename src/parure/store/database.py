"""The database file: where it is, how it is opened, and the lock that lets one process write at a time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from importlib.resources import files
from pathlib import Path
from types import TracebackType
from typing import Final

from parure.core.artifacts import sync
from parure.core.errors import StoreError
from parure.store.config import StoreConfig

try:
    import fcntl
except ImportError:  # as on Windows
    _HAS_FLOCK = False
else:
    _HAS_FLOCK = True

_SCHEMAS: Final = ("schema.sql", "schema_2.sql")
"""What each version of the schema adds to the one before."""
SCHEMA_VERSION: Final = len(_SCHEMAS)
"""Version of the schema."""

READ_FACTS: Final = """
SELECT last.value, sorted.value, EXISTS (SELECT 1 FROM merges) FROM facts AS last, facts AS sorted
WHERE last.name = 'last_seq' AND sorted.name = 'sorted_seq'
"""
"""The last number given, the one up to which events are sorted by user, and whether any id was merged into another."""

_COUNTS: Final = ("events", "retries")
_ADD_COUNTS: Final = """
INSERT OR IGNORE INTO facts
SELECT 'events', coalesce(sum(events), 0) FROM event_minutes UNION ALL SELECT 'retries', 0
"""
_FACTS: Final = ("last_seq", "sorted_seq")
_STRICT_SINCE = (3, 37)
_PAGES_PER_MB = 256


def store_folder(shop_dir: Path) -> Path:
    """Where a shop keeps its operational store."""
    return shop_dir / "store"


def has_store(shop_dir: Path) -> bool:
    """Whether a shop has an operational store: whether it was ever served."""
    return (store_folder(shop_dir) / "parure.db").is_file()


def connect(folder: Path, config: StoreConfig, *, query_only: bool, create: bool = False) -> sqlite3.Connection:
    """A connection to a store, in autocommit mode, for any thread, one at a time.

    Raises:
        StoreError: There is no store, or it cannot be opened.
    """
    path = folder / "parure.db"
    mode = "rwc" if create else "rw"
    with database_errors(path):
        # A read-only connection could not make the files that SQLite shares between processes; a querying one can.
        connection = sqlite3.connect(
            f"{path.resolve().as_uri()}?mode={mode}", uri=True, isolation_level=None, check_same_thread=False
        )
        try:
            _configure(connection, config, query_only=query_only)
        except BaseException:
            connection.close()
            raise
        return connection


@contextmanager
def reading(folder: Path, config: StoreConfig) -> Iterator[sqlite3.Connection]:
    """A connection for one reading call, so that any thread may make it.

    Raises:
        StoreError: The database cannot be read.
    """
    connection = connect(folder, config, query_only=True)
    try:
        with database_errors(folder / "parure.db"):
            yield connection
    finally:
        connection.close()


def _configure(connection: sqlite3.Connection, config: StoreConfig, *, query_only: bool) -> None:
    """Settings that SQLite keeps for each connection."""
    connection.execute(f"PRAGMA busy_timeout = {int(config.busy_s * 1000)}")
    # With FULL a commit is on the disk before it is answered; fullfsync makes that true on macOS.
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA fullfsync = ON")
    if query_only:
        connection.execute("PRAGMA query_only = ON")
    else:
        connection.execute(f"PRAGMA cache_size = {-1024 * config.cache_mb}")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_PAGES_PER_MB * config.checkpoint_mb}")


def prepare(shop_dir: Path, config: StoreConfig) -> Path:
    """Make the store of a shop where there is none, and check the one that is there.

    Returns:
        Its folder.

    Raises:
        StoreError: It cannot be made, is not a store, or is one of a newer parure.
    """
    folder = store_folder(shop_dir)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        sync(shop_dir)
        lock = WriteLock(folder)
    except OSError as error:
        raise StoreError(
            f"Cannot make the store in {folder}: {error.strerror}.", hint="Check its owner and mode."
        ) from error
    with closing(lock), lock:
        connection = connect(folder, config, query_only=False, create=True)
        with closing(connection), database_errors(folder / "parure.db"):
            version = _version(connection, folder)
            if version is None:
                # A change of its own, and none that a transaction can hold.
                connection.execute("PRAGMA journal_mode = WAL")
            if version != SCHEMA_VERSION:
                _bring_up(connection, version or 0)
            _complete(connection)
    return folder


def _version(connection: sqlite3.Connection, folder: Path) -> int | None:
    """The schema's version; None where nothing has been made yet.

    Raises:
        StoreError: Another program's database, or a newer parure's.
    """
    tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    if not tables:
        return None
    facts: dict[str, int] = {}
    if "facts" in tables:
        facts = dict(connection.execute("SELECT name, value FROM facts"))
    version = facts.get("schema")
    if version is None:
        raise StoreError(
            f"{folder / 'parure.db'} is not a store of parure: it holds {', '.join(sorted(tables))}.",
            hint="Move it elsewhere; a new store is made when none is there.",
        )
    if version > SCHEMA_VERSION:
        raise StoreError(
            f"{folder / 'parure.db'} has version {version}, this parure reads up to {SCHEMA_VERSION}.",
            hint="Run the newer parure that wrote it, or restore the copy from before the upgrade.",
        )
    if lost := [name for name in _FACTS if name not in facts]:
        raise StoreError(
            f"{folder / 'parure.db'} lacks {' and '.join(lost)}, by which its events are read.",
            hint="Restore a copy of it, or move it elsewhere: a new store is made when none is there.",
        )
    return version


def _complete(connection: sqlite3.Connection) -> None:
    """Begin to count in a store that was made before anything was counted."""
    known = {name for (name,) in connection.execute("SELECT name FROM facts")}
    if not known.issuperset(_COUNTS):
        connection.execute(_ADD_COUNTS)


def _bring_up(connection: sqlite3.Connection, version: int) -> None:
    """Make the tables that a version lacks, all or none; 0 stands for an empty database."""
    added = [files("parure.store").joinpath(name).read_text(encoding="utf-8") for name in _SCHEMAS[version:]]
    schema = "\n".join(added)
    if sqlite3.sqlite_version_info < _STRICT_SINCE:
        schema = schema.replace("STRICT, ", "").replace(" STRICT;", ";")
    connection.executescript(f"BEGIN IMMEDIATE;\n{schema}")
    if not version:
        connection.execute("INSERT INTO facts VALUES ('last_seq', 0), ('sorted_seq', 0)")
    connection.execute("INSERT OR REPLACE INTO facts VALUES ('schema', ?)", (SCHEMA_VERSION,))
    connection.execute("COMMIT")


@contextmanager
def database_errors(path: Path) -> Iterator[None]:
    """Say which database it was where SQLite fails.

    Raises:
        StoreError: With SQLite's words.
    """
    try:
        yield
    except sqlite3.Error as error:
        raise database_error(path, error) from error


def database_error(path: Path, error: Exception) -> StoreError:
    """What to raise where SQLite fails, with its words."""
    return StoreError(
        f"The database {path} failed: {error}.", hint="Check that it is there, its owner and mode, and the disk."
    )


class WriteLock:
    """Lets one process write at a time; the others sleep until it is their turn. It ends with the process.

    SQLite's own lock is asked for again and again with growing pauses, which leaves the disk idle between two writers.
    Where a system has no such locks (Windows), SQLite's own has to do.

    Args:
        folder: The store's folder, which holds the lock's file.
    """

    def __init__(self, folder: Path) -> None:
        self._file = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT, 0o644)

    def __enter__(self) -> None:
        if _HAS_FLOCK:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if _HAS_FLOCK:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file, once."""
        os.close(self._file)
