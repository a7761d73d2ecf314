"""What one stranger is told, the next one is told too, and nobody can tell from the answers."""

import asyncio
import json
import shutil
from pathlib import Path

import msgspec
import pytest

from parure.core import EventKind
from parure.core.clock import MINUTE_US
from parure.pipeline.settings import load_settings
from parure.serving import hot, shared
from parure.serving.hot import HotRoutes
from parure.serving.worker import Worker
from parure.store import Consent, ItemChange, Store, StoredEvent

OWN = ("recommendation_id", "processing_time_ms", "generated_at", "next_cursor")
"""What an answer says of itself."""
ASKED = (
    b"",
    b"n=5",
    b"n=40&language=de",
    b"surface=email&n=3",
    b"surface=product_page&item_ids=P00017",
    b"surface=cart&item_ids=P00017&item_ids=P00005&price_max=900",
    b"model=popular&properties=brand",
    b"exclude_purchased=false&filters=category%3Drings",
)


@pytest.fixture
def worker(copied, tmp_path, monkeypatch):
    shop = Path(shutil.copytree(copied, tmp_path / "shop", symlinks=True))
    with Store.open(shop) as store:
        made = Worker(shop, load_settings(shop, {}), store)
        at_us = made.now_us()
        monkeypatch.setattr(made, "now_us", lambda: at_us)
        yield made
        made.served.close()


@pytest.fixture
def refused(worker):
    """Customers who did not agree to be recommended to by what they do."""
    dataset = worker.answers.dataset
    told = dataset.user_table.column("marketing_consent").to_pylist()
    found = [dataset.users.id_of(row) for row, agreed in enumerate(told) if agreed is False]
    assert len(found) > 1
    return found


@pytest.fixture
def agreed(worker, refused):
    return next(user for user in worker.answers.dataset.users if user not in refused)


@pytest.fixture
def queries(worker, monkeypatch):
    """The queries that were answered, one by one, and not by what another was told."""
    found = []

    def counted(query, part, answer=worker.answers.answer):
        found.append(query)
        return answer(query, part)

    monkeypatch.setattr(worker.answers, "answer", counted)
    return found


def _ask(worker, user_id, query=b"", **body):
    routes = HotRoutes(worker)
    if body:

        async def receive():
            return {"type": "http.request", "body": json.dumps({"user_id": user_id, **body}).encode()}

        return json.loads(asyncio.run(routes.recommend_by_body({}, receive)))
    names = {} if user_id is None else {"user_id": user_id}
    return json.loads(asyncio.run(routes.recommend({"path_params": names, "query_string": query}, None)))


def _told(answer):
    return {name: said for name, said in answer.items() if name not in OWN}


def _anew(worker, user_id, query):
    worker.served.shared.forget()
    worker.cache.clear()
    return _ask(worker, user_id, query)


@pytest.mark.parametrize("query", ASKED)
def test_a_stranger_gets_what_they_would_have_got_alone(worker, refused, query):
    who = [None, "a visitor", refused[0], "another", refused[1], "a visitor", None]
    alone = [_told(_anew(worker, user, query)) for user in who]
    worker.served.shared.forget()
    worker.cache.clear()
    assert [_told(_ask(worker, user, query)) for user in who] == alone


def test_one_answer_is_made_for_those_who_are_there_and_one_for_those_who_are_not(worker, refused, queries):
    for user in ["visitor 1", refused[0], "visitor 2", None, refused[1], refused[0]]:
        _ask(worker, user, b"model=popular&n=4")
    assert len(queries) == 2


def test_what_rules_leave_to_chance_is_drawn_for_each(worker, queries):
    part = worker.answers.part("homepage")
    assert worker.answers.recommender(part).leaves_to_chance
    for number in range(3):
        _ask(worker, f"visitor {number}", b"surface=homepage")
    assert len(queries) == 3


@pytest.mark.parametrize("query", [b"request_id=r1", b"timestamp=2031-01-01T00:00:00Z"])
def test_who_asks_for_an_answer_of_their_own_gets_one(worker, queries, query):
    for number in range(3):
        _ask(worker, f"visitor {number}", b"model=popular&" + query)
    assert len(queries) == 3


def test_a_page_goes_on_from_the_one_that_was_shared(worker):
    first, second = (_ask(worker, user, b"model=popular&n=4") for user in ("visitor 1", "visitor 2"))
    pages = [
        _ask(worker, "visitor 3", b"model=popular&n=4&cursor=" + each["next_cursor"].encode())
        for each in (first, second)
    ]
    assert first["next_cursor"] != second["next_cursor"]
    assert _told(pages[0]) == _told(pages[1])
    assert not {each["item_id"] for each in pages[1]["items"]} & {each["item_id"] for each in second["items"]}


