"""The data quality report over HTTP."""

import json

from parure.cli.data import write_quality_report
from parure.client import Client


def test_where_nothing_was_measured_that_is_said_with_what_to_do(changing):
    response = changing.ask("/quality")
    assert [response.status_code, response.json()["error"]["code"]] == [404, "not_found"]
    assert "parure ingest" in response.json()["error"]["hint"]


def test_the_report_is_told_as_ingest_writes_it(changing):
    write_quality_report(changing.shop)
    written = changing.shop / "reports" / "quality.json"
    told = changing.get("/quality")
    assert told == json.loads(written.read_text(encoding="utf-8"))
    assert told["tables"]["products"]["rows"] == 90
    with Client(changing.url) as client:
        assert client.quality() == told


def test_a_report_that_is_broken_is_none(changing):
    (changing.shop / "reports").mkdir(exist_ok=True)
    written = changing.shop / "reports" / "quality.json"
    for text in ('{"tables": ', "[]", "\udcff"):
        written.write_text(text, encoding="utf-8", errors="surrogateescape")
        response = changing.ask("/quality")
        assert [response.status_code, response.json()["error"]["code"]] == [404, "not_found"], text
    written.write_text('{"share": NaN}', encoding="utf-8")
    assert changing.get("/quality") == {"share": None}
