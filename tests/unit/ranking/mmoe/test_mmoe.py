"""Several tasks learned at once, and weighed as a request asks."""

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from parure.core.clock import rng_for
from parure.core.errors import MissingExtraError, SettingsError
from parure.ranking import TASKS, Blend, BlendConfig, Examples, Mmoe, MmoeConfig, Slates
from parure.ranking.mmoe import Goals
from parure.ranking.mmoe.graph import export
from parure.ranking.mmoe.training import Weights
from parure.testing.checks import bytes_of

from .conftest import CONFIG, FEATURES, auc, drawn, fitted

CLICK, CART, PURCHASE, SPEND = range(4)


def linear_auc(past: Examples, future: Examples, task: int) -> float:
    """The best that a weighted sum of the features does, by least squares on the log odds' stand-in 0 and 1."""
    columns = [np.column_stack([np.nan_to_num(e.slates.features), np.ones(len(e.labels))]) for e in (past, future)]
    weights = np.linalg.lstsq(columns[0], past.tasks[:, task], rcond=None)[0]
    return auc(columns[1] @ weights, future.tasks[:, task])


def asking(slates: Slates, **goals: float) -> Slates:
    row = [goals.get(task, 0.0) for task in TASKS]
    return replace(slates, goals=np.tile(np.array(row, np.float32), (len(slates.offsets) - 1, 1)))


def test_two_planted_tasks_are_found_where_a_weighted_sum_fails(ranker, past, future):
    found = ranker.probabilities(future.examples.slates)
    for task, best in ((CLICK, 0.65), (PURCHASE, 0.8)):
        ours = auc(found[:, task], future.examples.tasks[:, task])
        assert ours > linear_auc(past.examples, future.examples, task) + 0.1
        assert ours > best


def test_probabilities_are_true_to_the_whole_slate(ranker, future):
    found, tasks = ranker.probabilities(future.examples.slates), future.examples.tasks
    assert found.mean(axis=0) == pytest.approx(tasks.mean(axis=0), rel=0.1)
    # And not only in the mean: what is said to be likely comes true as often.
    likely = found[:, PURCHASE] > 0.4
    assert tasks[likely, PURCHASE].mean() == pytest.approx(found[likely, PURCHASE].mean(), abs=0.06)


def test_few_negatives_leave_probabilities_where_they_are(past, future):
    few = fitted(past.examples, MmoeConfig(epochs=8, negatives=5)).probabilities(future.examples.slates)
    assert few.mean(axis=0) == pytest.approx(future.examples.tasks.mean(axis=0), rel=0.12)


def test_spend_is_never_above_purchase(ranker, future):
    found = ranker.probabilities(future.examples.slates)
    assert (found[:, SPEND] <= found[:, PURCHASE]).all()
    assert auc(found[:, SPEND], future.examples.tasks[:, SPEND]) > 0.75


def test_goals_of_a_request_change_the_order(ranker, future):
    slates, found = future.examples.slates, ranker.probabilities(future.examples.slates)
    for task, name in enumerate(TASKS):
        assert np.allclose(ranker.score_many(asking(slates, **{name: 1})), found[:, task], atol=1e-6)
    both = asking(slates, click=0.5, spend=2)
    assert np.allclose(ranker.score_many(both), 0.5 * found[:, CLICK] + 2 * found[:, SPEND], atol=1e-5)


def test_each_query_is_scored_by_its_own_goals(ranker, future):
    slates = future.examples.slates
    goals = np.zeros((len(slates.offsets) - 1, 4), np.float32)
    goals[0, CLICK] = goals[1, PURCHASE] = 1
    goals[2:] = np.nan
    scores, found = ranker.score_many(replace(slates, goals=goals)), ranker.probabilities(slates)
    assert np.allclose(scores[:30], found[:30, CLICK], atol=1e-6)
    assert np.allclose(scores[30:60], found[30:60, PURCHASE], atol=1e-6)
    assert np.array_equal(scores[60:], ranker.score_many(slates)[60:])


def test_goals_of_the_settings_hold_where_a_request_names_none(past, ranker, future):
    wants = Mmoe(MmoeConfig(epochs=8, goals=Goals(click=1, add_to_cart=0, purchase=0, spend=0)), FEATURES)
    wants.fit(past.examples, rng=rng_for(0, "test"))
    found = ranker.probabilities(future.examples.slates)
    assert np.allclose(wants.score_many(future.examples.slates), found[:, CLICK], atol=1e-6)


def test_a_task_that_is_not_recorded_has_no_probability_and_does_no_harm(past, future):
    tasks = past.examples.tasks.copy()
    tasks[:, [CLICK, CART]] = np.nan
    ranker = fitted(replace(past.examples, tasks=tasks))
    assert ranker.heads == ("purchase", "spend")
    found = ranker.probabilities(future.examples.slates)
    assert np.isnan(found[:, [CLICK, CART]]).all()
    assert auc(found[:, PURCHASE], future.examples.tasks[:, PURCHASE]) > 0.8
    scores = ranker.score_many(future.examples.slates)
    assert np.isfinite(scores).all()
    # Who asks for clicks alone gets what the ranker would show anyway.
    assert np.array_equal(ranker.score_many(asking(future.examples.slates, click=1)), scores)


