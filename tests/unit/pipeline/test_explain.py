"""What comes with a recommended item: how relevant it is, why it is there, and what that rests on."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, Query
from parure.core.clock import DAY_US, rng_for
from parure.core.recommendation import Answer
from parure.core.slate import Slate
from parure.dataset import dataset_from_events
from parure.pipeline.evidence import HEAVIEST, Hearing, Past, Speaking, on_page
from parure.pipeline.explain import Explainer
from parure.retrieval import Als, Ease, ItemCf, ItemSimilarity, Popular, Repurchase, Style
from parure.testing import checkerboard

MAY_3 = 1_777_766_400_000_000
ITEMS = [f"i{number}" for number in range(6)]


@pytest.fixture(scope="module")
def dataset():
    rows = [("u", "i0", MAY_3, "purchase", 1, 100), ("v", "i0", MAY_3, "purchase", 1, 100)]
    rows += [("v", "i1", MAY_3 + DAY_US, "purchase", 1, 100), ("w", "i5", MAY_3, "view", 1, 100)]
    products = {
        item: {"title": item.upper(), "category": "rings", "price_cents": 100 + n} for n, item in enumerate(ITEMS)
    }
    return dataset_from_events(rows, products, as_of_us=MAY_3 + 5 * DAY_US)


def slate_of(dataset, items=ITEMS, given=None, sources=("popular",)):
    rows = dataset.items.rows_of(items)
    scores = np.array(given if given is not None else np.linspace(2, 1, len(items)), dtype=np.float32)
    shares = np.zeros((len(items), len(sources)), np.float32)
    shares[:, 0] = scores
    return Slate.of(dataset.items, rows, scores, shares, sources)


def popular(dataset):
    return Popular().fit(dataset, rng=rng_for(0, "test"))


def mask(*places):
    return np.isin(np.arange(len(ITEMS)), places)


def test_relevance_is_the_rankers_score_over_the_best_of_the_pool_whatever_rules_did(dataset):
    slate = slate_of(dataset, given=[4, 3, 2, 1, 0.5, 0]).drop(mask(0), "in_stock", "out_of_stock")
    slate = slate.reweigh(np.array([1, 0.1, 1, 1, 1, 1], np.float32), "boosts", "buried")
    found = Explainer(dataset, [popular(dataset)]).explain(dataset.query("u"), slate, 3)
    assert [(each.item_id, each.relevance) for each in found] == [("i2", 0.5), ("i3", 0.25), ("i4", 0.125)]
    assert found[0].score == 2


def test_a_pool_that_scores_nothing_is_not_relevant(dataset):
    (first, *_) = Explainer(dataset, [popular(dataset)]).explain(
        dataset.query("u"), slate_of(dataset, given=[0] * 6), 2
    )
    assert first.relevance == 0


def test_an_empty_slate_gives_nothing(dataset):
    assert Explainer(dataset, []).explain(dataset.query("u"), slate_of(dataset, []), 3) == ()


def test_confidence_is_that_of_the_item_shown_and_none_where_it_is_not_calibrated(dataset):
    explainer, slate = Explainer(dataset, [popular(dataset)]), slate_of(dataset).drop(mask(0), "r", "c")
    found = explainer.explain(dataset.query("u"), slate, 2, np.array([0.5, 0.4]))
    assert [each.confidence for each in found] == pytest.approx([0.5, 0.4])
    assert explainer.explain(dataset.query("u"), slate, 2)[0].confidence is None


def test_marks_name_what_rules_did_on_purpose_in_their_order(dataset):
    slate = slate_of(dataset).reweigh(np.array([1, 1.5, 1, 1, 1, 1], np.float32), "boosts", "boosted")
    slate = slate.arrange(np.array([1, 4, 0, 2, 3, 5]), "explore", "explored_random", mask(4))
    slate = slate.arrange(np.array([1, 4, 0, 2, 3, 5]), "pins", "pinned", mask(1))
    found = Explainer(dataset, [popular(dataset)]).explain(dataset.query("w"), slate, 3)
    assert [each.marks for each in found] == [("boosted", "pinned"), ("explored_random",), ()]
    told = [each.reason for each in found]
    assert told == [
        "Chosen by the shop.",
        "Something different for you to discover.",
        "Popular: bought by 2 customers.",
    ]
    assert found[0].evidence is None


def test_an_item_that_no_source_found_says_which_rule_brought_it(dataset):
    slate = slate_of(dataset)
    slate.shares[3] = 0
    slate = slate.arrange(np.array([3, 0, 1, 2, 4, 5]), "pins", "pinned", mask(3))
    (first, second) = Explainer(dataset, [popular(dataset)]).explain(dataset.query("w"), slate, 2)
    assert (first.source, first.shares) == ("pins", {})
    assert second.source == "popular"


def test_what_is_no_source_is_never_named_however_loud_it_is(dataset):
    slate = slate_of(dataset, sources=("popular", "als", "other"))
    slate.shares[:] = [[0.1, 0.2, 5]] * 6
    slate.shares[1] = [0, -0.2, 5]
    slate.shares[2] = 0, 0, 5
    slate = slate.arrange(np.arange(6), "pins", "pinned", mask(2))
    louder, against, brought = Explainer(dataset, [popular(dataset)]).explain(dataset.query("w"), slate, 3)
    assert (louder.source, against.source) == ("als", "als")
    assert louder.shares == pytest.approx({"popular": 0.1, "als": 0.2, "other": 5})
    # No source adds anything to what only a rule brought.
    assert (brought.source, brought.shares) == ("pins", {"other": 5})


def test_what_was_bought_before_says_how_often_and_when(dataset):
    events = [Event("i0", EventKind.PURCHASE, MAY_3 - 9 * DAY_US), Event("i0", EventKind.PURCHASE, MAY_3)]
    events += [Event("i1", EventKind.PURCHASE, MAY_3 - DAY_US), Event("i1", EventKind.VIEW, MAY_3)]
    query = Query(History.of(events, [10, 10, 10, 1], dataset.items), MAY_3 + DAY_US, user_id="stranger")
    explainer = Explainer(dataset, [Repurchase(name="popular").fit(dataset, rng=rng_for(0, "test"))])
    often, once, never = explainer.explain(query, slate_of(dataset), 3)
    assert often.reason == "You bought it 2 times, last on 3 May 2026."
    assert (often.evidence.times, often.evidence.date, often.evidence.similarity) == (2, "2026-05-03", None)
    assert once.reason == "You bought it on 2 May 2026."
    assert never.reason == "Fits what you did so far."
    german = explainer.explain(replace(query, language="de"), slate_of(dataset), 2)
    assert german[0].reason == "Sie haben es 2-mal gekauft, zuletzt am 3. Mai 2026."
    assert german[1].evidence == once.evidence


def test_popularity_is_told_by_number(dataset):
    explainer = Explainer(dataset, [popular(dataset)])
    found = explainer.explain(dataset.query("w"), slate_of(dataset), 3)
    assert [each.reason for each in found] == [
        "Popular: bought by 2 customers.",
        "Bought by one customer.",
        "Popular in the shop.",
    ]


@pytest.mark.parametrize("source", [Style, ItemCf, Als, Ease])
def test_the_reason_names_an_item_of_the_own_taste(source):
    dataset = checkerboard()
    fitted = source().fit(dataset, rng=rng_for(0, "test"))
    (found,) = fitted.retrieve_many([dataset.query("ada")], 3)
    slate = Slate.of(dataset.items, found.item_ix, found.scores, found.scores[:, None], (fitted.name,))
    for each in Explainer(dataset, [fitted]).explain(dataset.query("ada"), slate, 3):
        if each.item_id.startswith("gold"):
            assert each.evidence is not None
            assert each.evidence.item_id.startswith("gold")


@pytest.mark.parametrize(
    ("source", "english", "german"),
    [
        (Style, "Looks like {}.", "Sieht aus wie „{}“."),
        (ItemCf, "Often bought with {}.", "Oft zusammen mit „{}“ gekauft."),
    ],
)
def test_a_source_that_goes_by_the_page_names_what_stands_there(source, english, german):
    dataset = checkerboard()
    fitted = source(name="beside").fit(dataset, rng=rng_for(0, "test"))
    query = replace(dataset.query("bea"), items=("gold-ring", "no such thing"), surface="cart")
    like = fitted.similar(["gold-ring"], 1)[0].item_ids[0]
    slate = slate_of(dataset, [like, "gold-ring"], sources=("beside",))
    explainer = Explainer(dataset, {"beside": fitted}, by_page=["beside"])
    first, itself = explainer.explain(query, slate, 2)
    title = first.evidence.title
    assert first.reason == english.format(title)
    assert (first.evidence.item_id, first.evidence.event, first.evidence.date) == ("gold-ring", "in_cart", None)
    assert first.evidence.similarity > 0
    assert itself.evidence is None
    (first, _) = explainer.explain(replace(query, language="de-CH", surface="post_purchase"), slate, 2)
    assert first.reason == german.format(title)
    assert first.evidence.event == "ordered"
    (bare, _) = explainer.explain(replace(query, items=()), slate, 2)
    assert bare.evidence is None


def test_a_short_answer_says_so_and_what_took_most(dataset):
    explainer = Explainer(dataset, [])
    query, removed = replace(dataset.query("u"), k=6), {"over_budget": 1, "out_of_stock": 3}
    assert explainer.short(query, removed, 6) is None
    told = explainer.short(query, removed, 2)
    assert told.startswith("Only 2 of 6 could be shown")
    assert told.endswith("out_of_stock (3), over_budget (1).")
    assert explainer.short(replace(query, language="de"), removed, 2).startswith("Nur 2 von 6 Artikeln")


@pytest.mark.parametrize("removed", [{}, {"out_of_stock": 2, "over_budget": 1}])
def test_rules_are_not_blamed_for_what_was_never_found(dataset, removed):
    told = Explainer(dataset, []).short(replace(dataset.query("u"), k=6), removed, 2)
    assert told == "Only 2 of 6 could be shown: no more were found."


def test_an_answer_is_ready_for_json(dataset):
    explainer = Explainer(dataset, [popular(dataset)])
    query = replace(dataset.query("u"), surface="email")
    items = explainer.explain(query, slate_of(dataset), 4, np.full(6, 0.25))
    answer = Answer("u", items, "email", "v1", True, None, {}, surface="email", title=explainer.title(query))
    read = json.loads(json.dumps(answer.to_dict(), allow_nan=False))
    assert read["title"] == "New arrivals you'll love"
    assert read["short"] is None
    assert read["items"][0]["confidence"] == 0.25
    assert read["items"][0]["marks"] == []
    assert read["items"][0]["relevance"] == 1


# Evidence


class Table(ItemSimilarity):
    """Likenesses written down."""

    def __init__(self, values):
        self.values = values

    def similar(self, item_ids, k):
        raise NotImplementedError

    def likeness(self, item_ix, others):
        return self.values[np.ix_(item_ix, others)]


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 10_000))
def test_evidence_is_what_adds_most_and_nothing_where_nothing_adds(shown, speaking, seed):
    rng = np.random.default_rng(seed)
    values = rng.choice(np.array([np.nan, -0.5, 0, 0.25, 0.5, 1], np.float32), (20, 20))
    rows = rng.permutation(20)[:speaking].tolist()
    weight = rng.uniform(0.1, 3, speaking).astype(np.float32)
    item_ix = rng.permutation(20)[:shown].astype(np.int32)
    found = Speaking(np.array(rows, np.int32), weight).best_for(item_ix, Table(values))
    for item, place, likeness in zip(item_ix, *found, strict=True):
        added = [np.nan_to_num(values[item, other]) * each for other, each in zip(rows, weight, strict=True)]
        if place < 0:
            assert max(added) <= 0
        else:
            assert added[place] == max(added) > 0
            assert likeness == values[item, rows[place]]


def past(events, weights, items, now_us=MAY_3):
    return Past(Query(History.of(events, weights, items), now_us), items)


def test_events_on_one_item_add_up_and_what_was_sent_back_is_silent(dataset):
    events = [Event("i0", EventKind.VIEW, MAY_3 - 90 * n * DAY_US) for n in range(3)]
    events += [Event("i1", EventKind.PURCHASE, MAY_3 - 9 * DAY_US), Event("i1", EventKind.RETURN, MAY_3 - DAY_US)]
    events += [Event("i2", EventKind.PURCHASE, MAY_3 - 90 * DAY_US), Event("i3", EventKind.VIEW, MAY_3 + DAY_US)]
    known = past(events, [1, 1, 1, 10, -10, 1, 1], dataset.items)

    def weights(hearing):
        speaking = known.speaking(hearing)
        heard = speaking.weight > 0
        return dict(zip(speaking.rows[heard], speaking.weight[heard].tolist(), strict=True))

    assert weights(Hearing(damped=False)) == pytest.approx({0: 1.75, 2: 0.5, 3: 1})
    assert weights(Hearing()) == pytest.approx({0: np.log(2.75), 2: np.log(1.5), 3: np.log(2)})
    assert weights(Hearing(purchases_only=True)) == pytest.approx({2: np.log(1.5)})
    assert known.speaking(Hearing(min_events=9)) is None


def test_a_source_of_purchases_names_no_look(dataset):
    known = past([Event("i0", EventKind.VIEW, MAY_3)], [1], dataset.items)
    assert known.speaking(Hearing()).rows.tolist() == [0]
    assert known.speaking(Hearing(purchases_only=True)).weight.tolist() == [0]


def test_of_the_events_on_an_item_the_one_that_says_most_is_named(dataset):
    events = [Event("i0", EventKind.PURCHASE, MAY_3 - 5 * DAY_US), Event("i0", EventKind.PURCHASE, MAY_3 - 3 * DAY_US)]
    events += [Event("i0", EventKind.VIEW, MAY_3 - DAY_US), Event("i1", EventKind.VIEW, MAY_3 - 9 * DAY_US)]
    known = past(events, [10, 10, 1, 1], dataset.items)
    day = MAY_3 // DAY_US
    told = [known.telling(place) for place in range(len(known.speaking(Hearing()).rows))]
    assert sorted(told) == [[0, day - 3, EventKind.PURCHASE, 3], [1, day - 9, EventKind.VIEW, 1]]
    often, *others = known.bought(np.array([0, 1, 4], np.int32))
    assert often == [2, 2]
    assert [times for times, _ in others] == [0, 0]
    assert known.bought(np.array([1], np.int32)) == []


def test_only_the_heaviest_items_are_asked():
    items = checkerboard().items.of([f"i{n:03}" for n in range(100)])
    events = [Event(f"i{n:03}", EventKind.VIEW, MAY_3 - n) for n in range(100)]
    speaking = past(events, [1.0 + n for n in range(100)], items).speaking(Hearing())
    assert sorted(speaking.rows) == list(range(100 - HEAVIEST, 100))


def test_of_many_events_that_are_equally_loud_some_are_heard():
    items = checkerboard().items.of([f"i{n:03}" for n in range(100)])
    one_order = [Event(f"i{n:03}", EventKind.PURCHASE, MAY_3) for n in range(100)]
    speaking = past(one_order, [10.0] * 100, items).speaking(Hearing())
    assert len(speaking.rows) == HEAVIEST


def test_what_is_on_the_page_speaks_once_however_often_it_is_named(dataset):
    query = replace(dataset.query("u"), items=("i3", "i1", "i3", "unheard of"))
    assert on_page(query, dataset.items).rows.tolist() == [1, 3]
    assert on_page(replace(query, items=("unheard of",)), dataset.items) is None
