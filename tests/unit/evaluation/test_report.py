"""The HTML report and the terminal table."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from parure.evaluation import Evaluation, print_evaluation, write_report
from parure.evaluation.report import report_html

VOID = {"meta", "link", "br", "img", "path", "use"}


class _Structure(HTMLParser):
    """Notes ids, internal links, loads from elsewhere, and elements that are not closed in order."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        self.ids += [str(given["id"])] if "id" in given else []
        if tag == "a" and str(given.get("href")).startswith("#"):
            self.links.append(str(given["href"])[1:])
        self.loads += [str(v) for k, v in attrs if k in {"src", "href"} and not str(v).startswith(("#", "data:"))]

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def page(evaluation: Evaluation) -> str:
    return report_html(evaluation)


def test_the_page_is_whole_and_loads_nothing_from_elsewhere(page: str) -> None:
    structure = _Structure()
    structure.feed(page)
    assert structure.open == []
    assert structure.loads == []
    assert "@import" not in page
    assert len(structure.ids) == len(set(structure.ids))
    assert set(structure.links) <= set(structure.ids)


def test_every_contender_and_every_part_is_on_the_page(page: str, evaluation: Evaluation) -> None:
    for contender in evaluation.contenders:
        assert f'<th scope="row">{contender.name}' in page
    for part in ("result", "all", "new", "recall", "differences", "beyond", "slices", "cost", "repeats", "glossary"):
        assert f'id="{part}"' in page
    assert page.count("<svg") >= 10


def test_the_same_evaluation_gives_the_same_bytes(page: str, evaluation: Evaluation, tmp_path: Path) -> None:
    write_report(evaluation, tmp_path / "report.html")
    assert (tmp_path / "report.html").read_text(encoding="utf-8") == page


def test_the_best_value_is_marked_once_in_each_column(page: str) -> None:
    table = page.split('id="all"')[1].split("<tbody>")[1].split("</tbody>")[0]
    rows = table.split("<tr>")[1:]
    assert sum("best" in row.split("</td>")[0] for row in rows) == 1


def test_names_from_the_shop_cannot_break_the_page(evaluation: Evaluation) -> None:
    nasty = evaluation.model_copy(update={"dataset": "<script>alert(1)</script>"})
    assert "<script>" not in report_html(nasty)


def test_the_terminal_table_ranks_contenders_and_says_who_won(evaluation: Evaluation) -> None:
    console = Console(file=StringIO(), width=160)
    print_evaluation(evaluation, console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert re.search(r"taste source.*blend blend.*popular baseline", text, re.DOTALL)
    assert "All items: 48 users" in text
    assert "Repeat purchases: 31.0%" in text
    assert "0.5*" in re.sub(r"(0\.\d)\d+\*", "0.5*", text)


def test_confidence_stands_against_what_came_true(page: str, evaluation: Evaluation) -> None:
    section = page[page.index('id="confidence"') : page.index('id="protocol"')]
    assert "Confidence against what came true" in section
    assert "purchases within 7 days" in section
    assert f"{100 * evaluation.reliability[0].error:.2f} %" in section


def test_without_a_look_at_confidence_the_page_is_silent_about_it(evaluation: Evaluation) -> None:
    assert 'id="confidence"' not in report_html(evaluation.model_copy(update={"reliability": ()}))
