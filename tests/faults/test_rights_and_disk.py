"""What may not be read or written: a clear error, also where tests run as root (then a child gives up its rights)."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

CHILD = """
import json, os, resource, sys
from pathlib import Path
from parure.core.errors import ParureError
from parure.ingest import ingest
shop, inputs, sound, most_bytes = Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])
# Once with all rights, so that everything is imported: another user may not read this Python's packages.
ingest(sound / "warm", [sound])
if os.geteuid() == 0:
    os.setgroups([]), os.setgid(65534), os.setuid(65534)
if most_bytes:
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))
try:
    print(json.dumps({"accepted": ingest(shop, [inputs]).rows_accepted}))
except ParureError as error:
    print(json.dumps({"kind": type(error).__name__, **error.to_dict()}))
"""


@pytest.fixture
def open_folder():
    """A folder that everybody may enter; pytest's own are closed to others."""
    folder = Path(tempfile.mkdtemp(prefix="parure-rights-"))
    folder.chmod(0o777)
    yield folder
    for path in folder.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    shutil.rmtree(folder)


def run_child(files, shop: Path, inputs: Path, most_bytes: int = 0) -> dict[str, str]:
    """Ingest in a process that has given up root's rights."""
    command = [sys.executable, "-c", CHILD, str(shop), str(inputs), str(files.folder), str(most_bytes)]
    done = subprocess.run(command, capture_output=True, text=True, cwd="/")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def moved(files, folder: Path) -> Path:
    shutil.copytree(files.folder, folder / "in")
    (folder / "in").chmod(0o755)
    (folder / "shop").mkdir()
    (folder / "shop").chmod(0o777)
    return folder / "in"


def test_a_process_without_roots_rights_can_ingest(files, open_folder):
    assert run_child(files, open_folder / "shop", moved(files, open_folder)) == {"accepted": 10}


def test_a_file_that_may_not_be_read_is_named(files, open_folder):
    folder = moved(files, open_folder)
    (folder / "orders.csv").chmod(0o000)
    said = run_child(files, open_folder / "shop", folder)
    assert said["kind"] == "MissingInputError"
    assert "orders.csv" in said["message"]
    assert "permission" in said["message"]
    assert "read" in said["hint"]


def test_a_directory_that_may_not_be_read_is_named(files, open_folder):
    folder = moved(files, open_folder)
    folder.chmod(0o000)
    said = run_child(files, open_folder / "shop", folder)
    assert said["kind"] == "MissingInputError"
    assert str(folder) in said["message"]


def test_a_shop_that_may_not_be_written_is_named(files, open_folder):
    folder = moved(files, open_folder)
    (open_folder / "shop").chmod(0o555)
    said = run_child(files, open_folder / "shop", folder)
    assert said["kind"] == "InputError"
    assert str(open_folder / "shop") in said["message"]
    assert said["hint"]


def test_a_shop_that_is_a_file_is_named(files, open_folder):
    folder = moved(files, open_folder)
    (open_folder / "taken").write_text("")
    said = run_child(files, open_folder / "taken", folder)
    assert said["kind"] == "InputError"
    assert "taken" in said["message"]


def test_a_disk_that_takes_no_more_is_said_and_leaves_the_shop_as_it_was(files, open_folder):
    folder = moved(files, open_folder)
    with (folder / "products.csv").open("a") as file:
        # Random enough not to be packed below the limit.
        file.writelines(f"x{n},{os.urandom(40).hex()},rings,5.00,in_stock\n" for n in range(20_000))
    said = run_child(files, open_folder / "shop", folder, most_bytes=200_000)
    assert said["kind"] == "InputError"
    assert str(open_folder / "shop") in said["message"]
    assert not list((open_folder / "shop").rglob("*.parquet"))
    assert run_child(files, open_folder / "shop", folder)["accepted"] == 20_010
