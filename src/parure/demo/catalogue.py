"""The catalogue: designs in a style, each made in several metals and stones, priced by what they are made of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from parure.core.clock import rng_for
from parure.demo.attributes import (
    BRANDS,
    FORMS,
    HUES,
    METALS,
    NEEDS_STONE,
    ORNAMENTS,
    STONES,
    STYLES,
    Style,
)
from parure.demo.drawing.bands import Design
from parure.demo.drawing.outlines import Floats

LAST_DAY = date(2026, 9, 30)
"""The last day of the two years that the shop has been watched."""
DAYS = 730
"""How many days they are."""
FIRST_DAY = LAST_DAY - timedelta(days=DAYS - 1)

FEATURES: tuple[str, ...] = (
    *(f"metal:{name}" for name in METALS),
    *(f"ornament:{name}" for name in ORNAMENTS),
    *(f"hue:{name}" for name in HUES),
    "bold",
)
"""What a taste can be about."""

_VARIANTS = 8
"""Draws of a metal and a stone for a design, on average; some come twice."""


@dataclass(frozen=True, slots=True)
class Product:
    """One product, with what only the simulation knows.

    Attributes:
        product_id: As ``P00042``.
        design_number: Which design it is made to.
        design: Its shape.
        metal: A key of METALS.
        stone: A key of STONES, or an empty text.
        brand: A key of BRANDS.
        collection: The collection's name.
        style: The taste it was made for; hidden.
        gender: women, men or unisex.
        age_group: As in the contract, or an empty text.
        occasion: What it is worn for.
        price_cents: What it costs.
        sale_cents: What it costs in the sale, or 0.
        weight_g: Grams.
        size: As a shop writes it.
        created_day: Day of its arrival, counted from the first; negative for what was there before.
        in_stock: Whether it can be had on the last day.
        appeal: What makes it popular beyond taste; hidden, about normal.
        dial: Colour of a watch's dial.
    """

    product_id: str
    design_number: int
    design: Design
    metal: str
    stone: str
    brand: str
    collection: str
    style: str
    gender: str
    age_group: str
    occasion: str
    price_cents: int
    sale_cents: int
    weight_g: float
    size: str
    created_day: int
    in_stock: bool
    appeal: float
    dial: str

    @property
    def created(self) -> date:
        """The day of its arrival."""
        return FIRST_DAY + timedelta(days=self.created_day)

    @property
    def hue(self) -> str:
        """Colour group of its stone; ``none`` without one."""
        return STONES[self.stone].hue if self.stone else "none"


def weights_of(style: Style) -> Floats:
    """A style as weights of the :data:`FEATURES`: float32[features]."""
    parts = [style.metals.get(name, 0.0) for name in METALS]
    parts += [style.ornaments.get(name, 0.0) for name in ORNAMENTS]
    parts += [style.hues.get(name, 0.0) for name in HUES]
    return np.array([*parts, style.bold], np.float32)


def features_of(products: Sequence[Product]) -> Floats:
    """What tastes see of the products: float32[products, features]."""
    found = np.zeros((len(products), len(FEATURES)), np.float32)
    place = {name: column for column, name in enumerate(FEATURES)}
    for row, product in enumerate(products):
        found[row, place[f"metal:{product.metal}"]] = 1
        found[row, place[f"ornament:{product.design.ornament}"]] = 1
        found[row, place[f"hue:{product.hue}"]] = 1
        found[row, -1] = (
            np.clip(np.log(product.weight_g / 5.0), -1.2, 1.2) if product.design.category != "watches" else 0
        )
    return found


def make_catalogue(count: int, seed: int) -> list[Product]:
    """Design ``count`` products.

    Args:
        count: How many.
        seed: The shop's.
    """
    rng = rng_for(seed, "catalogue")
    products: list[Product] = []
    design_number = 0
    while len(products) < count:
        style_name = _pick(rng, {name: style.share for name, style in STYLES.items()})
        design = _design(rng, STYLES[style_name], design_number)
        if design is not None:
            products += _variants(rng, design, design_number, style_name, len(products), count)
            design_number += 1
    return products


def _pick(rng: np.random.Generator, shares: dict[str, float]) -> str:
    weights = np.array(list(shares.values()))
    return list(shares)[int(rng.choice(len(weights), p=weights / weights.sum()))]


def _leaning(likings: dict[str, float], names: Sequence[str]) -> dict[str, float]:
    """Shares of names by how a style likes them, so that few products stand apart from every style."""
    return {name: float(np.exp(2.0 * likings.get(name, 0.0))) for name in names}


def _design(rng: np.random.Generator, style: Style, number: int) -> Design | None:
    forms = list(FORMS)
    # Every form comes early, so that a small shop has all categories.
    order = ("solitaire ring", "pendant necklace", "studs", "chain bracelet", "ladies' watch", "two-piece set")
    form = order[number] if number < len(order) else _pick(rng, {name: FORMS[name].share for name in forms})
    ornament = _pick(rng, _leaning(style.ornaments, list(ORNAMENTS)))
    families: dict[str, float] = {"none": np.exp(1.6 * style.hues.get("none", -0.6))}
    for stone in STONES.values():
        liking = float(np.exp(1.8 * style.hues.get(stone.hue, 0.0))) * 0.22
        families[stone.family] = families.get(stone.family, 0.0) + liking
    allowed = NEEDS_STONE.get(form, tuple(families))
    family = _pick(rng, {name: families[name] for name in allowed})
    if family == "none" and form in ("solitaire ring",):
        return None
    watch = FORMS[form].category == "watches"
    return Design(
        category=FORMS[form].category,
        form=form,
        ornament=ornament,
        family=family,
        cut=_pick(rng, {"round": 6, "oval": 4, "pear": 3, "marquise": 2, "princess": 2, "emerald": 3, "heart": 1}),
        stone_mm=0.0 if family == "none" else round(float(rng.gamma(6, 0.9)) + 2 + max(style.bold, 0) * 1.5, 1),
        variety=float(rng.random()),
        chain=_pick(rng, {"cable": 4, "snake": 2, "ball": 2, "rope": 2, "figaro": 2}),
        strap=_pick(rng, {"leather": 4, "mesh": 2, "links": 3}) if watch else "leather",
    )


def _variants(
    rng: np.random.Generator, design: Design, number: int, style_name: str, start: int, count: int
) -> list[Product]:
    style = STYLES[style_name]
    brand = _pick(rng, {name: 4.0 if name in style.brands else 0.35 for name in BRANDS})
    collection = ORNAMENTS[design.ornament].collections[int(rng.integers(2))]
    gender = _gender(rng, design)
    created = int(rng.integers(-400, DAYS)) if rng.random() > 0.12 else int(rng.integers(DAYS - 60, DAYS - 3))
    made: dict[tuple[str, str], None] = {}
    stones = [name for name, stone in STONES.items() if stone.family == design.family]
    metals = [name for name in METALS if not (name == "steel" and design.family == "pearl")]
    for _ in range(int(rng.integers(_VARIANTS - 3, _VARIANTS + 4))):
        metal = _pick(rng, _leaning(style.metals, metals))
        hues = {name: float(np.exp(2.0 * style.hues.get(STONES[name].hue, 0.0))) for name in stones}
        made[(metal, _pick(rng, hues) if stones else "")] = None
    age = str(rng.choice(["", "", "", "18-25", "26-35", "36-45", "46+"]))
    occasion = _occasion(rng, design)
    appeal = float(rng.normal())
    return [
        _product(rng, start + i, number, design, metal, stone, brand, collection, style_name, gender, age, occasion,
                 created + int(rng.integers(0, 3)), appeal)
        for i, (metal, stone) in enumerate(made)
        if start + i < count
    ]  # fmt: skip


def _gender(rng: np.random.Generator, design: Design) -> str:
    if design.form in ("gentlemen's watch", "chronograph"):
        return "men" if rng.random() < 0.8 else "unisex"
    if design.form in ("band ring", "chain necklace", "chain bracelet") and design.family == "none":
        return _pick(rng, {"men": 3.5, "unisex": 3.5, "women": 3})
    return "women" if rng.random() < 0.85 else "unisex"


def _occasion(rng: np.random.Generator, design: Design) -> str:
    if design.form in ("solitaire ring", "eternity ring"):
        return _pick(rng, {"wedding": 5, "anniversary": 4, "everyday": 1})
    if design.form in ("cocktail ring", "chandeliers", "collier"):
        return _pick(rng, {"evening": 6, "anniversary": 1, "wedding": 1})
    return _pick(rng, {"everyday": 6, "evening": 1.5, "birthday": 1.5, "anniversary": 1, "christmas": 0.7})


def _product(
    rng: np.random.Generator, number: int, design_number: int, design: Design, metal: str, stone: str, brand: str,
    collection: str, style: str, gender: str, age: str, occasion: str, created: int, appeal: float,
) -> Product:  # fmt: skip
    grams = FORMS[design.form].grams * (0.8 + 0.45 * design.variety) * (1.2 if metal == "platinum" else 1.0)
    price = _price(design, metal, stone, grams, brand)
    on_sale = created < DAYS - 300 and rng.random() < 0.14
    cents = round(price) * 100 - 100 if price > 200 else max(round(price) * 100 - 10, 1290)
    dials = {"white": 5, "black": 3, "blue": 2, "rose": 1, "green": 1}
    return Product(
        product_id=f"P{number + 1:05d}",
        design_number=design_number,
        design=design,
        metal=metal,
        stone=stone,
        brand=brand,
        collection=collection,
        style=style,
        gender=gender,
        age_group=age,
        occasion=occasion,
        price_cents=cents,
        sale_cents=round(cents * float(rng.choice([0.9, 0.85, 0.8, 0.7]))) if on_sale else 0,
        weight_g=round(grams, 1),
        size=_size(rng, design),
        created_day=min(created, DAYS - 1),
        in_stock=bool(rng.random() > 0.05),
        appeal=appeal * 0.8 + float(rng.normal()) * 0.6,
        dial=_pick(rng, {name: float(share) for name, share in dials.items()}),
    )


def _price(design: Design, metal: str, stone: str, grams: float, brand: str) -> float:
    """Euros: metal and stones, times work and name."""
    if design.category == "watches":
        # A gold watch is steel under gold: only a tenth of its weight is metal of that name.
        material = 85 + grams * 0.10 * METALS[metal].gram_eur + (60 if design.form == "chronograph" else 0)
    else:
        material = 14 + grams * METALS[metal].gram_eur
    if stone:
        many = {"eternity ring": 2.2, "tennis bracelet": 4.0, "pearl strand": 9.0, "collier": 3.0, "bead bracelet": 3.0}
        size = min(max(design.stone_mm, 2.0), 12.0) / 5
        if design.form in many or design.category == "watches":
            size = 0.55
        material += STONES[stone].price_eur * size**1.7 * many.get(design.form, 1.0)
    if design.category == "sets":
        material *= 1.5
    return float(material * ORNAMENTS[design.ornament].work * BRANDS[brand] * 0.72)


def _size(rng: np.random.Generator, design: Design) -> str:
    if design.category == "rings":
        return str(int(rng.integers(48, 63)))
    if design.category in ("necklaces", "sets"):
        return f"{int(rng.choice([38, 42, 45, 50, 60]))} cm"
    if design.category == "bracelets":
        return f"{int(rng.choice([16, 17, 18, 19, 21]))} cm"
    if design.category == "watches":
        return f"{(26 if design.form.startswith('ladies') else 38) + round(6 * design.variety)} mm"
    return f"{round(8 + 30 * design.variety)} mm"
