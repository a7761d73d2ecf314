"""Style: what customers' eyes like, as directions in the space of what items look like.

``profiles`` makes one direction a customer, ``styles`` several, ``drift`` follows them over time, ``neighbours`` finds
customers of like style, and ``source`` recommends by them.
"""

from parure.retrieval.style.drift import Change, Windows, style_change, style_windows
from parure.retrieval.style.neighbours import style_neighbours
from parure.retrieval.style.profiles import Profiles, Taste, Weights, known_rows, style_profiles, taste_of
from parure.retrieval.style.source import Style, StyleConfig
from parure.retrieval.style.styles import Styles, StyleSplit, split_styles

__all__ = [
    "Change",
    "Profiles",
    "Style",
    "StyleConfig",
    "StyleSplit",
    "Styles",
    "Taste",
    "Weights",
    "Windows",
    "known_rows",
    "split_styles",
    "style_change",
    "style_neighbours",
    "style_profiles",
    "style_windows",
    "taste_of",
]
