"""The places in the shop that one customer comes by, as the demo's page shows them, with what each recommends there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from parure.core import EventKind, History
from parure.core.clock import DAY_US
from parure.core.recommendation import Answer
from parure.pipeline.answer import Answers
from parure.pipeline.wording import wording
from parure.rules import RULES, Bought, Filtered, Rule

CART: Final = 2
"""So many products lie in the cart that is shown."""
ORDER: Final = 6
"""So many products of the last order count."""
TRACED: Final = ("cart", "homepage", "post_purchase", "product_page", "email")
"""Of these places the first that there is shows how its request was answered."""

_NAMES: Final = {
    "product_page": "Product page",
    "homepage": "Homepage",
    "email": "E-mail",
    "cart": "Cart",
    "post_purchase": "After the order",
}
_RULES: Final[tuple[type[Rule[Any]], ...]] = (*RULES.values(), Bought, Filtered)
_MEANINGS: Final = {code: text for rule in _RULES for code, text in rule.reasons.items()}
_WORDS: Final = {
    "bought_never": "bought already",
    "bought_after_cycle": "bought lately",
    "brand_passed_by": "brand passed by",
    "dismissed": "not wanted",
    "diversified": "for variety",
    "explored_popular": "explored",
    "explored_random": "explored",
    "explored_uncertain": "explored",
    "not_complementary": "not a match",
    "on_page": "on the page",
    "other_age": "other age",
    "other_gender": "other gender",
    "other_spending_segment": "other segment",
    "over_cap": "enough of its kind",
    "unlike_page_price": "in another price range",
    "upsold": "a little dearer",
}
"""Codes whose own words say too little."""
_TONES: Final = {"boosted": "good", "liked_brand": "good", "upsold": "good"} | dict.fromkeys(
    ("buried", "brand_passed_by", "other_age", "other_gender", "other_spending_segment", "over_cap"), "warn"
)


@dataclass(frozen=True)
class Visit:
    """One customer at one place in the shop.

    Attributes:
        surface: The place.
        items: Ids of the products on the page, in the cart or just ordered.
        language: Language of the reasons.
        answer: What is recommended there.
    """

    surface: str
    items: tuple[str, ...]
    language: str
    answer: Answer

    @property
    def name(self) -> str:
        """The place in words."""
        return _NAMES.get(self.surface, self.surface.replace("_", " ").capitalize())

    @property
    def title(self) -> str:
        """The heading over what is recommended there, in English."""
        return wording("en").text("title", self.surface)

    @property
    def arguments(self) -> list[str]:
        """What ``parure recommend`` and ``parure trace`` take besides the customer to do the same again."""
        items = ["--items", ",".join(self.items)] if self.items else []
        language = ["--language", self.language] if self.language != "en" else []
        return ["--surface", self.surface, *items, *language]


def language_of(told: dict[str, Any]) -> str:
    """The language in which reasons are told to a customer: the one they prefer, where there are words in it.

    Args:
        told: The customer's profile.
    """
    return wording(str(told.get("preferred_language") or "en")).language


def visits(answers: Answers, customer_id: str) -> list[Visit]:
    """A customer at every place that the bundle answers for.

    The product page is that of the product they looked at last, the cart is what they left in it, and the order is
    their last one.

    Raises:
        UnknownIdError: The bundle does not know the customer.

    Cost:
        A few milliseconds each, and some hundred for a bundle that has not answered for them before.
    """
    told = answers.describe_user(customer_id)
    history = answers.bundle.dataset.history(told["user_id"])
    order = last_order(history)
    beside = {
        "product_page": last_looked_at(history),
        "cart": left_in_cart(history) or order[:CART],
        "post_purchase": order[:ORDER],
    }
    language = language_of(told)
    shown = [name for name in _NAMES if name in answers.bundle.surfaces]
    # Recipes that are only asked for by name are no places.
    surfaces = answers.bundle.surfaces
    shown += [name for name in surfaces if name not in _NAMES and surfaces[name].recipe.surface]
    return [
        Visit(surface, items, language, answers.recommend(customer_id, surface=surface, items=items, language=language))
        for surface, items in ((name, tuple(beside.get(name, ()))) for name in shown)
    ]


def traced_visit(places: Sequence[Visit]) -> Visit | None:
    """The visit whose request is traced; None where there is none."""
    by_name = {place.surface: place for place in places}
    return next((by_name[name] for name in TRACED if name in by_name), places[0] if places else None)


def last_looked_at(history: History) -> list[str]:
    """The product that was looked at last; the last of the history where none was, nothing where that is empty."""
    looked = np.flatnonzero(np.isin(history.kind, (EventKind.VIEW, EventKind.CLICK)))
    places = looked if len(looked) else np.arange(len(history))
    return history.items.ids_of(history.item_ix[places[-1:]])


def left_in_cart(history: History) -> list[str]:
    """What was put in the cart within a day of the last time, and neither taken out nor bought since.

    Returns:
        Ids, newest first, :data:`CART` at most; none where every cart was emptied.
    """
    told = (EventKind.ADD_TO_CART, EventKind.REMOVE_FROM_CART, EventKind.PURCHASE)
    latest: dict[int, int] = {}
    for place in np.flatnonzero(np.isin(history.kind, told)).tolist():
        latest[int(history.item_ix[place])] = place
    open_now = sorted(
        (place for place in latest.values() if history.kind[place] == EventKind.ADD_TO_CART), reverse=True
    )
    times = history.timestamp_us
    together = [place for place in open_now if times[open_now[0]] - times[place] < DAY_US]
    return history.items.ids_of(history.item_ix[together[:CART]])


def last_order(history: History) -> list[str]:
    """Ids of what was bought at the last moment at which anything was, each once."""
    bought = np.flatnonzero(history.purchases)
    if not len(bought):
        return []
    at_once = bought[history.timestamp_us[bought] == history.timestamp_us[bought[-1]]]
    return list(dict.fromkeys(history.items.ids_of(history.item_ix[at_once])))


def words_for(code: str) -> str:
    """A reason code of a rule as one to four words."""
    return _WORDS.get(code, code.replace("_", " "))


def meaning_of(code: str) -> str:
    """What a reason code of a rule means, in one line."""
    return _MEANINGS.get(code, words_for(code))


def tone_of(code: str) -> str:
    """``good`` for a code that raises, ``warn`` for one that lowers, nothing for all others."""
    return _TONES.get(code, "")


def tags_on(places: Iterable[Visit]) -> list[tuple[str, list[str]]]:
    """Every tag that stands at a recommendation, with its meanings, by the alphabet."""
    found: dict[str, set[str]] = {}
    for place in places:
        for pick in place.answer.items:
            for code in pick.marks:
                found.setdefault(words_for(code), set()).add(meaning_of(code))
    return [(tag, sorted(meanings)) for tag, meanings in sorted(found.items())]


def surest(places: Iterable[Visit]) -> float | None:
    """The highest confidence of all; None where none was measured."""
    known = [pick.confidence for place in places for pick in place.answer.items if pick.confidence is not None]
    return max(known, default=None)
