"""The look shared by the reports."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from jinja2 import UndefinedError

from parure.core.html import SERIES, environment, figure_to_svg, new_figure, series


def _drawing(name: str = "one") -> str:
    figure, (axes,) = new_figure(4, 2)
    axes.plot([0, 1, 2], [1, 3, 2], color=series(0), marker="o")
    axes.set_title("Cost < gain & more")
    return str(figure_to_svg(figure, name=name, label='A "plot" of cost'))


def test_the_same_figure_gives_the_same_text() -> None:
    assert _drawing() == _drawing()


def test_a_drawing_is_well_formed_and_says_what_it_shows() -> None:
    root = ET.fromstring(_drawing())
    assert root.attrib["aria-label"] == 'A "plot" of cost'
    assert root.attrib["viewBox"].startswith("0 0 ")


def test_colours_follow_the_page_and_text_takes_its_font() -> None:
    svg = _drawing()
    assert "var(--series-1, " in svg
    assert "var(--muted, " in svg
    assert "#0102" not in svg
    assert "DejaVu" not in svg


def test_ids_of_two_drawings_on_a_page_differ() -> None:
    ids = [set(re.findall(r'\bid="([^"]+)"', _drawing(name))) for name in ("one", "two")]
    assert ids[0]
    assert not ids[0] & ids[1]


def test_every_reference_in_a_drawing_finds_its_id() -> None:
    svg = _drawing()
    references = set(re.findall(r'(?:href="#|url\(#)([^")]+)', svg))
    assert references
    assert references <= set(re.findall(r'\bid="([^"]+)"', svg))


def test_colours_come_round_again() -> None:
    assert series(len(SERIES)) == series(0)


def test_a_page_escapes_values_and_refuses_unknown_names() -> None:
    made = environment("parure.core")
    template = made.from_string('{% extends "page.html" %}{% block title %}{{ name }}{% endblock %}')
    page = template.render(name="<b>A & B</b>")
    assert "<title>&lt;b&gt;A &amp; B&lt;/b&gt;</title>" in page
    assert "prefers-color-scheme: dark" in page
    with pytest.raises(UndefinedError):
        template.render()


def test_filters_write_numbers_for_people() -> None:
    made = environment("parure.core")
    assert made.from_string("{{ 12345 | count }} {{ 0.1234 | percent }} {{ 0.5 | decimals(3) }}").render() == (
        "12,345 12.3 % 0.500"
    )
