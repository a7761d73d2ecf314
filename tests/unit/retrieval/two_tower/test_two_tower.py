"""What the two towers answer, and that every runtime says the same."""

import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parure.core import Event, EventKind, History, Query
from parure.core.clock import DAY_US, rng_for
from parure.core.errors import MissingExtraError
from parure.dataset import dataset_from_events
from parure.retrieval import TwoTower, TwoTowerConfig
from parure.retrieval.two_tower.traits import ItemTraits
from parure.testing import checkerboard

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

SMALL = {"embedding_size": 8, "hidden": 8, "epochs": 1, "min_steps": 80, "uniform_negatives": 4, "learning_rate": 0.02}


def fit(dataset=None, **settings):
    config = TwoTowerConfig(**{**SMALL, "min_count": 1, **settings})
    return TwoTower(config).fit(dataset or checkerboard(), rng=rng_for(0, "two towers"))


@cache
def fitted():
    return fit()


def with_column(dataset, name, values):
    return replace(dataset, item_table=dataset.item_table.append_column(name, pa.array(values)))


def visitor(*item_ids, kind=EventKind.PURCHASE, weight=10.0):
    moment = checkerboard().as_of_us
    events = [Event(item_id, kind, moment - place * DAY_US) for place, item_id in enumerate(item_ids)]
    return Query(History.of(events, [weight] * len(events)), now_us=moment)


def test_torch_onnx_and_numpy_agree_on_both_towers(tmp_path):
    source, dataset = fitted(), checkerboard()
    source.save(tmp_path)
    features, _ = source.user_features(dataset.queries(dataset.users))
    traits = ItemTraits.of(dataset, source.config)
    numbers = np.concatenate([traits.price[:, None], traits.sales], axis=1)
    inputs = {"user": features, "item": np.concatenate([source._embeddings, numbers], axis=1)}
    served = {"user": source.user_vectors(dataset.queries(dataset.users)), "item": source.item_vectors}
    for name, tower in (("user", source._user_tower), ("item", source._item_tower)):
        ours = tower(inputs[name])
        session = onnxruntime.InferenceSession(tmp_path / f"{name}_tower.onnx")
        assert session.run(["vectors"], {"features": inputs[name]})[0] == pytest.approx(ours, abs=1e-5)
        assert _in_torch(tower, inputs[name]) == pytest.approx(ours, abs=1e-5)
        assert ours == pytest.approx(served[name], abs=1e-5)
        assert np.linalg.norm(ours, axis=1) == pytest.approx(np.ones(len(ours)), abs=1e-5)


def _in_torch(tower, features):
    given = torch.from_numpy(features)
    first = torch.nn.functional.linear(
        given, torch.from_numpy(tower.hidden_weight.T), torch.from_numpy(tower.hidden_bias)
    )
    out = torch.relu(first) @ torch.from_numpy(tower.weight) + given @ torch.from_numpy(tower.straight)
    return torch.nn.functional.normalize(out + torch.from_numpy(tower.bias), dim=1).numpy()


def test_a_moment_of_training_and_its_query_have_one_vector():
    from parure.retrieval.two_tower.histories import profile_codes
    from parure.retrieval.two_tower.moments import Past, log_of
    from parure.retrieval.two_tower.training import _Net

    source, dataset = fitted(), checkerboard()
    attributes = [dataset.attributes(user) for user in dataset.users]
    codes = profile_codes(attributes, source.config.profile)
    net = _Net(ItemTraits.of(dataset, source.config), codes, source.config, rng_for(0, "two towers"))
    for part in ("hidden_weight", "hidden_bias", "weight", "straight", "bias"):
        net.parameters[f"user_{part}"] = torch.from_numpy(getattr(source._user_tower, part))
    net.parameters["profile"] = torch.from_numpy(source._profile)
    (batch,) = Past(dataset, source.config, log_of(dataset)).epoch(rng_for(0, "moments"))
    trained = net.tower("user", net.user_inputs(batch, torch.from_numpy(source._embeddings), batch.history.item_ix))
    queries = []
    for user, now in zip(batch.user_ix, batch.now_us, strict=True):
        query = dataset.query(dataset.users.id_of(int(user)))
        seen = query.history.take(query.history.timestamp_us <= now)
        queries.append(replace(query, history=seen, now_us=int(now)))
    assert source.user_vectors(queries) == pytest.approx(trained.numpy(), abs=1e-5)


