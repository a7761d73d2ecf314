"""The judge, and what an evaluation says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from parure.core.clock import DAY_US
from parure.core.errors import InputError, MissingInputError, UnknownIdError
from parure.evaluation import Contender, Evaluation, Judge, Target, Truth
from parure.evaluation.metrics import METRICS, user_metrics
from parure.evaluation.result import Difference, Score
from parure.evaluation.truth import Rows

Lists = Callable[..., dict[str, Rows]]
JudgeOf = Callable[..., Judge]


@pytest.fixture
def judge_of(lists_for: Lists) -> JudgeOf:
    def made(target: Target, *tastes: tuple[str, str, float]) -> Judge:
        judge = Judge(target, resamples=40)
        for seed, (name, kind, taste) in enumerate(tastes):
            judge.add(Contender(name=name, kind=kind), lists_for(target, taste=taste, seed=seed))
        return judge

    return made


def test_scores_are_the_plain_means_of_the_metrics(target: Target, lists_for: Lists) -> None:
    lists = lists_for(target, taste=0.5, seed=4)
    judge = Judge(target, resamples=40)
    judge.add(Contender(name="one", kind="source"), lists)
    found = judge.evaluation("shop")
    for split, truth in target.truths.items():
        means = user_metrics(lists[split], truth).mean(axis=0)
        for metric, mean in zip(METRICS, means, strict=True):
            score = found.score("one", split, metric)
            assert score is not None
            assert score.value == pytest.approx(mean)
            assert score.low is not None
            assert score.high is not None
            assert score.low - 1e-9 <= score.value <= score.high + 1e-9


def test_new_counts_only_what_a_user_had_not_bought(target: Target) -> None:
    new = target.truths["new"]
    for position, user in enumerate(new.users):
        found = new.item_ix[new.offsets[position] : new.offsets[position + 1]]
        assert not set(found) & set(target.dataset.history(user).item_ix)


def test_differences_are_against_the_best_baseline(target: Target, judge_of: JudgeOf) -> None:
    judge = judge_of(target, ("random", "baseline", 0.0), ("good", "baseline", 0.6), ("model", "source", 1.0))
    found = judge.evaluation("shop")
    assert {gap.reference for gap in found.differences} == {"good"}
    gap = next(g for g in found.differences if (g.case, g.split, g.metric) == ("model", "all", "map@12"))
    a, b = (found.score(name, "all", "map@12") for name in ("model", "good"))
    assert a is not None
    assert b is not None
    assert gap.value == pytest.approx(a.value - b.value)


def test_recipes_are_held_against_the_best_single_model_too(target: Target, judge_of: JudgeOf) -> None:
    added = ("plain", "baseline", 0.0), ("weak", "source", 0.3), ("strong", "source", 0.9), ("mix", "blend", 1.0)
    found = judge_of(target, *added).evaluation("shop")
    pairs = {(gap.case, gap.reference) for gap in found.differences if gap.split == "all"}
    assert pairs == {("weak", "plain"), ("strong", "plain"), ("mix", "plain"), ("mix", "strong")}


def test_a_reference_can_be_named_and_must_exist(target: Target, judge_of: JudgeOf) -> None:
    judge = judge_of(target, ("a", "source", 0.2), ("b", "source", 0.8))
    assert {gap.reference for gap in judge.evaluation("shop", reference="b").differences} == {"b"}
    with pytest.raises(InputError, match="'c' is not among"):
        judge.evaluation("shop", reference="c")


def test_a_baseline_that_wins_is_named_as_the_winner(target: Target, judge_of: JudgeOf) -> None:
    found = judge_of(target, ("own counts", "baseline", 2.0), ("model", "blend", 0.0)).evaluation("shop")
    assert found.notes()[0].startswith("All items: the baseline 'own counts' wins over everything learned")


def test_a_lead_that_may_be_chance_is_called_so(target: Target, judge_of: JudgeOf) -> None:
    found = judge_of(target, ("plain", "baseline", 0.5), ("model", "blend", 0.5)).evaluation("shop")
    ahead = Score(case="model", split="all", metric="map@12", value=0.31)
    behind = Score(case="plain", split="all", metric="map@12", value=0.30)
    gap = Difference(case="model", reference="plain", split="all", metric="map@12", value=0.01, low=-0.1, high=0.12)
    found = found.model_copy(update={"scores": (ahead, behind), "differences": (gap,)})
    assert "but not clearly" in found.notes()[0]
    clear = found.model_copy(update={"differences": (gap.model_copy(update={"low": 0.005}),)})
    assert "beats the best baseline, 'plain'" in clear.notes()[0]


def test_slices_hold_every_contender_with_an_interval(evaluation: Evaluation) -> None:
    families = {score.family for score in evaluation.slices}
    assert families == {"history", "cold start", "spending_segment", "item age", "popularity"}
    one = [s for s in evaluation.slices if (s.split, s.family, s.name, s.metric) == ("all", "history", "new", "map@12")]
    assert [score.case for score in one] == ["popular", "taste", "blend"]
    assert {score.users for score in one} == {4}


def test_a_slice_of_users_has_their_own_mean(target: Target, lists_for: Lists) -> None:
    lists = lists_for(target, taste=0.5, seed=4)
    judge = Judge(target, resamples=40)
    judge.add(Contender(name="one", kind="source"), lists)
    heavy = next(each for each in target.slices["all"] if each.name == "heavy")
    found = next(
        s for s in judge.evaluation("shop").slices if (s.split, s.name, s.metric) == ("all", "heavy", "map@12")
    )
    expected = user_metrics(lists["all"], target.truths["all"])[heavy.rows, 0].mean()
    assert found.value == pytest.approx(expected)


def test_looks_count_where_vectors_are_given(target: Target, judge_of: JudgeOf) -> None:
    vectors = np.eye(len(target.dataset.items), dtype=np.float32)
    seeing = Target.of(target.dataset, target.truths["all"], until_us=target.until_us, vectors=vectors)
    score = judge_of(seeing, ("a", "source", 0.0)).evaluation("shop").score("a", "all", "visual_diversity@10")
    assert score is not None
    assert score.value == pytest.approx(1)


def test_an_evaluation_goes_to_json_and_back_without_loss(evaluation: Evaluation, tmp_path: Path) -> None:
    evaluation.save(tmp_path / "evaluation.json")
    assert Evaluation.load(tmp_path / "evaluation.json") == evaluation


def test_a_file_that_is_no_evaluation_is_refused(tmp_path: Path) -> None:
    with pytest.raises(MissingInputError, match="Run parure evaluate first"):
        Evaluation.load(tmp_path / "nothing.json")
    (tmp_path / "other.json").write_text("{}")
    with pytest.raises(InputError, match="holds no evaluation"):
        Evaluation.load(tmp_path / "other.json")


def test_rows_have_the_form_of_every_benchmark(evaluation: Evaluation) -> None:
    rows = evaluation.rows()
    assert {tuple(row) for row in rows} == {
        ("bench", "dataset", "case", "split", "metric", "value", "low", "high", "unit")
    }
    assert {row["split"] for row in rows} == {"all", "new"}
    assert {row["unit"] for row in rows} == {"score", "bits", "difference"}
    assert any(row["case"] == "taste - popular" for row in rows)


def test_an_unknown_contender_is_answered_with_a_near_name(evaluation: Evaluation) -> None:
    with pytest.raises(UnknownIdError, match="did you mean 'popular'"):
        evaluation.contender("populr")


def test_two_contenders_of_one_name_are_refused(target: Target, judge_of: JudgeOf, lists_for: Lists) -> None:
    judge = judge_of(target, ("a", "source", 0.0))
    with pytest.raises(InputError, match="Two contenders are called 'a'"):
        judge.add(Contender(name="a", kind="source"), lists_for(target, taste=0.0, seed=1))


def test_both_splits_are_asked_for(target: Target, lists_for: Lists) -> None:
    lists = lists_for(target, taste=0.0, seed=1)
    with pytest.raises(InputError, match="brings no lists for new"):
        Judge(target).add(Contender(name="a", kind="source"), {"all": lists["all"]})


def test_nothing_to_compare_is_said(target: Target) -> None:
    with pytest.raises(InputError, match="nothing to compare"):
        Judge(target).evaluation("shop")


def test_weeks_without_a_purchase_cannot_be_judged(target: Target) -> None:
    nobody = Truth.of({}, target.dataset.items)
    with pytest.raises(InputError, match="nothing to measure"):
        Target.of(target.dataset, nobody, until_us=target.until_us)


def test_where_nobody_buys_anything_new_only_all_is_reported(target: Target, judge_of: JudgeOf) -> None:
    dataset = target.dataset
    again = {user: set(dataset.history(user).item_ids[:2]) for user in dataset.users}
    repeat = Target.of(dataset, Truth.of(again, dataset.items), until_us=dataset.as_of_us + 7 * DAY_US)
    found = judge_of(repeat, ("a", "source", 0.0), ("b", "baseline", 0.5)).evaluation("shop")
    assert {score.split for score in found.scores} == {"all"}
    assert found.protocol.judged_users["new"] == 0
