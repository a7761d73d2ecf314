"""An ingest that is killed at any moment: nothing is half there, and the next one makes it whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from parure.core.errors import InputError, MissingInputError
from parure.ingest import Tables

CHILD = """
import sys
from pathlib import Path
from parure.ingest import ingest
sys.stdout.write("ready\\n"); sys.stdout.flush()
ingest(Path(sys.argv[1]), [Path(sys.argv[2])])
"""
ROWS = 40_000


def start(shop: Path, folder: Path) -> subprocess.Popen[bytes]:
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(shop), str(folder)], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    return child


def much(files) -> None:
    files.add("products", *(f"x{n},Ring {n},rings,{n % 90 + 1}.50,in_stock" for n in range(ROWS)))
    files.add("products", *(f"y{n},Ring,rings,free,in_stock" for n in range(500)))
    files.add("order_items", *(f"k{n},o1,x{n},1,5.00" for n in range(ROWS)))
    files.add("order_items", *(f"l{n},o1,gone,1,5.00" for n in range(500)))


@pytest.mark.slow
def test_an_ingest_killed_at_any_moment_loses_and_doubles_nothing(files, tmp_path):
    much(files)
    begun = time.perf_counter()
    child = start(tmp_path / "whole", files.folder)
    ready = time.perf_counter()
    assert child.wait() == 0
    child.stdout.close()
    takes = time.perf_counter() - ready
    whole = Tables(tmp_path / "whole")
    moments = random.Random(7)
    killed = 0
    for _ in range(6):
        child = start(files.shop, files.folder)
        time.sleep(moments.uniform(0.1, 1.0) * takes)
        child.send_signal(signal.SIGKILL)
        killed += child.wait() == -signal.SIGKILL
        child.stdout.close()
        try:
            counts = Tables(files.shop).counts()
        except MissingInputError:
            continue  # nothing was published yet, which is whole too
        assert counts == whole.counts()
    assert killed, f"every child was done before it was killed ({takes:.2f} s, {ready - begun:.2f} s to start)"
    result = files.ingest()
    assert Tables(files.shop).counts() == whole.counts()
    assert Tables(files.shop).fingerprint == whole.fingerprint
    assert result.rows_in == result.rows_accepted + result.rows_quarantined == 10 + 2 * ROWS + 1_000
    assert result.rows_quarantined == 1_000
    assert len(files.quarantine("products")) == len(files.quarantine("order_items")) == 500
    assert content(files.shop) == content(tmp_path / "whole")


def content(shop: Path) -> dict[str, bytes]:
    """Everything that is stored, by name."""
    return {
        str(path.relative_to(shop)): path.read_bytes()
        for folder in ("tables", "quarantine")
        for path in (shop / folder).rglob("*")
        if path.is_file()
    }


@pytest.mark.slow
def test_two_ingests_at_once_do_not_mix(files, tmp_path):
    much(files)
    child = start(files.shop, files.folder)
    refused = False
    while child.poll() is None and not refused:
        try:
            files.ingest()
        except InputError as error:
            refused = "Another ingest" in str(error)
    child.wait()
    child.stdout.close()
    files.ingest()
    assert Tables(files.shop).counts()["order_items"] == ROWS + 2