def test_serving_needs_no_torch(tmp_path):
    fitted().save(tmp_path)
    code = f"""
import sys
from pathlib import Path
sys.modules["torch"] = None
from parure.retrieval import TwoTower
from parure.testing import checkerboard
shop = checkerboard()
source = TwoTower.load(Path({str(tmp_path)!r}), shop.items)
print(source.retrieve(shop.query("ada"), 3).item_ids)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(fitted().retrieve(checkerboard().query("ada"), 3).item_ids)


def test_training_without_torch_names_the_extra(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "parure.retrieval.two_tower.training", raising=False)
    with pytest.raises(MissingExtraError, match=r"parure\[neural\]"):
        fit()


def test_without_onnx_the_source_is_saved_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    fitted().save(tmp_path)
    assert not list(tmp_path.glob("*.onnx"))
    shop = checkerboard()
    loaded = TwoTower.load(tmp_path, shop.items)
    assert loaded.retrieve(shop.query("ada"), 3).pairs() == fitted().retrieve(shop.query("ada"), 3).pairs()


def test_a_live_purchase_of_an_unknown_visitor_counts_at_once():
    gold, silver = fitted().user_vectors([visitor("gold-ring", "gold-chain"), visitor("silver-ring", "silver-chain")])
    assert gold @ silver < 0.99
    nothing = fitted().retrieve(visitor(), 5)
    assert len(nothing) == 0


def test_looking_counts_for_somebody_who_bought_nothing():
    looked = visitor("gold-ring", "gold-chain", kind=EventKind.VIEW, weight=1.0)
    assert len(fitted().retrieve(looked, 5)) == 5


def test_a_newcomer_with_a_known_attribute_is_answered_and_one_with_an_unknown_one_is_not():
    shop = checkerboard()
    query = shop.query("newcomer")
    assert query.attributes["age_band"] == "36-45"
    assert len(fitted().retrieve(query, 5)) == 5
    assert len(fitted().retrieve(replace(query, attributes={"age_band": "111-120"}), 5)) == 0


def test_an_item_that_nobody_bought_has_a_place_by_its_attributes():
    found = fitted().retrieve(checkerboard().query("eva"), 100)
    assert "unsold" in found.item_ids


def test_an_item_of_which_nothing_is_known_is_never_proposed():
    shop = checkerboard()
    bare = shop.item_table.set_column(
        shop.item_table.column_names.index("category"),
        "category",
        pa.array([None if item == "unsold" else item.split("-")[0] for item in shop.items]),
    )
    source = fit(replace(shop, item_table=bare))
    assert "unsold" not in source.retrieve(shop.query("eva"), 100).item_ids
    assert len(source.similar(["unsold"], 5)[0]) == 0


def test_a_threshold_keeps_what_is_near():
    shop = checkerboard()
    free = fitted().retrieve(shop.query("ada"), 100)
    border = float(free.scores[2]) - 1e-4
    strict = fit(threshold=border)
    assert strict.retrieve(shop.query("ada"), 100).pairs() == free.pairs()[:3]
    (scores,) = strict.fold_in([shop.query("ada")]).score([free.item_ix])
    assert np.isnan(scores).tolist() == [False] * 3 + [True] * (len(free) - 3)


def test_an_attribute_column_is_learned_from_if_its_values_repeat():
    shop = checkerboard()
    colours = [item.split("-")[0] for item in shop.items]
    plain = ItemTraits.of(shop, TwoTowerConfig())
    coloured = ItemTraits.of(with_column(shop, "colour", colours), TwoTowerConfig())
    single = ItemTraits.of(with_column(shop, "serial", list(shop.items)), TwoTowerConfig())
    assert coloured.attributes.shape[1] == plain.attributes.shape[1] + 1
    assert single.attributes.shape[1] == plain.attributes.shape[1]
    named = ItemTraits.of(with_column(shop, "serial", list(shop.items)), TwoTowerConfig(columns=("serial", "absent")))
    assert len(set(named.attributes[:, 0].tolist())) == len(shop.items)
    assert not named.attributes[:, 1].any()


def test_words_count_that_two_titles_share():
    shop = checkerboard()
    titles = ["Gold ring", "gold chain ring", None, *["x"] * (len(shop.items) - 3)]
    table = shop.item_table
    if "title" in table.column_names:
        table = table.drop_columns(["title"])
    traits = ItemTraits.of(replace(shop, item_table=table.append_column("title", pa.array(titles))), TwoTowerConfig())
    assert traits.vocabulary == 3
    assert (traits.words[0] > 0).sum() == (traits.words[1] > 0).sum() == 2
    assert not traits.words[2].any()


def test_rare_items_share_an_embedding():
    traits = ItemTraits.of(checkerboard(), TwoTowerConfig(min_count=4))
    assert traits.ids == 1
    assert not traits.id_code.any()
    assert ItemTraits.of(checkerboard(), TwoTowerConfig(min_count=3)).ids == 9


def test_likeness_is_a_cosine():
    source, shop = fitted(), checkerboard()
    rows = shop.items.rows_of(["gold-ring", "silver-ring"])
    assert np.diag(source.likeness(rows, rows)) == pytest.approx([1, 1], abs=1e-5)


def test_training_leaves_the_number_of_threads_as_it_was():
    before = torch.get_num_threads()
    fit(min_steps=1, threads=1)
    assert torch.get_num_threads() == before


def test_the_loss_falls():
    from parure.retrieval.two_tower.histories import profile_codes
    from parure.retrieval.two_tower.moments import Past, log_of
    from parure.retrieval.two_tower.training import train_towers

    shop = checkerboard()
    config = TwoTowerConfig(**SMALL, min_count=1)
    codes = profile_codes([shop.attributes(user) for user in shop.users], config.profile)
    past = Past(shop, config, log_of(shop))
    trained = train_towers(ItemTraits.of(shop, config), codes, past, config, rng=rng_for(0, "loss"))
    assert len(trained.losses) == 80
    assert trained.losses[-20:].mean() < 0.8 * trained.losses[:20].mean()


DAYS = st.integers(0, 60)
KINDS = st.sampled_from([EventKind.PURCHASE, EventKind.VIEW, EventKind.RETURN, EventKind.DISMISS])
EVENTS = st.lists(st.tuples(st.sampled_from("uvw"), st.sampled_from("abcd"), DAYS, KINDS), max_size=12)


@settings(max_examples=20, deadline=None)
@given(EVENTS)
def test_answers_are_cosines_whatever_happened(rows):
    events = [(user, item, day * DAY_US, kind.name.lower(), 1.0, 100) for user, item, day, kind in rows]
    products = {item: {"category": "x"} for item in "abcd"}
    shop = dataset_from_events(events, products, as_of_us=100 * DAY_US)
    source = fit(shop, min_steps=2)
    for found in source.retrieve_many(shop.queries([*shop.users, "stranger"]), 10):
        assert (np.abs(found.scores) <= 1 + 1e-5).all()
        assert len(set(found.item_ids)) == len(found)
