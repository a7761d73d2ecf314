"""The sessions benchmark: what it draws, how it judges, and that its server answers."""

import numpy as np
import pytest

from bench.data import data_folder
from bench.options import Options
from bench.session_server import item_ids, steps
from bench.sessions import Prefixes, _judged, dataset_of, diginetica, drawn_sessions, places
from parure.core.clock import rng_for
from parure.core.errors import MissingInputError
from parure.retrieval import SessionKnn


def test_drawn_sessions_have_five_steps_on_average_and_a_long_tail_of_items():
    session, item_ix = drawn_sessions(20_000, 1000, np.random.default_rng(0))
    lengths = np.bincount(session)
    assert (lengths.min(), lengths.max()) == (2, 20)
    assert 4.5 < lengths.mean() < 5.5
    counts = np.sort(np.bincount(item_ix, minlength=1000))[::-1]
    assert counts[:50].sum() > 4 * counts[500:550].sum()


def test_the_place_of_what_came_next_is_found():
    dataset = dataset_of(np.repeat(np.arange(4), 2), np.array([0, 1, 0, 1, 0, 2, 3, 4]), 5)
    source = SessionKnn().fit(dataset, rng=rng_for(0, "test"))
    query = steps(dataset.items, np.array([0], np.int32), dataset.as_of_us)
    listed = source.retrieve(query, 20).item_ix.tolist()
    found = places(source, [query] * 3, np.array([1, 2, 4], np.int32))
    assert found.tolist() == [listed.index(1) + 1, listed.index(2) + 1, np.inf]


def test_hits_and_reciprocal_ranks_are_means_over_prefixes_with_an_interval_around():
    at = np.array([1, 2, np.inf, np.inf] * 50)
    test = Prefixes([], np.zeros(200, np.int32), np.arange(0, 200, 4))
    rows = {row["metric"]: row for row in _judged({"one": at}, test, Options())}
    assert rows["hr@20"]["value"] == 0.5
    assert rows["mrr@20"]["value"] == 0.375
    # Every session does as well as every other: there is nothing to be unsure of.
    assert rows["hr@20"]["low"] == pytest.approx(0.5)
    assert rows["hr@20"]["high"] == pytest.approx(0.5)


def test_the_server_says_what_comes_next():
    pytest.importorskip("starlette")
    import asyncio
    import json

    from bench.session_server import app_of

    dataset = dataset_of(np.repeat(np.arange(3), 2), np.array([0, 1, 0, 1, 0, 2]), 5)
    app = app_of(SessionKnn().fit(dataset, rng=rng_for(0, "test")))
    sent = []

    async def ask() -> None:
        async def receive():
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message):
            sent.append(message)

        asked = f"{next(iter(item_ids(5)))},unknown".encode()
        scope = {"type": "http", "method": "GET", "path": "/knn", "query_string": asked, "headers": []}
        await app(scope, receive, send)

    asyncio.run(ask())
    answer = json.loads(sent[1]["body"])
    assert sent[0]["status"] == 200
    assert set(answer["item_ids"]) == set(list(item_ids(5))[:3])
    assert answer["scores"] == sorted(answer["scores"], reverse=True)


def test_diginetica_that_is_not_there_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("PARURE_DATA", str(tmp_path))
    with pytest.raises(MissingInputError, match="PARURE_DATA"):
        diginetica()


@pytest.mark.data
@pytest.mark.slow
def test_diginetica_is_read_with_the_prefixes_of_its_sessions():
    if not (data_folder() / "sessions_diginetica").exists():
        pytest.skip("Diginetica is not on this machine; PARURE_DATA names the folder that holds it")
    dataset, test = diginetica()
    assert (len(dataset.users), len(dataset.items), len(dataset.events)) == (186_670, 43_097, 906_140)
    assert len(test.queries) == len(test.targets) == 60_858
    first = slice(int(test.session_starts[0]), int(test.session_starts[1]))
    assert [len(query.history) for query in test.queries[first]] == [5, 4, 3, 2, 1]
