"""What style and search find: alike pictures, hidden tastes, words and changed copies.

Three parts, each a module of its own: :mod:`bench.style_pictures`, :mod:`bench.style_tastes`,
:mod:`bench.style_search`.
"""

from __future__ import annotations

from collections.abc import Iterable

from bench import style_pictures, style_search, style_tastes
from bench.options import Options
from parure.evaluation import Row


def run(options: Options) -> Iterable[Row]:
    """Rows of all parts."""
    for part in (style_pictures, style_tastes, style_search):
        yield from part.rows(options)
