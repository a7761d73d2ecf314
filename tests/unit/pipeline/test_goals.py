"""What a request wants of its items: which tasks, with which weights."""

import pytest

from parure.core.errors import SettingsError
from parure.dataset import Dataset
from parure.pipeline.answer import Answers
from parure.pipeline.goals import checked_goals, goals_of
from parure.pipeline.part import Part
from parure.pipeline.recipe import recipe_from_toml
from parure.pipeline.train import train
from parure.rules import BoughtAgain

RECIPE = 'name = "small"\n[[sources]]\nkind = "popular"\n'


def test_goals_are_read_with_their_weights() -> None:
    assert goals_of(["purchase=1", " spend = 0.5 "]) == {"purchase": 1.0, "spend": 0.5}
    assert goals_of([]) == {}
    assert checked_goals({"click": 0, "purchase": 2}) == {"click": 0, "purchase": 2}


@pytest.mark.parametrize(
    ("texts", "message"),
    [
        (["purchses=1"], r"'purchses' is not a goal did you mean 'purchase'\?"),
        (["cart=1"], r"'cart' is not a goal"),
        (["purchase"], r"The goal 'purchase' has no weight\. Write it as purchase=1"),
        (["=1"], r"'' is not a goal"),
        (["purchase=much"], r"'purchase' was given the weight 'much', expected a number from 0 on"),
        (["purchase=-1"], r"'purchase' was given the weight -1, expected a number from 0 on"),
        (["purchase=nan"], r"weight nan, expected a number"),
        (["purchase=inf"], r"weight inf, expected a number"),
        (["purchase=1", "purchase=2"], r"'purchase' is named twice"),
        (["purchase=0", "click=0"], r"All goals weigh 0: purchase, click"),
    ],
)
def test_a_goal_that_cannot_be_gone_by_is_refused_and_says_what_can(texts: list[str], message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        goals_of(texts)


def test_every_goal_there_is_is_named_where_one_is_not_known() -> None:
    with pytest.raises(SettingsError) as refused:
        checked_goals({"buy": 1})
    assert refused.value.hint == "Goals are: click, add_to_cart, purchase, spend."


def test_a_request_carries_its_goals_and_a_ranker_of_one_task_passes_over_them(checkerboard: Dataset) -> None:
    bundle = train(checkerboard, Part.of(recipe_from_toml(RECIPE, where="test"), BoughtAgain.NEVER))
    answers = Answers(bundle, "test")
    assert answers.request("c00", goals={"spend": 0.5}).goals == {"spend": 0.5}
    assert answers.request("c00").goals == {}
    assert answers.recommend("c00", 3, goals={"spend": 1}) == answers.recommend("c00", 3)
    with pytest.raises(SettingsError, match="not a goal"):
        answers.recommend("c00", goals={"spent": 1})
