"""The docs say what the code does."""

import re
from pathlib import Path

import pytest

from parure.cli.reference import pages

ROOT = Path(__file__).resolve().parents[3]
MARKDOWN = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("name", sorted(pages()))
def test_generated_pages_are_up_to_date(name: str) -> None:
    assert (ROOT / "docs" / name).read_text(encoding="utf-8") == pages()[name], "run: ./run docs"


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8"))
    missing = [link for link in links if not (page.parent / link).exists()]
    assert missing == []


def test_every_parameter_is_described() -> None:
    undescribed = [line for line in pages()["settings.md"].splitlines() if re.match(r"\| `.*\|\s+\|$", line)]
    assert undescribed == []


def test_every_option_is_described() -> None:
    undescribed = [line for line in pages()["cli.md"].splitlines() if re.match(r"\| `.*\|\s+\|$", line)]
    assert undescribed == []