def test_unknown_labels_of_some_rows_are_passed_over(past, future):
    tasks = past.examples.tasks.copy()
    tasks[::2, SPEND] = np.nan
    found = fitted(replace(past.examples, tasks=tasks)).probabilities(future.examples.slates)
    assert found[:, SPEND].mean() == pytest.approx(future.examples.tasks[:, SPEND].mean(), rel=0.15)


def test_without_tasks_purchases_alone_are_predicted(past, future):
    ranker = fitted(replace(past.examples, tasks=None))
    found = ranker.probabilities(future.examples.slates)
    assert np.isnan(found[:, [CLICK, CART, SPEND]]).all()
    assert np.allclose(ranker.score_many(future.examples.slates), found[:, PURCHASE])


def test_models_of_one_task_each_learn_it_as_well(past, future):
    single = fitted(past.examples, MmoeConfig(epochs=8, single_task=True))
    found = single.probabilities(future.examples.slates)
    assert auc(found[:, PURCHASE], future.examples.tasks[:, PURCHASE]) > 0.8
    assert (found[:, SPEND] <= found[:, PURCHASE]).all()


def test_models_of_one_task_each_do_not_hear_of_the_others(past, future):
    config = MmoeConfig(epochs=2, single_task=True, held_out=0, dropout=0)
    tasks = past.examples.tasks.copy()
    # The same rows stay positive, so that the same candidates are drawn.
    tasks[:, CLICK] = np.where(tasks[:, CLICK] == 1, np.nan, tasks[:, CLICK])
    tasks[tasks[:, 1:].max(axis=1) == 0, CLICK] = past.examples.tasks[tasks[:, 1:].max(axis=1) == 0, CLICK]
    one, other = (
        fitted(replace(past.examples, tasks=given), config).probabilities(future.examples.slates)
        for given in (past.examples.tasks, tasks)
    )
    assert not np.allclose(one[:, CLICK], other[:, CLICK], atol=1e-3)
    assert np.allclose(one[:, PURCHASE], other[:, PURCHASE], atol=1e-5)


def test_before_fitting_sources_are_blended_evenly(future):
    slates = future.examples.slates
    even = Blend(BlendConfig(), ["style", "popular"]).score_many(
        Slates(np.ascontiguousarray(slates.features[:, [0, 2]]), slates.offsets)
    )
    ranker = Mmoe(CONFIG, FEATURES)
    assert np.allclose(ranker.score_many(slates), even)
    assert np.isnan(ranker.probabilities(slates)).all()
    assert ranker.shares(slates)[:, -1].tolist() == [0] * len(even)


def test_where_nothing_ever_came_true_sources_are_blended_evenly(past, tmp_path):
    nothing = replace(past.examples, tasks=np.zeros_like(past.examples.tasks))
    ranker = fitted(nothing)
    ranker.save(tmp_path)
    slates = past.examples.slates
    assert np.array_equal(Mmoe.load(tmp_path).score_many(slates), Mmoe(CONFIG, FEATURES).score_many(slates))


def test_voices_are_the_sources_and_other():
    assert Mmoe(CONFIG, FEATURES).voices == ("style", "popular", "other")
    assert Mmoe(CONFIG, ["als", "popular"]).voices == ("als", "popular", "other")


def test_shares_name_the_source_that_lifts_an_item(past):
    # Purchases follow style alone.
    style = np.nan_to_num(past.examples.slates.features[:, 0])
    tasks = np.zeros_like(past.examples.tasks)
    tasks[:, PURCHASE] = np.random.default_rng(3).random(len(style)) < 1 / (1 + np.exp(3 - 2 * style))
    ranker = fitted(replace(past.examples, tasks=tasks))
    slates = past.examples.slates
    shares, scores = ranker.shares(slates), ranker.score_many(slates)
    assert np.allclose(shares.sum(axis=1), scores, atol=1e-5)
    best = scores > np.quantile(scores, 0.9)
    assert (shares[best, 0] > shares[best, 1]).mean() > 0.95
    # The one step from the mean of the slate explains most of what lifts the best above it.
    mean = scores.reshape(-1, 30).mean(axis=1).repeat(30)
    assert shares[best, 0].mean() == pytest.approx((scores - mean)[best].mean(), rel=0.35)


