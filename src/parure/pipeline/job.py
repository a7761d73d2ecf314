"""What runs in the process of a job, which :class:`parure.pipeline.jobs.Jobs` begins."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from parure.core.errors import ParureError
from parure.core.progress import Progress, Step
from parure.pipeline.jobs import Job, read_job, write_job
from parure.pipeline.recipe import RuleSpec
from parure.pipeline.settings import load_settings

LOG: Final = logging.getLogger("parure.job")
_EVERY_S: Final = 0.2
_MOST: Final = 0.99


class _Written:
    """Progress that is written into the file of a job, a few times a second at most.

    Args:
        shop: Whose job.
        job: The job.
        steps: How many steps there will be, about.
    """

    def __init__(self, shop: Path, job: Job, steps: int) -> None:
        self._shop = shop
        self._job = job
        self._steps = steps
        self._done = 0.0
        self._written_s = 0.0

    @contextmanager
    def step(self, label: str, total: float | None = None) -> Iterator[Step]:
        """Open a step; what it is called stands in the file."""
        self.write(label, 0.0)
        yield _Bar(self, label, total)
        self._done += 1

    def write(self, label: str, part: float) -> None:
        """Say how far the step that is open is."""
        now_s = time.monotonic()
        if now_s - self._written_s < _EVERY_S:
            return
        self._written_s = now_s
        # A guess of how many steps there are must not make it run backwards, or be done before it is.
        share = min((self._done + min(part, 1.0)) / max(self._steps, self._done + 1), _MOST)
        self._job = replace(self._job, progress=max(share, self._job.progress), step=label)
        write_job(self._shop, self._job)


class _Bar:
    def __init__(self, written: _Written, label: str, total: float | None) -> None:
        self._written, self._label, self._total, self._amount = written, label, total, 0.0

    def advance(self, amount: float = 1.0) -> None:
        self._amount += amount
        if self._total:
            self._written.write(self._label, self._amount / self._total)


def _preview(shop: Path, asked: Mapping[str, Any], progress: Progress) -> Any:
    from parure.pipeline.rule_change import preview_change

    rules = [RuleSpec.parse(each, where="rule") for each in asked["rules"]]
    found = preview_change(
        shop,
        load_settings(shop),
        asked["recipe"],
        rules,
        weeks=asked["weeks"],
        most=asked["most"],
        progress=progress,
    )
    return found.to_dict()


def _catalogue(shop: Path, asked: Mapping[str, Any], progress: Progress) -> Any:
    from parure.pipeline.reach import reach

    return reach(shop, asked["version"], asked["surface"], progress)


def _map(shop: Path, asked: Mapping[str, Any], progress: Progress) -> Any:
    from parure.pipeline.bundle import load_bundle
    from parure.pipeline.taste_map import TasteMapConfig, taste_map, umap_is_there
    from parure.pipeline.taste_map_json import map_json

    bundle = load_bundle(shop, asked["version"])
    config = TasteMapConfig() if umap_is_there() else TasteMapConfig(layouts=("pca",))
    return map_json(taste_map(bundle, config, progress=progress), bundle.dataset)


_KINDS: Final[Mapping[str, tuple[Callable[[Path, Mapping[str, Any], Progress], Any], int]]] = {
    "preview": (_preview, 8),
    "catalogue": (_catalogue, 1),
    "map": (_map, 3),
}
"""What does the work of each kind, and in how many steps, about."""


def run(shop: Path, job: Job) -> Job:
    """Do the work of a job; the job as it is then, which is written too."""
    work, steps = _KINDS[job.kind]
    try:
        job = job.done(work(shop, job.asked, _Written(shop, job, steps)))
    except ParureError as error:
        job = job.failed(error.to_dict())
    except Exception as error:
        LOG.exception("the job %s failed", job.id)
        job = job.failed({"code": "fault", "message": type(error).__name__, "hint": "The server's log says more."})
    write_job(shop, job)
    return job


def main(shop: Path, job_id: str, lock: int) -> int:
    """Run the job that was written down under a name, and let go of its lock; the exit status."""
    if hasattr(os, "nice"):
        os.nice(10)
    job = read_job(shop, job_id)
    if job is None:
        LOG.error("there is no job %s", job_id)
        return 2
    done = run(shop, job).state == "done"
    # At once, so that who has read that it is over can begin the next; the end of a process takes a while.
    os.close(lock)
    return 0 if done else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
