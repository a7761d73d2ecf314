"""docs/api.md: its commands do what it shows, and it tells of every operation and every error."""

import json
import re
import shlex
from pathlib import Path

import httpx
import pytest

from parure.cli.data import write_quality_report
from parure.serving.errors import CODES

PAGE = Path(__file__).resolve().parents[3] / "docs" / "api.md"
TEXT = PAGE.read_text(encoding="utf-8")
SHOWN = re.findall(r"```sh\n(curl .*?)```\n(?:\n```json\n(.*?)```)?", TEXT, re.DOTALL)


def _asked(command, url, folder, names):
    """What a curl command asks, sent; and the status that its comment names."""
    for name, value in names.items():
        command = command.replace(name, value)
    line, _, status = command.replace("\\\n", " ").strip().partition("  # ")
    words = iter(shlex.split(line)[1:])
    method, address, headers, body, form = "GET", "", {}, None, []
    saved = None
    for word in words:
        if word == "-X":
            method = next(words)
        elif word == "-H":
            name, _, value = next(words).partition(": ")
            headers[name] = value
        elif word == "-d":
            body = next(words)
        elif word == "-F":
            form.append(next(words).split("=", 1))
        elif word == "-o":
            saved = folder / next(words)
        else:
            address = word.replace("$PARURE", url + "/api/v1")
    files = [(name, (folder / value[1:]).read_bytes()) for name, value in form if value.startswith("@")]
    data = {name: value for name, value in form if not value.startswith("@")}
    response = httpx.request(method, address, headers=headers, content=body, data=data or None, files=files or None)
    if saved is not None:
        saved.write_bytes(response.content)
    return response, int(status) if status else 202 if address.endswith("/events") else 200


def _same_keys(shown, told, where):
    """Whether an answer has the keys that the page shows, and no others where it does not say ``…``."""
    if isinstance(shown, dict):
        assert isinstance(told, dict), where
        assert {*shown} - {"…"} <= {*told}, where
        assert "…" in shown or {*shown} == {*told}, where
        for key in {*shown} - {"…"}:
            _same_keys(shown[key], told[key], f"{where}.{key}")
    elif isinstance(shown, list):
        assert isinstance(told, list), where
        if shown and told:
            _same_keys(shown[0], told[0], f"{where}[0]")
    elif shown is not None and told is not None and not isinstance(shown, int | float):
        assert type(shown) is type(told), where


def test_commands_of_the_page_answer_as_it_shows(changing, tmp_path):
    changing.search("ring")
    changing.event("visitor-7", "P00003", "view")
    write_quality_report(changing.shop)
    assert len(SHOWN) > 25
    names = {"$VERSION": changing.get("/health")["bundle_version"]}
    for command, answer in SHOWN:
        response, status = _asked(command, changing.url, tmp_path, names)
        assert response.status_code == status, (command, response.text)
        if '/rules/preview"' in command:
            names["$JOB"] = job = response.json()["id"]
            changing.wait_for(lambda job=job: changing.get(f"/rules/preview/{job}")["state"] != "running")
        if answer:
            _same_keys(json.loads(answer), response.json(), command.splitlines()[0])


def test_every_operation_has_a_heading(document):
    operations = {f"`{method.upper()} {path}`" for path, each in document["paths"].items() for method in each}
    assert {*re.findall(r"^### (`.*`)$", TEXT, re.MULTILINE)} == operations


@pytest.mark.parametrize("code", CODES)
def test_every_error_stands_in_the_table_as_it_is(code):
    known = CODES[code]
    assert f"| `{code}` | {known.status} | {known.meaning} | {known.hint} |" in TEXT.splitlines()


def test_every_parameter_of_recommendations_is_told_of(document):
    parameters = document["paths"]["/api/v1/recommendations"]["get"]["parameters"]
    table = "\n".join(re.findall(r"^\| `.*$", TEXT, re.MULTILINE))
    assert [each["name"] for each in parameters if f"`{each['name']}`" not in table] == []


def test_the_page_tells_of_every_metric(reading):
    text = httpx.get(f"{reading.url}/api/v1/metrics").text
    names = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE ")}
    assert "parure_events_waiting" in names
    assert not [name for name in sorted(names) if f"`{name}`" not in TEXT]