@pytest.mark.parametrize("surface", ["email", "homepage"])
def test_each_answer_to_nobody_known_has_a_name_of_its_own(worker, surface):
    names = {_ask(worker, None, b"surface=" + surface.encode())["recommendation_id"] for _ in range(5)}
    assert len(names) == 5
    assert all(name.startswith(f"{surface}.{worker.answers.version[-8:]}.") for name in names)


@pytest.mark.parametrize("user", [None, "a visitor"])
def test_it_holds_for_a_minute_and_each_answer_of_another_has_a_name_of_its_own_too(worker, queries, monkeypatch, user):
    at_us, names = worker.now_us(), set()
    for minute in range(3):
        monkeypatch.setattr(worker, "now_us", lambda late=minute: at_us + late * MINUTE_US)
        for _ in range(2):
            names.add(_ask(worker, user, b"model=popular")["recommendation_id"])
        assert len(queries) == minute + 1
        assert len(names) == 2 * minute + 2
        assert len(worker.served.shared._kept) == 1


def test_nobody_stands_in_what_is_kept(worker, refused):
    for user in (refused[0], "a visitor", None):
        _ask(worker, user, b"model=popular&n=2")
    for kept in worker.served.shared._kept.values():
        assert kept.answer.user_info.user_id is None
        assert (kept.answer.recommendation_id, kept.answer.next_cursor) == ("", None)


def test_what_is_long_is_made_for_each(worker, queries, monkeypatch):
    monkeypatch.setattr(hot, "LONGEST", 100)
    told = [_told(_ask(worker, user, b"model=popular")) for user in ("visitor 1", "visitor 2")]
    assert len(queries) == 2
    assert told[0]["items"] == told[1]["items"]


def test_an_address_is_not_taken_for_a_body(worker):
    _ask(worker, "a visitor", model_type="popular", num_recommendations=4)
    ((said, _),) = worker.served.shared._kept
    for query in (said, said.removeprefix(b"POST ")):
        with pytest.raises(msgspec.ValidationError):
            _ask(worker, "a visitor", query.replace(b" ", b"%20"))


def test_what_is_shared_counts_as_given_again(worker):
    for number in range(4):
        _ask(worker, f"visitor {number}", b"model=popular")
    assert (worker.cache.hits, worker.cache.misses) == (3, 1)


def test_a_product_that_is_sold_out_is_gone_at_once(worker):
    query = b"surface=email"
    first = _ask(worker, "visitor 1", query)["items"][0]["item_id"]
    worker.store.change_items_blocking([ItemChange(first, 1, attributes={"in_stock": False})])
    assert first not in {each["item_id"] for each in _ask(worker, "visitor 2", query)["items"]}


def test_who_agrees_is_a_stranger_no_more_and_who_refuses_is_one_at_once(worker, refused, agreed):
    shared_by_all = _ask(worker, refused[0], b"surface=email")["items"]
    assert _ask(worker, refused[1], b"surface=email")["items"] == shared_by_all
    assert _ask(worker, agreed, b"surface=email")["user_info"]["user_type"] != "visitor"
    for user, says in ((refused[1], True), (agreed, False)):
        worker.store.set_consent_blocking(Consent(user, says))
    # Made anew for the first stranger, shared by the second.
    for _ in range(2):
        assert _ask(worker, refused[0], b"surface=email")["items"] == shared_by_all
    assert _ask(worker, refused[1], b"surface=email")["user_info"]["user_type"] != "visitor"
    told = _ask(worker, agreed, b"surface=email")
    assert told["user_info"]["user_type"] == "visitor"
    assert told["items"] == shared_by_all


def test_a_visitor_who_does_something_is_a_stranger_no_more(worker, queries):
    for _ in range(2):
        assert _ask(worker, "visitor 1", b"surface=email")["user_info"]["live_events"] == 0
    worker.store.append_events_blocking([StoredEvent("e1", "visitor 1", "P00017", EventKind.CLICK, 1)])
    assert _ask(worker, "visitor 1", b"surface=email")["user_info"]["live_events"] == 1


def test_what_is_asked_for_by_a_body_is_shared_too(worker, refused, queries):
    told = [_told(_ask(worker, user, model_type="popular", num_recommendations=4)) for user in ("a visitor", "another")]
    assert len(queries) == 1
    assert [each["items"] for each in told] == [_ask(worker, None, b"model=popular&n=4")["items"]] * 2
    _ask(worker, "a visitor", model_type="popular", session=[{"item_id": "P00017"}])
    assert len(queries) == 3


def test_only_so_many_are_kept(worker, monkeypatch):
    monkeypatch.setattr(shared, "_MOST", 3)
    for n in (2, 3, 4, 5, 6):
        _ask(worker, "a visitor", b"model=popular&n=%d" % n)
        assert len(worker.served.shared._kept) <= 3
