"""Lists of all customers at once: what they hold, and that nothing about how they are made shows in them."""

from __future__ import annotations

import os
from pathlib import Path

import pyarrow.parquet as pq
import pytest

import parure.pipeline.batch as module
from parure.core.errors import InputError, MissingInputError, SettingsError
from parure.pipeline.answer import Answers
from parure.pipeline.batch import Wanted, write_lists
from parure.pipeline.part import Part
from parure.pipeline.recipe import find_recipe
from parure.pipeline.train import train, usable_sources
from parure.rules import BoughtAgain
from parure.testing.drawn_shop import drawn_shop

SURFACES = ("homepage", "email")
SHOP = drawn_shop(items=300, users=60, events=40, seed=5)

Lists = dict[str, list[dict[str, object]]]


@pytest.fixture(scope="module")
def answers() -> Answers:
    main, *surfaces = (
        Part.of(usable_sources(find_recipe(name), SHOP), BoughtAgain.NEVER)
        for name in ("als_item_cf_popular", *SURFACES)
    )
    return Answers(train(SHOP, main, surfaces=surfaces), "v1")


@pytest.fixture
def few_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seven customers a block, so that a small shop has several."""
    monkeypatch.setattr(module, "AT_ONCE", 7)


def lists_in(file: Path) -> Lists:
    found: Lists = {}
    for row in pq.read_table(file).to_pylist():
        found.setdefault(row["user_id"], []).append(row)
    return found


@pytest.mark.parametrize("surface", [None, *SURFACES])
@pytest.mark.parametrize("reasons", [False, True])
def test_everybody_gets_what_they_would_get_when_they_ask(
    answers: Answers, tmp_path: Path, surface: str | None, reasons: bool
) -> None:
    file = tmp_path / "lists.parquet"
    report = write_lists(answers, file, wanted=Wanted(surface, 5, reasons), processes=1)
    lists = lists_in(file)
    assert report.customers == len(SHOP.users)
    assert report.rows == sum(map(len, lists.values()))
    short = 0
    for user in SHOP.users:
        shown = answers.recommend(user, 5, surface=surface).items
        rows = lists.get(user, [])
        short += len(shown) < 5
        assert [row["item_id"] for row in rows] == [item.item_id for item in shown]
        assert [row["source"] for row in rows] == [item.source for item in shown]
        assert [row["score"] for row in rows] == pytest.approx([item.score for item in shown], rel=1e-4)
        assert [row["rank"] for row in rows] == list(range(1, len(shown) + 1))
        if reasons:
            assert [row["reason"] for row in rows] == [item.reason for item in shown]
    assert report.short == short


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.parametrize("surface", [None, "homepage"])
def test_the_lists_do_not_depend_on_how_many_processes_make_them(
    answers: Answers, tmp_path: Path, surface: str | None
) -> None:
    files = [tmp_path / f"{processes}.parquet" for processes in (1, 2, 3)]
    for processes, file in zip((1, 2, 3), files, strict=True):
        report = write_lists(answers, file, wanted=Wanted(surface), processes=processes)
        assert report.processes in (processes, 1)
    assert len({file.read_bytes() for file in files}) == 1


def test_chosen_customers_stand_in_their_order_and_strangers_get_what_anybody_gets(
    answers: Answers, tmp_path: Path
) -> None:
    file = tmp_path / "lists.parquet"
    chosen = [SHOP.users.id_of(9), "a stranger", SHOP.users.id_of(2)]
    report = write_lists(answers, file, users=chosen, wanted=Wanted(k=3), processes=1)
    lists = lists_in(file)
    assert list(lists) == chosen
    assert (report.customers, report.rows) == (3, 9)
    strangers = answers.recommend("a stranger", 3).items
    assert [row["item_id"] for row in lists["a stranger"]] == [item.item_id for item in strangers]


def test_no_customers_make_a_file_without_rows(answers: Answers, tmp_path: Path) -> None:
    file = tmp_path / "lists.parquet"
    report = write_lists(answers, file, users=[])
    assert (report.customers, report.rows) == (0, 0)
    assert pq.read_table(file).column_names == ["user_id", "rank", "item_id", "score", "source"]


def test_the_confidence_of_a_recipe_that_learned_none_is_empty(answers: Answers, tmp_path: Path) -> None:
    file = tmp_path / "lists.parquet"
    write_lists(answers, file, wanted=Wanted(reasons=True), processes=1)
    table = pq.read_table(file)
    assert table.column("confidence").null_count == len(table)


def test_an_unknown_surface_is_refused_before_anything_is_written(answers: Answers, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="homepag"):
        write_lists(answers, tmp_path / "lists.parquet", wanted=Wanted("homepag"))
    assert not list(tmp_path.iterdir())


def test_a_place_that_cannot_be_written_is_said(answers: Answers, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MissingInputError, match="Cannot write"):
        write_lists(answers, tmp_path / "file" / "lists.parquet", processes=1)


@pytest.mark.usefixtures("few_at_once")
@pytest.mark.skipif(module._usable(2) == 1, reason="this system cannot fork safely")
def test_a_process_that_dies_is_reported_and_the_file_of_before_stays(
    answers: Answers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "lists.parquet"
    file.write_text("of yesterday")
    here, made = os.getpid(), Answers.request

    def dying(self: Answers, *arguments: object, **named: object) -> object:
        if os.getpid() != here:
            os._exit(9)
        return made(self, *arguments, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(Answers, "request", dying)
    with pytest.raises(InputError, match="died"):
        write_lists(answers, file, processes=2)
    assert file.read_text() == "of yesterday"
    assert [each.name for each in tmp_path.iterdir()] == ["lists.parquet"]
