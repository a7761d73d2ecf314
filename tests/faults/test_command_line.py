"""Faults as a user meets them: the real command ends with a message on stderr, an exit code, and no stack trace."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

COMMAND = [sys.executable, "-c", "import sys; from parure.cli import main; sys.argv[0] = 'parure'; main()"]


def parure(*arguments: object, cwd) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *map(str, arguments)], capture_output=True, text=True, cwd=cwd)


def misspelt(files):
    files.write("products", files.text("products").replace("product_id", "produkt_id"))
    return [files.folder], "did you mean product_id"


def gone(files):
    return [files.folder / "gone.csv"], "gone.csv"


def no_toml(files):
    (files.folder / "m.toml").write_text("[[[")
    return [files.folder, "--mapping", files.folder / "m.toml"], "m.toml"


def no_preset(files):
    return [files.folder, "--preset", "h_and_n"], "h_and_m"


def torn_vectors(files):
    (files.folder / "v.npz").write_bytes(b"PK\x03\x04 torn")
    return [files.folder, "--embeddings", files.folder / "v.npz"], "v.npz"


@pytest.mark.parametrize("broken", [misspelt, gone, no_toml, no_preset, torn_vectors])
def test_a_fault_ends_in_a_message_on_stderr_and_an_exit_code(files, broken):
    arguments, words = broken(files)
    done = parure("ingest", *arguments, "--shop", files.shop, cwd=files.folder)
    assert done.returncode == 1, done.stdout
    assert words in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr + done.stdout


def test_a_fault_has_a_json_form_with_its_code(files):
    misspelt(files)
    done = parure("ingest", files.folder, "--shop", files.shop, "--json", cwd=files.folder)
    assert done.returncode == 1
    said = json.loads(done.stderr if done.stderr.strip().startswith("{") else done.stdout)
    assert said.get("error", said)["code"] == "input_columns"


def test_broken_rows_do_not_stop_the_command_and_are_shown(files):
    files.add("products", "p9,Ring,rings,cheap,in_stock")
    done = parure("ingest", files.folder, "--shop", files.shop, cwd=files.folder)
    assert done.returncode == 0, done.stderr
    assert "bad_type" in done.stdout
    assert (files.shop / "reports" / "quality.html").exists()
