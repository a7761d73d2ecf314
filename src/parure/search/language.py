"""From text to words: folding, stop words, stems.

A word is known by its stems in *all* languages of the shop at once, so that nobody has to say in which language a
column or a query is written: two words match when they share a stem in any of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

from parure.core.errors import SettingsError, did_you_mean

_WORD = re.compile(r"[^\W_]+")
_KEPT_MARKS = {"a\u0308": "ä", "o\u0308": "ö", "u\u0308": "ü"}
"""German umlauts stay letters of their own: the German stemmer knows them and their spellings ae, oe, ue."""
_UMLAUT = re.compile("|".join(_KEPT_MARKS))
_MARK = re.compile(r"[\u0300-\u036f]")

_LONGEST_WORD = 64
"""Longer runs of letters are no words; only their beginning is kept."""

_STOP_WORDS = {
    "german": """ab aber alle allem allen aller alles als also am an andere anderen anderer anderes ans auch auf aus
        bei beim bin bis bist da damit dann das dass dein deine deinem deinen deiner dem den denen der deren des dessen
        dich die dies diese diesem diesen dieser dieses dir doch dort du durch ein eine einem einen einer eines er es
        etwas euch euer eure für fuer gegen haben hat hatte hätte hier hin hinter ich ihm ihn ihnen ihr ihre ihrem ihren
        ihrer im in ins ist ja jede jedem jeden jeder jedes kann kein keine keinem keinen keiner können mal man mein
        meine meinem meinen meiner mich mir mit muss möchte nach nicht noch nun nur ob oder ohne schon sehr sein seine
        seinem seinen seiner sich sie sind so soll sollte suche suchen über ueber um und uns unser unsere unserem
        unseren unter vom von vor was welche welcher welches wenn wer wie will wir wird wo zu zum zur zwischen""",
    "english": """a about all am an and any are as at be been but by can do does for from had has have he her here hers
        him his how i if in into is it its just looking me my no nor not of on or our out over s she so some such t
        than that the their them then there these they this those to too under up us very want was we were what when
        where which who will with would you your""",
}


class Language:
    """Splits text into words and knows their stems.

    Args:
        languages: Names of the shop's languages, as the Snowball stemmers call them. Without any, a word is its own
            stem and none is passed over.

    Raises:
        SettingsError: There is no stemmer of that name.
    """

    def __init__(self, languages: Sequence[str] = ("german", "english")) -> None:
        import snowballstemmer

        known = snowballstemmer.algorithms()
        for name in languages:
            if name not in known:
                raise SettingsError(
                    f"There are no stems for the language {name!r} {did_you_mean(name, known)}".rstrip() + ".",
                    hint=f"There are: {', '.join(known)}.",
                )
        self.languages = tuple(languages)
        self._stemmers: list[Any] = [snowballstemmer.stemmer(name) for name in languages]
        self._stop_words = frozenset(
            word for name in languages for word in map(fold, _STOP_WORDS.get(name, "").split())
        )
        self._known_stems: dict[str, tuple[str, ...]] = {}

    def words(self, text: str) -> list[str]:
        """The folded words of a text in order, without stop words."""
        return [word for word in split(text) if word not in self._stop_words]

    def stems(self, word: str) -> tuple[str, ...]:
        """The distinct stems of a folded word, one a language."""
        found = self._known_stems.get(word)
        if found is None:
            found = tuple(dict.fromkeys(stemmer.stemWord(word) for stemmer in self._stemmers)) or (word,)
            self._known_stems[word] = found
        return found


def split(text: str) -> list[str]:
    """All folded words of a text in order."""
    return [word[:_LONGEST_WORD] for word in _WORD.findall(fold(text))]


def fold(text: str) -> str:
    """Text without the differences that a searcher does not mean: case, ß, accents other than umlauts, full width."""
    if text.isascii():
        return text.lower()
    parts = unicodedata.normalize("NFKD", text.casefold())
    parts = _UMLAUT.sub(lambda found: _KEPT_MARKS[found[0]], parts)
    return _MARK.sub("", parts)
