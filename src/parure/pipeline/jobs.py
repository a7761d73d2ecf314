"""Long work beside the requests: each in a process of its own, which tells in a file where it is.

A process, for it would hold up answers in the server's own, and its memory goes when it ends. A file, for another
worker may be asked what became of it. What runs holds a lock, which ends with the process however that ends.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

from parure.core.errors import InputError, ParureError

try:
    import fcntl
except ImportError:  # as on Windows
    _HAS_FLOCK = False
else:
    _HAS_FLOCK = True

FOLDER: Final = Path("cache") / "jobs"
_ID: Final = re.compile(r"[a-z]+-[0-9a-z_-]{1,150}")
_STOP_S: Final = 3.0
_LOST: Final = {"code": "fault", "message": "It ended without a result.", "hint": "Begin it again; the log says more."}


class BusyError(ParureError):
    """Work of this kind is under way, and there is one at a time."""

    code = "conflict"


@dataclass(frozen=True)
class Job:
    """What a job says of itself.

    Attributes:
        id: Its kind and a name, as ``preview-1f2e3d4c``.
        asked: What it was asked.
        started_at: ISO 8601.
        state: Where it is.
        progress: From 0 to 1.
        step: What it is doing.
        finished_at: ISO 8601; None while it runs.
        result: What came out; None until then.
        error: Code, message and hint where it failed.
    """

    id: str
    asked: Mapping[str, Any]
    started_at: str
    state: Literal["running", "done", "failed"] = "running"
    progress: float = 0.0
    step: str = ""
    finished_at: str | None = None
    result: Any = None
    error: Mapping[str, str] | None = None

    @property
    def kind(self) -> str:
        """What kind of work it is."""
        return self.id.partition("-")[0]

    def done(self, result: Any) -> Job:
        """The job with its result."""
        return replace(self, state="done", progress=1.0, step="", finished_at=now_text(), result=result)

    def failed(self, error: Mapping[str, str]) -> Job:
        """The job with what went wrong."""
        return replace(self, state="failed", step="", finished_at=now_text(), error=error)


@dataclass
class Jobs:
    """The jobs of a shop, begun and asked after by any of its workers.

    Args:
        shop: The project directory; what jobs say lies in its ``cache/jobs``.
    """

    shop: Path
    _begun: list[subprocess.Popen[bytes]] = field(default_factory=list, repr=False)

    def start(self, job_id: str, asked: Mapping[str, Any], *, keep: int = 20) -> Job:
        """Begin a job.

        Args:
            job_id: What to call it; a job of that name that is over is forgotten.
            asked: JSON-ready, for the job.
            keep: So many jobs of its kind are remembered, this one among them.

        Raises:
            BusyError: One of its kind is under way.
            InputError: The shop's folder cannot be written.
        """
        job = Job(job_id, asked, now_text())
        try:
            (self.shop / FOLDER).mkdir(parents=True, exist_ok=True)
            with self._lock(job.kind) as held:
                if held is None:
                    raise BusyError("One of these is under way already.", hint="Wait until it is done.")
                self._forget(job.kind, keep - 1)
                write_job(self.shop, job)
                self._begin(job, held)
        except OSError as error:
            raise InputError(
                f"The work cannot be begun: {error}.", hint="Check disk and rights of the shop."
            ) from error
        return job

    def find(self, job_id: str) -> Job | None:
        """What a job says of itself; None where there is none of that name."""
        job = read_job(self.shop, job_id)
        if job is None or job.state != "running" or self._is_held(job.kind):
            return job
        # It may have ended between the two looks.
        job = read_job(self.shop, job_id)
        if job is not None and job.state == "running":
            job = job.failed(_LOST)
            write_job(self.shop, job)
        return job

    def forget(self, job_id: str) -> None:
        """Forget a job that is over, so that it can be begun anew."""
        if read_job(self.shop, job_id) is not None:
            (self.shop / FOLDER / f"{job_id}.json").unlink(missing_ok=True)

    def running(self, kind: str) -> str | None:
        """The name of the job of a kind that is under way."""
        if not self._is_held(kind):
            return None
        jobs = (read_job(self.shop, file.stem) for file in (self.shop / FOLDER).glob(f"{kind}-*.json"))
        return next((job.id for job in jobs if job is not None and job.state == "running"), None)

    def close(self) -> None:
        """End what this process has begun."""
        for process in self._begun:
            process.terminate()
        for process in self._begun:
            try:
                process.wait(timeout=_STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
        self._begun.clear()

    def _begin(self, job: Job, lock: int) -> None:
        # What it logs goes where the server's own log goes.
        process = subprocess.Popen(  # noqa: S603 - nothing in it was sent by anybody
            [sys.executable, "-m", "parure.pipeline.job", str(self.shop), job.id, str(lock)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            pass_fds=(lock,) if _HAS_FLOCK else (),
            start_new_session=True,  # Ctrl+C is for the server, which ends what it has begun.
        )
        self._begun = [each for each in self._begun if each.poll() is None] + [process]
        # Nobody else takes in that it has ended.
        threading.Thread(target=process.wait, name="parure-job", daemon=True).start()

    @contextmanager
    def _lock(self, kind: str) -> Iterator[int | None]:
        """The lock of a kind, as a file that a process may inherit; None where another has it."""
        handle = os.open(self.shop / FOLDER / f"{kind}.lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if _HAS_FLOCK:
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                except BlockingIOError:
                    yield None
                    return
            yield handle
        finally:
            os.close(handle)

    def _is_held(self, kind: str) -> bool:
        if not _HAS_FLOCK:
            return True  # What ended without a word cannot be told from what runs.
        with self._lock(kind) as held:
            return held is None

    def _forget(self, kind: str, keep: int) -> None:
        """Keep the newest jobs of a kind, none of which runs: the lock is held here."""
        files = sorted((self.shop / FOLDER).glob(f"{kind}-*.json"), key=lambda file: file.stat().st_mtime_ns)
        for file in files[: len(files) - keep] if len(files) > keep else ():
            file.unlink(missing_ok=True)
        for file in files[-keep:] if keep else ():
            job = read_job(self.shop, file.stem)
            if job is not None and job.state == "running":
                write_job(self.shop, job.failed(_LOST))


def read_job(shop: Path, job_id: str) -> Job | None:
    """A job by its name; None where there is none."""
    path = shop / FOLDER / f"{job_id}.json"
    if not _ID.fullmatch(job_id) or not path.is_file():
        return None
    try:
        return Job(**json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return None


def write_job(shop: Path, job: Job) -> None:
    """Write what a job says of itself, in one step."""
    path = shop / FOLDER / f"{job.id}.json"
    fresh = path.with_suffix(f".{os.getpid()}")
    fresh.write_text(json.dumps(asdict(job), allow_nan=False), encoding="utf-8")
    fresh.replace(path)


def now_text() -> str:
    """This moment, ISO 8601."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
