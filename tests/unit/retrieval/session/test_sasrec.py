"""SASRec: what torch has learned is served the same without it, and it learns what follows what."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import numpy as np
import pytest

from parure.core import Event, EventKind, History, Query
from parure.core.clock import rng_for
from parure.core.errors import MissingExtraError, SettingsError
from parure.dataset import dataset_from_events
from parure.retrieval.session import SasRec, SasRecConfig
from parure.retrieval.session.sasrec import _merged
from parure.retrieval.session.sessions import Steps
from parure.retrieval.session.training import Plan, Sequences, _batches, _Sampler, network_of, weights_of
from parure.retrieval.session.transformer import Transformer

START = datetime(2026, 3, 2, 10, tzinfo=UTC)
SMALL = SasRecConfig(
    embedding_size=16, layers=2, heads=2, max_length=6, epochs=20, batch_size=8, dropout=0.0, learning_rate=0.02
)
PLAN = Plan(
    embedding_size=16, layers=2, heads=2, max_length=10, negatives=5, popular_share=0.5, epochs=1, batch_size=4,
    learning_rate=0.01, weight_decay=0.0, dropout=0.3, temperature=None,
)  # fmt: skip


@pytest.fixture(autouse=True)
def _one_thread():
    torch = pytest.importorskip("torch")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def circle():
    """Everybody walks through the six items in one direction, each from another one on: after f comes a."""
    rows = []
    for user in range(24):
        for step in range(5):
            moment = START + timedelta(days=user, minutes=step)
            rows.append((f"user-{user:02d}", "abcdef"[(user + step) % 6], moment, "view", 1.0, 0))
    return dataset_from_events([*rows, ("once", "rare", START, "view", 1.0, 0)])


def asked(dataset, items):
    events = [Event(item, EventKind.VIEW, dataset.as_of_us + n) for n, item in enumerate(items)]
    return Query(History.of(events, [1.0] * len(events), dataset.items), dataset.as_of_us + len(events))


def test_the_served_network_agrees_with_torch():
    torch = pytest.importorskip("torch")
    torch.manual_seed(3)
    network = network_of(50, 10, PLAN).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    rng = np.random.default_rng(0)
    lengths = rng.integers(1, 11, 300)
    there = np.arange(10) < lengths[:, None]
    items = np.where(there, rng.integers(1, 51, (300, 10)), 0)
    kinds = np.where(there, rng.integers(1, 7, (300, 10)), 0)
    with torch.inference_mode():
        wanted = network(torch.from_numpy(items), torch.from_numpy(kinds)).numpy()[np.arange(300), lengths - 1]
    served = Transformer(weights_of(network), PLAN.heads).encode(items, kinds, lengths)
    assert served.dtype == np.float32
    assert np.abs(served - wanted).max() < 1e-4


def test_what_comes_after_the_end_of_a_sequence_is_not_read():
    network = network_of(9, 10, PLAN).eval()
    served = Transformer(weights_of(network), PLAN.heads)
    kinds = np.ones((1, 5), np.int64)
    one = served.encode(np.array([[1, 2, 3, 4, 5]]), kinds, np.array([2]))
    other = served.encode(np.array([[1, 2, 9, 9, 9]]), kinds, np.array([2]))
    assert np.array_equal(one, other)


def test_it_learns_what_comes_next():
    dataset = circle()
    source = SasRec(SMALL.model_copy(update={"epochs": 60})).fit(dataset, rng=rng_for(0, "test"))
    for seen, following in (("ab", "c"), ("cde", "f"), ("ef", "a")):
        assert source.retrieve(asked(dataset, seen), 1).item_ids == [following]


@pytest.mark.slow
def test_it_learns_from_few_negatives_too():
    dataset = circle()
    config = SMALL.model_copy(update={"negatives": 3, "temperature": None, "epochs": 60})
    source = SasRec(config).fit(dataset, rng=rng_for(0, "test"))
    assert source.retrieve(asked(dataset, "bcd"), 1).item_ids == ["e"]


def test_nothing_is_said_of_an_item_seen_too_seldom_or_to_somebody_who_saw_nothing_else():
    dataset = circle()
    source = SasRec(SMALL.model_copy(update={"epochs": 1})).fit(dataset, rng=rng_for(0, "test"))
    assert "rare" not in source.retrieve(asked(dataset, "ab"), 100).item_ids
    assert len(source.retrieve(asked(dataset, ["rare"]), 100)) == 0
    assert len(source.retrieve(asked(dataset, ["a"]), 100)) == 6


def test_only_the_last_steps_are_read():
    dataset = circle()
    source = SasRec(SMALL.model_copy(update={"epochs": 1})).fit(dataset, rng=rng_for(0, "test"))
    short, long = (source.retrieve(asked(dataset, seen), 6).pairs() for seen in ("abcdef", "fedc" + "abcdef"))
    assert short == long


def test_the_kind_of_an_event_is_read():
    dataset = circle()
    source = SasRec(SMALL.model_copy(update={"epochs": 1})).fit(dataset, rng=rng_for(0, "test"))
    now = dataset.as_of_us
    histories = [
        History.of([Event("a", kind, now)], [1.0], dataset.items) for kind in (EventKind.VIEW, EventKind.PURCHASE)
    ]
    viewed, bought = source.query_vectors([Query(history, now + 1) for history in histories])
    assert np.abs(viewed - bought).max() > 1e-3


def test_viewed_put_in_the_cart_and_bought_is_one_step_and_viewed_twice_are_two():
    kinds = np.array(
        [EventKind.VIEW, EventKind.PURCHASE, EventKind.ADD_TO_CART, EventKind.VIEW, EventKind.VIEW], np.int8
    )
    items = np.array([1, 1, 1, 2, 2], np.int32)
    merged = _merged(Steps(np.zeros(5, np.int64), items, np.arange(5), kinds, 1))
    assert merged.item_ix.tolist() == [1, 2, 2]
    assert merged.kind.tolist() == [EventKind.PURCHASE, EventKind.VIEW, EventKind.VIEW]


def test_long_histories_are_learned_in_pieces_that_hand_over_their_last_target():
    rows = [("ada", f"item-{n}", START + timedelta(minutes=n), "view", 1.0, 0) for n in range(7)]
    dataset = dataset_from_events(rows)
    source = SasRec(SasRecConfig(embedding_size=2, heads=1, max_length=3, min_count=1, epochs=1))
    source.fit(dataset, rng=rng_for(0, "test"))
    steps = Steps(np.zeros(7, np.int64), np.arange(7, dtype=np.int32), np.arange(7), np.ones(7, np.int8), 1)
    made = source._sequences(steps, np.random.default_rng(0))
    pieces = [made.items[a:b].tolist() for a, b in pairwise(made.offsets)]
    assert pieces == [[1, 2], [2, 3, 4, 5], [5, 6, 7]]


def test_batches_hold_every_sequence_once_an_epoch():
    rng = np.random.default_rng(0)
    lengths = rng.integers(2, 9, 30)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    items = rng.integers(1, 100, offsets[-1])
    sequences = Sequences(items, np.ones_like(items), offsets, 99, 10)
    seen = [tuple(row[row > 0]) for batch, _ in _batches(sequences, PLAN, rng) for row in batch]
    assert sorted(seen) == sorted(tuple(items[a:b]) for a, b in pairwise(offsets))


def test_negatives_are_drawn_as_often_as_their_correction_says():
    items = np.repeat(np.arange(1, 11), np.arange(1, 11))
    sequences = Sequences(items, np.ones_like(items), np.array([0, len(items)]), 10, 10)
    sampler = _Sampler(sequences, PLAN, np.random.default_rng(0))
    draws = [sampler.draw() for _ in range(4000)]
    drawn, expected = (np.concatenate(part) for part in zip(*draws, strict=True))
    for item in (1, 5, 10):
        assert (drawn == item).sum() / 4000 == pytest.approx(np.exp(expected[drawn == item][0]), rel=0.15)


def test_heads_must_divide_the_vectors():
    with pytest.raises(SettingsError, match="multiple of heads"):
        SasRecConfig.parse({"embedding_size": 9, "heads": 2}, where="test")


def test_without_torch_training_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"parure\[neural\]"):
        SasRec(SMALL).fit(circle(), rng=rng_for(0, "test"))


def test_serving_does_not_import_torch(tmp_path):
    dataset = circle()
    source = SasRec(SMALL.model_copy(update={"epochs": 1})).fit(dataset, rng=rng_for(0, "test"))
    source.save(tmp_path)
    program = f"""
import sys
from pathlib import Path
from parure.core import Event, EventKind, History, IdMap, Query
from parure.retrieval import SasRec
items = IdMap.of({list(dataset.items)!r})
source = SasRec.load(Path({str(tmp_path)!r}), items)
history = History.of([Event("a", EventKind.VIEW, 1)], [1.0], items)
print(len(source.retrieve(Query(history, 2), 10)), "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["6", "False"]
