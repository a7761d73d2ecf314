"""Jobs: one of a kind at a time, told of in files that outlast who began them."""

import json
import sys
import time

import pytest

from parure.pipeline.job import run
from parure.pipeline.jobs import FOLDER, BusyError, Job, Jobs, now_text, read_job, write_job


@pytest.fixture
def jobs(tmp_path, monkeypatch):
    """Jobs that are never begun: they stand there as if their process had just ended."""
    monkeypatch.setattr(Jobs, "_begin", lambda self, job, lock: None)
    return Jobs(tmp_path)


def test_a_job_is_found_by_its_name_and_by_no_other(jobs):
    jobs.start("preview-1f", {"a": 1})
    assert read_job(jobs.shop, "preview-1f").asked == {"a": 1}
    for name in ("preview-2f", "../preview-1f", "preview-1f/../preview-1f", "PREVIEW-1F", "preview-", "", "preview-\0"):
        assert jobs.find(name) is None, name


def test_one_that_ended_without_a_word_has_failed(jobs):
    jobs.start("preview-1f", {})
    told = jobs.find("preview-1f")
    assert [told.state, told.error["code"]] == ["failed", "fault"]
    assert read_job(jobs.shop, "preview-1f").state == "failed"


def test_while_one_holds_the_lock_no_other_of_its_kind_begins(jobs):
    jobs.start("preview-1f", {})
    with jobs._lock("preview"):
        assert jobs.find("preview-1f").state == "running"
        assert jobs.running("preview") == "preview-1f"
        with pytest.raises(BusyError):
            jobs.start("preview-2f", {})
        jobs.start("map-1", {})
    assert jobs.running("preview") is None
    jobs.start("preview-2f", {})


def test_the_newest_are_remembered(jobs):
    for number in range(6):
        jobs.start(f"preview-{number}", {}, keep=3)
        time.sleep(0.01)
    kept = sorted(file.stem for file in (jobs.shop / FOLDER).glob("preview-*.json"))
    assert kept == ["preview-3", "preview-4", "preview-5"]
    assert read_job(jobs.shop, "preview-3").state == "failed"
    jobs.forget("preview-3")
    assert jobs.find("preview-3") is None


def test_what_is_wrong_is_told_and_what_is_unexpected_is_logged(tmp_path, caplog):
    (tmp_path / FOLDER).mkdir(parents=True)
    job = Job("preview-1", {"recipe": "none", "rules": [], "weeks": 1, "most": 10}, now_text())
    write_job(tmp_path, job)
    assert run(tmp_path, job).error["code"] == "settings"
    assert run(tmp_path, Job("preview-2", {}, now_text())).error == {
        "code": "fault", "message": "KeyError", "hint": "The server's log says more.",
    }  # fmt: skip
    assert "the job preview-2 failed" in caplog.text
    assert json.loads((tmp_path / FOLDER / "preview-2.json").read_text(encoding="utf-8"))["state"] == "failed"


def test_a_process_tells_what_became_of_it_and_lets_go_of_its_lock(tmp_path):
    jobs = Jobs(tmp_path)
    jobs.start("preview-1", {"recipe": "none", "rules": [], "weeks": 1, "most": 10})
    until = time.monotonic() + 60
    while (told := jobs.find("preview-1")).state == "running":
        assert time.monotonic() < until
        time.sleep(0.05)
    assert told.error["code"] == "settings", sys.executable
    jobs.close()
