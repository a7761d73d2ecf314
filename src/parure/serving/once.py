"""What takes long to make and is made once: begun by who asks first, and waited for a little."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any, Final

from starlette.concurrency import run_in_threadpool

from parure.core.errors import BundleError, InputError, ParureError, SettingsError
from parure.pipeline.jobs import BusyError, Job, Jobs
from parure.serving.search import PreparingError

_EVERY_S: Final = 0.1
_ERRORS: Final[Mapping[str, type[ParureError]]] = {
    "input": InputError,
    "settings": SettingsError,
    "bundle": BundleError,
}


async def made_once(jobs: Jobs, job_id: str, asked: Mapping[str, Any], *, what: str, wait_s: float, keep: int) -> Any:
    """The result of a job; it is begun where nobody asked for it yet.

    Args:
        jobs: The shop's.
        job_id: What it is called.
        asked: What it is asked.
        what: What it makes, for the message.
        wait_s: So many seconds it is waited for.
        keep: So many results of its kind are kept.

    Raises:
        PreparingError: It is under way, or another of its kind is.
        ParureError: It failed; who asks next begins it anew.
    """
    loop = asyncio.get_running_loop()
    until_s = loop.time() + wait_s
    try:
        job = await run_in_threadpool(_begun, jobs, job_id, asked, keep)
    except BusyError:
        job = None
    while job is not None and job.state == "running" and loop.time() < until_s:
        await asyncio.sleep(_EVERY_S)
        job = await run_in_threadpool(jobs.find, job_id)
    if job is None or job.state == "running":
        raise PreparingError(f"{what} is being made.", hint="Send it again in a while.")
    if job.error is not None:
        await run_in_threadpool(jobs.forget, job_id)
        kind = _ERRORS.get(job.error["code"].partition("_")[0], ParureError)
        raise kind(job.error["message"], hint=job.error["hint"])
    return job.result


def _begun(jobs: Jobs, job_id: str, asked: Mapping[str, Any], keep: int) -> Job:
    return jobs.find(job_id) or jobs.start(job_id, asked, keep=keep)
