"""Titles and descriptions, English and German, that follow a product's attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from parure.core.clock import rng_for
from parure.demo.attributes import CUTS, FORMS, METALS, ORNAMENTS, STONES, Gender
from parure.demo.catalogue import Product


@dataclass(frozen=True, slots=True)
class Texts:
    """What stands beside a product."""

    title: str
    description: str
    title_de: str
    description_de: str


_STRONG: dict[Gender, str] = {"m": "er", "f": "e", "n": "es", "p": "e"}
_WEAK: dict[Gender, str] = {"m": "e", "f": "e", "n": "e", "p": "en"}
_THIS: dict[Gender, str] = {"m": "Dieser", "f": "Diese", "n": "Dieses", "p": "Diese"}
_IT: dict[Gender, str] = {"m": "Er ist", "f": "Sie ist", "n": "Es ist", "p": "Sie sind"}

_MANY = ("eternity ring", "tennis bracelet", "collier", "bead bracelet", "band ring", "pearl strand")
"""Forms that carry many stones alike."""

_NOUNS: dict[str, str] = {
    "side-stone ring": "ring with side stones",
    "hoops": "hoop earrings",
    "studs": "stud earrings",
    "drops": "drop earrings",
    "dangles": "dangle earrings",
    "chandeliers": "chandelier earrings",
    "two-piece set": "set of necklace and earrings",
    "three-piece set": "set of necklace, earrings and ring",
    "pearl strand": "pearl necklace",
    "band ring": "band ring",
}
_CUT_WORDS: dict[str, str] = {
    "round": "a round",
    "oval": "an oval",
    "pear": "a pear-shaped",
    "marquise": "a marquise-cut",
    "princess": "a princess-cut",
    "emerald": "an emerald-cut",
    "heart": "a heart-shaped",
}
_PLURALS = {
    "ruby": "rubies",
    "zirconia": "zirconia",
    "topaz": "topazes",
    "onyx": "onyx beads",
    "lapis lazuli": "lapis lazuli",
}
_COLOURS_DE = {"white": "weiß", "black": "schwarz", "blue": "blau", "rose": "rosé", "green": "grün"}
_STRAPS = {
    "leather": ("leather", "Leder"),
    "mesh": ("Milanese mesh", "Milanaise-Geflecht"),
    "links": ("solid links", "massiven Gliedern"),
}

_FOR = {
    "everyday": (
        "Made to be worn every day.",
        "Easy to wear from morning to night.",
        "A quiet companion for every day.",
    ),
    "evening": ("For evenings to remember.", "It comes into its own by candlelight.", "Made for the grand entrance."),
    "birthday": ("A birthday present that will be worn.", "A gift for somebody special."),
    "anniversary": ("A token for an anniversary.", "For another year together."),
    "wedding": ("For the day of saying yes.", "Made for engagements and weddings."),
    "christmas": ("Something special under the Christmas tree.", "A Christmas present that lasts."),
}
_FOR_DE = {
    "everyday": (
        "Gemacht für jeden Tag.",
        "Von morgens bis abends gern getragen.",
        "Ein stiller Begleiter für den Alltag.",
    ),
    "evening": (
        "Für Abende, an die man sich erinnert.",
        "Im Kerzenlicht am schönsten.",
        "Gemacht für den großen Auftritt.",
    ),
    "birthday": ("Ein Geburtstagsgeschenk, das getragen wird.", "Ein Geschenk für einen besonderen Menschen."),
    "anniversary": ("Ein Zeichen zum Jahrestag.", "Für ein weiteres gemeinsames Jahr."),
    "wedding": ("Für den Tag, an dem zwei Ja sagen.", "Gemacht für Verlobung und Hochzeit."),
    "christmas": ("Etwas Besonderes unter dem Weihnachtsbaum.", "Ein Weihnachtsgeschenk, das bleibt."),
}


def texts_of(product: Product, seed: int) -> Texts:
    """Write the texts of a product; the wording varies with its id."""
    rng = rng_for(seed, f"text-{product.product_id}")
    return Texts(
        title=_title(product),
        description=_description(product, rng),
        title_de=_title_de(product),
        description_de=_description_de(product, rng),
    )


def _noun(product: Product) -> str:
    return _NOUNS.get(product.design.form, product.design.form)


def _stones(stone: str) -> str:
    return _PLURALS.get(stone, f"{stone}s")


def _title(product: Product) -> str:
    noun = _noun(product)
    text = f"{ORNAMENTS[product.design.ornament].english} {noun} in {product.metal}"
    if product.stone and product.design.form != "pearl strand":
        text += f" with {_stones(product.stone) if _many(product) else product.stone}"
    return text


def _many(product: Product) -> bool:
    form = FORMS[product.design.form]
    return product.design.form in _MANY or form.gender == "p" or form.category in ("watches", "sets")


def _description(product: Product, rng: np.random.Generator) -> str:
    ornament, noun = ORNAMENTS[product.design.ornament], _noun(product)
    kind = ornament.english.lower()
    them = FORMS[product.design.form].gender == "p"
    metal = product.metal.capitalize()
    opening = (
        f"{'These' if them else 'This'} {kind} {noun} in {product.metal} {'show' if them else 'shows'} "
        f"{ornament.phrase}.",
        f"{metal} with {ornament.phrase}: {'' if them else _article(noun)}{noun} from our "
        f"{product.collection} collection.",
        f"{product.brand} makes {'these' if them else 'this'} {noun} of {product.metal}, with {ornament.phrase}.",
    )
    parts = [opening[int(rng.integers(3))]]
    if product.stone:
        parts.append(_stone_sentence(product, rng))
    if product.design.category == "watches":
        parts.append(f"The dial is {product.dial}, the strap of {_STRAPS[product.design.strap][0]}.")
    parts.append(str(rng.choice(_FOR[product.occasion])))
    parts.append(f"Weight {product.weight_g:g} g, size {product.size}. {product.collection} by {product.brand}.")
    return " ".join(parts)


def _article(noun: str) -> str:
    return "an " if noun[0] in "aeio" else "a "


def _stone_sentence(product: Product, rng: np.random.Generator) -> str:
    design, stone = product.design, product.stone
    if design.form == "pearl strand":
        return "Its pearls are strung and knotted by hand."
    if _many(product):
        return f"{('Set with', 'Brought to life by')[int(rng.integers(2))]} {_stones(stone)} of a {_hue(product)} tone."
    if design.family == "pearl":
        return f"A {_hue(product)} pearl of {design.stone_mm:g} mm is its heart."
    shape = _CUT_WORDS[design.cut]
    return (
        f"{shape[0].upper()}{shape[1:]} {stone} of {design.stone_mm:g} mm sits in the middle.",
        f"It carries {shape} {stone}, {design.stone_mm:g} mm wide, of a {_hue(product)} tone.",
    )[int(rng.integers(2))]


def _hue(product: Product) -> str:
    return {"yellow": "sunny", "white": "softly shining", "clear": "bright", "pink": "blush"}.get(
        product.hue, product.hue
    )


def _title_de(product: Product) -> str:
    form, ornament = FORMS[product.design.form], ORNAMENTS[product.design.ornament]
    words = [f"{ornament.stem}{_STRONG[form.gender]}".capitalize()] if ornament.stem else []
    words.append(form.german)
    if ornament.behind:
        words.append(ornament.behind)
    metal = f"aus {METALS[product.metal].german}"
    stone = STONES[product.stone] if product.stone and product.design.form != "pearl strand" else None
    if stone is None:
        return " ".join([*words, metal])
    name = stone.german_plural if _many(product) else stone.german
    if ornament.behind.startswith("mit"):
        return " ".join([*words, "und", name, metal])
    return " ".join([*words, metal, "mit", name])


def _description_de(product: Product, rng: np.random.Generator) -> str:
    design = product.design
    form, ornament = FORMS[design.form], ORNAMENTS[design.ornament]
    metal = METALS[product.metal].german
    many = form.gender == "p"
    kind = f" {ornament.stem}{_WEAK[form.gender]}" if ornament.stem else ""
    behind = f" {ornament.behind}" if ornament.behind.startswith("im ") else ""
    opening = (
        f"{_THIS[form.gender]}{kind} {form.german}{behind} aus {metal} {'bestechen' if many else 'besticht'} mit "
        f"{ornament.phrase_german}.",
        f"{metal} mit {ornament.phrase_german}: {form.german} aus unserer Kollektion {product.collection}.",
        f"{form.german} von {product.brand}, gefertigt aus {metal} mit {ornament.phrase_german}.",
    )
    parts = [opening[int(rng.integers(3))]]
    if product.stone:
        parts.append(_stone_sentence_de(product))
    if design.category == "watches":
        strap = _STRAPS[design.strap][1]
        parts.append(f"Das Zifferblatt ist {_COLOURS_DE[product.dial]}, das Armband aus {strap}.")
    parts.append(str(rng.choice(_FOR_DE[product.occasion])))
    weight = f"{product.weight_g:g}".replace(".", ",")
    parts.append(f"Gewicht {weight} g, Größe {product.size}. {product.collection} von {product.brand}.")
    return " ".join(parts)


def _stone_sentence_de(product: Product) -> str:
    design, stone = product.design, STONES[product.stone]
    form = FORMS[design.form]
    if design.form == "pearl strand":
        return "Die Perlen sind von Hand aufgezogen und geknotet."
    if _many(product):
        return f"{_IT[form.gender]} mit {stone.german_plural} besetzt, der Ton ist {stone.hue_german}."
    size = f"{design.stone_mm:g}".replace(".", ",")
    article, ending = ("eine", "e") if stone.gender == "f" else ("ein", "er")
    shape = "schimmernd" if design.family == "pearl" else CUTS[design.cut]
    return f"In der Mitte sitzt {article} {shape}{ending} {stone.german} von {size} mm, {stone.hue_german} im Ton."