def test_slopes_are_those_of_the_score(ranker, future):
    net, inputs = ranker._model.net, ranker._model.inputs
    before = net.before(inputs.apply(future.examples.slates.features[:5]))
    weights = np.array([[0.3, -1.0, 2.0, 0.7]], np.float32)
    found = net.slopes(before, lambda logits: np.repeat(weights, len(logits), axis=0))
    step = 1e-2
    for column in range(0, before.shape[1], 7):
        moved = [before.copy() for _ in range(2)]
        moved[0][:, column] -= step
        moved[1][:, column] += step
        low, high = ((net.logits(each).astype(np.float64) * weights).sum(axis=1) for each in moved)
        assert np.allclose((high - low) / (2 * step), found[:, column], atol=5e-3)


def test_pytorch_onnx_and_numpy_agree(ranker, future, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    slates = future.examples.slates
    ours = ranker.probabilities(slates)
    ranker.save(tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "mmoe.onnx", providers=["CPUExecutionProvider"])
    assert session.get_modelmeta().custom_metadata_map["tasks"].split(",") == list(ranker.heads)
    theirs = session.run(None, {"features": slates.features})[0]
    assert np.abs(theirs - ours).max() < 1e-5
    inputs = torch.from_numpy(ranker._model.inputs.apply(slates.features))
    single = torch.sigmoid(Weights.of(torch, ranker._model.net).logits(torch, inputs)).numpy()
    assert np.abs(single[:, :3] - ours[:, :3]).max() < 1e-5
    assert np.abs(single[:, 3] * single[:, 2] - ours[:, 3]).max() < 1e-5


def test_onnx_of_models_of_one_task_each_and_without_gaps_agrees(past, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    slates = replace(past.examples.slates, features=np.nan_to_num(past.examples.slates.features))
    config = MmoeConfig(epochs=1, single_task=True, experts=2)
    ranker = fitted(replace(past.examples, slates=slates, tasks=None), config)
    ranker.save(tmp_path)
    session = onnxruntime.InferenceSession(tmp_path / "mmoe.onnx", providers=["CPUExecutionProvider"])
    theirs = session.run(None, {"features": slates.features})[0]
    assert np.abs(theirs[:, 0] - ranker.probabilities(slates)[:, PURCHASE]).max() < 1e-5


def test_a_loaded_ranker_is_the_saved_one_to_the_bit(ranker, future, tmp_path):
    ranker.save(tmp_path)
    loaded = Mmoe.load(tmp_path)
    slates = future.examples.slates
    assert (loaded.heads, loaded.features, loaded.config) == (ranker.heads, ranker.features, ranker.config)
    assert np.array_equal(loaded.probabilities(slates), ranker.probabilities(slates))
    assert np.array_equal(loaded.score_many(slates), ranker.score_many(slates))
    assert np.array_equal(loaded.shares(slates), ranker.shares(slates))


def test_the_same_seed_gives_the_same_bytes_whatever_was_drawn_before(tmp_path: Path):
    examples, threads = drawn(5, queries=40).examples, torch.get_num_threads()
    written = []
    for name in ("one", "two"):
        torch.manual_seed(len(written))
        state = torch.random.get_rng_state()
        (tmp_path / name).mkdir()
        fitted(examples, MmoeConfig(epochs=2)).save(tmp_path / name)
        assert torch.equal(torch.random.get_rng_state(), state)
        written.append(bytes_of(tmp_path / name))
    assert written[0] == written[1]
    assert torch.get_num_threads() == threads


def test_another_seed_gives_another_net(past):
    few = drawn(5, queries=40).examples
    one, other = (Mmoe(MmoeConfig(epochs=1), FEATURES).fit(few, rng=rng_for(seed, "test")) for seed in (0, 1))
    assert not np.array_equal(one.score_many(few.slates), other.score_many(few.slates))


def test_fitting_again_forgets_what_was_learned(past, future):
    few = drawn(5, queries=40).examples
    config = MmoeConfig(epochs=1)
    again = fitted(past.examples, config).fit(few, rng=rng_for(0, "test"))
    assert np.array_equal(again.shares(future.examples.slates), fitted(few, config).shares(future.examples.slates))


def test_training_without_pytorch_says_what_to_install(past, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(MissingExtraError, match=r"'torch'.*parure\[neural\]"):
        fitted(past.examples)


def test_serving_needs_no_pytorch(ranker, future, tmp_path, monkeypatch):
    ranker.save(tmp_path)
    expected = ranker.score_many(future.examples.slates)
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setitem(sys.modules, "onnx", None)
    assert np.array_equal(Mmoe.load(tmp_path).score_many(future.examples.slates), expected)


def test_without_onnx_there_is_no_graph_and_the_rest_is_written(ranker, future, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    ranker.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mmoe.npz", "ranker.json"]
    with pytest.raises(MissingExtraError, match="ONNX"):
        export(tmp_path / "mmoe.onnx", ranker._model.inputs, ranker._model.net, ranker.heads)


@pytest.mark.parametrize("wrong", [{"experts": 0}, {"dropout": 1.0}, {"goals": {"clicks": 1}}])
def test_wrong_settings_are_refused(wrong):
    with pytest.raises(SettingsError):
        MmoeConfig.parse(wrong, where="recipe")
