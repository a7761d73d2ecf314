"""What was searched for, over HTTP."""

import pytest

from parure.client import Client


def _listed(served, **query):
    return {each["query"]: each for each in served.get("/searches", **query)["top"]}


def test_searches_are_counted_by_words_and_those_sent_once_are_not_told(copied, start):
    with start(copied) as served:
        for q in ("Gold  Ring", "gold ring", "tiara of queens", "xyzzy", "xyzzy", "x " * 80, "x " * 80):
            served.search(q)
        served.get("/search", q="gold ring", offset=20)
        picture = served.ask("/images/P00017").content
        for _ in range(2):
            assert served.ask("/search", "POST", files={"picture": picture}).status_code == 200
        served.wait_for(lambda: "(no words)" in _listed(served))
        told = _listed(served)
        assert {"gold ring", "(long)", "(no words)"} <= {*told}
        assert "tiara of queens" not in told
        assert told["gold ring"]["searches"] == 2
        assert told["gold ring"]["mean_results"] > 0
        assert told["gold ring"]["mean_ms"] > 0
        served.search("just before the end")
        served.search("just before the end")
    with start(copied, count_searches="false") as served:
        assert _listed(served)["just before the end"]["searches"] == 2
        served.search("gold ring")
        told = served.get("/searches", days=1)
        assert [told["counting"], _listed(served)["gold ring"]["searches"]] == [False, 2]
        with Client(served.url) as client:
            answer = client.searches(n=1)
        assert len(answer.top) == 1
        assert answer.searches == sum(each.searches for each in answer.days)
        assert answer.not_listed >= 1


@pytest.mark.parametrize("query", [{"days": 0}, {"days": 91}, {"n": 0}, {"n": 501}, {"days": "all"}])
def test_spans_that_cannot_be_told_of_are_refused(reading, query):
    assert reading.ask("/searches", params=query).status_code == 422
