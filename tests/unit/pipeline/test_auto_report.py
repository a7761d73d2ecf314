"""The page of ``parure train --auto``: who was published, who was kept out, and why."""

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from parure.pipeline.auto_report import auto_html, gains, write_auto_report
from parure.pipeline.contest import Contest
from parure.pipeline.gate import Verdict, not_tried
from parure.pipeline.tune_trees import Search

VOID = {"meta", "link", "br", "img", "path", "use"}
CONTEST = Contest(
    (
        Verdict(
            "session_knn", "source", "recall", "the candidates without it", 0.51, 0.5, 0.01, -0.02, 0.04,
            passed=False, why="its gain is not above zero", seconds=2.25,
        ),
        Verdict(
            "lambdamart", "ranker", "map@12", "hybrid", 0.16, 0.14, 0.02, 0.01, 0.03,
            passed=True, why="its gain is above zero", seconds=12.5,
        ),
        not_tried("mmoe", "ranker", "lambdamart", "torch is not <installed>"),
    ),
    {"als": 120, "ease": 1},
    Search(23, {"objective": "binary", "trees": 85}, 0.1657, 0.1612, 61.2),
    "lambdamart",
    (1, 0),
    (4, 3),
    "hybrid",
)  # fmt: skip


class _Structure(HTMLParser):
    """Notes ids, internal links, and elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        if tag == "a":
            self.links.append(str(given["href"]).removeprefix("#"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.mark.parametrize(
    "contest", [CONTEST, replace(CONTEST, verdicts=CONTEST.verdicts[2:], search=None, chosen="hybrid", taught_by=())]
)
def test_the_page_is_whole_whatever_was_tried(contest: Contest) -> None:
    structure = _Structure()
    structure.feed(auto_html(contest, shop="Rings & Co"))
    assert structure.open == []
    assert len(structure.ids) == len(set(structure.ids))
    assert set(structure.links) <= set(structure.ids)


def test_the_page_says_who_was_kept_out_and_why_and_by_which_weeks() -> None:
    page = auto_html(CONTEST, shop="Rings & Co")
    for part in (
        "Rings &amp; Co",
        "its gain is not above zero",
        "torch is not &lt;installed&gt;",
        "+0.0100 to +0.0300",
        "Judged on: 1, 0.",
        "Rankers learned from: 4, 3.",
        "0.1657",
        "23 settings of the trees",
        "recipes/auto.toml",
    ):
        assert part in page
    assert page.count("not tried") >= 2


def test_a_plot_shows_each_that_was_tried_with_its_gain() -> None:
    plots = [gains(CONTEST, kind) for kind in ("source", "ranker")]
    assert [str(plot).count("over ") for plot in plots] == [2, 2]
    assert "+0.0200" in str(plots[1])
    assert "mmoe" not in str(plots[1])
    assert gains(replace(CONTEST, verdicts=CONTEST.verdicts[2:]), "ranker") is None


def test_the_same_contest_gives_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        write_auto_report(CONTEST, tmp_path / name, shop="my shop")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
