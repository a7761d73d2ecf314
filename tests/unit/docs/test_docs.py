"""The docs say what the code does."""

import re
import shlex
from pathlib import Path

import pytest
import typer
from typer.core import TyperGroup

from parure.cli.app import app
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


def anchors(page: Path) -> set[str]:
    """The headings of a page as links name them."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_into_pages_lead_to_a_heading(page: Path) -> None:
    links = re.findall(r"\]\((?!https?:)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8"))
    targets = [(page.parent / name if name else page, anchor) for name, anchor in links]
    assert [f"{target.name}#{anchor}" for target, anchor in targets if anchor not in anchors(target)] == []


def test_every_parameter_is_described() -> None:
    undescribed = [line for line in pages()["settings.md"].splitlines() if re.match(r"\| `.*\|\s+\|$", line)]
    assert undescribed == []


def test_every_option_is_described() -> None:
    undescribed = [line for line in pages()["cli.md"].splitlines() if re.match(r"\| `.*\|\s+\|$", line)]
    assert undescribed == []


def commands(page: Path) -> list[str]:
    """The parure commands that a page shows to be typed, without what comes before and after them."""
    lines = "\n".join(re.findall(r"```sh\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)).splitlines()
    typed = [part.strip() for line in lines for part in line.split("&&")]
    return [found[1] for part in typed if (found := re.match(r"(?:\./run |[A-Z_]+=\S+ )?parure (.*)", part))]


@pytest.mark.parametrize("page", MARKDOWN, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_shown_can_be_typed(page: Path) -> None:
    for line in commands(page):
        words = shlex.split(line, comments=True)
        if ">" in words:
            words = words[: words.index(">")]
        command = typer.main.get_command(app)
        while isinstance(command, TyperGroup):
            name, *words = words
            found = command.get_command(typer.Context(command), name)
            assert found is not None, f"there is no command {name!r}: parure {line}"
            command = found
        command.make_context(line, words)
