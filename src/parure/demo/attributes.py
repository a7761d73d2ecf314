"""What the made-up shop sells: metals, stones, forms, ornaments, brands and styles, with their words and prices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Gender = Literal["m", "f", "n", "p"]
"""German gender of a noun; ``p`` is a plural."""


@dataclass(frozen=True, slots=True)
class Metal:
    """A metal: its word in German, the colour a shop files it under, and its price of one gram, in euros."""

    german: str
    color: str
    gram_eur: float


METALS: dict[str, Metal] = {
    "yellow gold": Metal("Gelbgold", "gold", 34.0),
    "rose gold": Metal("Roségold", "rose", 33.0),
    "white gold": Metal("Weißgold", "white", 36.0),
    "silver": Metal("Silber", "silver", 5.0),
    "platinum": Metal("Platin", "platinum", 48.0),
    "steel": Metal("Edelstahl", "grey", 2.0),
}


@dataclass(frozen=True, slots=True)
class Stone:
    """A stone: its words in German with gender, its family, its colour group, and its price at 5 mm, in euros."""

    german: str
    german_plural: str
    gender: Gender
    family: str
    hue: str
    hue_german: str
    price_eur: float


STONES: dict[str, Stone] = {
    "diamond": Stone("Diamant", "Diamanten", "m", "faceted", "clear", "klar", 420),
    "zirconia": Stone("Zirkonia", "Zirkonias", "m", "faceted", "clear", "klar", 22),
    "sapphire": Stone("Saphir", "Saphiren", "m", "faceted", "blue", "blau", 210),
    "ruby": Stone("Rubin", "Rubinen", "m", "faceted", "red", "rot", 230),
    "emerald": Stone("Smaragd", "Smaragden", "m", "faceted", "green", "grün", 220),
    "amethyst": Stone("Amethyst", "Amethysten", "m", "faceted", "purple", "violett", 70),
    "aquamarine": Stone("Aquamarin", "Aquamarinen", "m", "faceted", "blue", "hellblau", 130),
    "garnet": Stone("Granat", "Granaten", "m", "faceted", "red", "dunkelrot", 60),
    "citrine": Stone("Citrin", "Citrinen", "m", "faceted", "yellow", "gelb", 55),
    "morganite": Stone("Morganit", "Morganiten", "m", "faceted", "pink", "rosa", 190),
    "peridot": Stone("Peridot", "Peridoten", "m", "faceted", "green", "hellgrün", 75),
    "topaz": Stone("Topas", "Topasen", "m", "faceted", "blue", "blau", 65),
    "onyx": Stone("Onyx", "Onyxen", "m", "cabochon", "black", "schwarz", 30),
    "turquoise": Stone("Türkis", "Türkisen", "m", "cabochon", "blue", "türkisblau", 40),
    "moonstone": Stone("Mondstein", "Mondsteinen", "m", "cabochon", "white", "schimmernd", 45),
    "rose quartz": Stone("Rosenquarz", "Rosenquarzen", "m", "cabochon", "pink", "rosa", 28),
    "lapis lazuli": Stone("Lapislazuli", "Lapislazuli", "m", "cabochon", "blue", "tiefblau", 38),
    "pearl": Stone("Perle", "Perlen", "f", "pearl", "white", "weiß", 60),
}

HUES: tuple[str, ...] = ("none", "clear", "blue", "red", "green", "purple", "yellow", "pink", "black", "white")

CUTS: dict[str, str] = {
    "round": "rund",
    "oval": "oval",
    "pear": "tropfenförmig",
    "marquise": "spitzoval",
    "princess": "quadratisch",
    "emerald": "rechteckig",
    "heart": "herzförmig",
}
"""Cut -> the German adjective without its ending."""


@dataclass(frozen=True, slots=True)
class Form:
    """A kind of jewel: its category, German noun with gender, grams of metal, and how often it is made."""

    category: str
    german: str
    gender: Gender
    grams: float
    share: float


FORMS: dict[str, Form] = {
    "solitaire ring": Form("rings", "Solitärring", "m", 3.2, 8),
    "side-stone ring": Form("rings", "Ring", "m", 3.6, 5),
    "cocktail ring": Form("rings", "Cocktailring", "m", 6.0, 5),
    "eternity ring": Form("rings", "Memoirering", "m", 3.4, 3),
    "band ring": Form("rings", "Bandring", "m", 5.0, 5),
    "pendant necklace": Form("necklaces", "Anhängerkette", "f", 4.5, 12),
    "chain necklace": Form("necklaces", "Halskette", "f", 9.0, 4),
    "collier": Form("necklaces", "Collier", "n", 11.0, 4),
    "pearl strand": Form("necklaces", "Perlenkette", "f", 6.0, 2),
    "studs": Form("earrings", "Ohrstecker", "p", 2.2, 8),
    "hoops": Form("earrings", "Creolen", "p", 3.6, 5),
    "drops": Form("earrings", "Ohrhänger", "p", 3.4, 5),
    "dangles": Form("earrings", "Ohrringe", "p", 3.2, 5),
    "chandeliers": Form("earrings", "Kronleuchter-Ohrringe", "p", 5.5, 2),
    "chain bracelet": Form("bracelets", "Armkette", "f", 6.0, 5),
    "charm bracelet": Form("bracelets", "Bettelarmband", "n", 9.0, 3),
    "tennis bracelet": Form("bracelets", "Tennisarmband", "n", 9.5, 2),
    "bead bracelet": Form("bracelets", "Kugelarmband", "n", 6.5, 2),
    "bangle": Form("bracelets", "Armreif", "m", 13.0, 4),
    "ladies' watch": Form("watches", "Damenuhr", "f", 32.0, 5),
    "gentlemen's watch": Form("watches", "Herrenuhr", "f", 55.0, 4),
    "chronograph": Form("watches", "Chronograph", "m", 70.0, 3),
    "two-piece set": Form("sets", "Schmuckset", "n", 7.0, 4),
    "three-piece set": Form("sets", "Schmuckset", "n", 10.0, 2),
}

CATEGORIES: tuple[str, ...] = ("rings", "necklaces", "earrings", "bracelets", "watches", "sets")

NEEDS_STONE: dict[str, tuple[str, ...]] = {
    "solitaire ring": ("faceted", "cabochon", "pearl"),
    "side-stone ring": ("faceted",),
    "eternity ring": ("faceted",),
    "tennis bracelet": ("faceted",),
    "pearl strand": ("pearl",),
    "bead bracelet": ("cabochon", "pearl", "none"),
    "chain necklace": ("none",),
    "band ring": ("faceted", "none"),
    "ladies' watch": ("faceted", "none"),
    "gentlemen's watch": ("none",),
    "chronograph": ("none",),
}
"""Families of stones that a form allows, where it does not allow all."""


@dataclass(frozen=True, slots=True)
class Ornament:
    """A way of working metal.

    Attributes:
        stem: German adjective without its ending; empty where German says it behind the noun.
        behind: What German says behind the noun.
        english: Adjective that stands before the noun.
        work: What the price is multiplied by.
        collections: Names of the shop's collections in it.
        phrase: An English sentence part on the look.
        phrase_german: The German one.
    """

    stem: str
    behind: str
    english: str
    work: float
    collections: tuple[str, ...]
    phrase: str
    phrase_german: str


ORNAMENTS: dict[str, Ornament] = {
    "minimal": Ornament("schlicht", "", "Minimal", 1.0, ("Pure Line", "Essentials"),
        "clean, quiet lines that go with everything", "klaren, ruhigen Linien, die zu allem passen"),
    "twisted": Ornament("gedreht", "", "Twisted", 1.15, ("Cordage", "Torsade"),
        "wires wound into a fine rope", "Drähten, die zu einer feinen Kordel gedreht sind"),
    "hammered": Ornament("gehämmert", "", "Hammered", 1.15, ("Forge", "Atelier"),
        "a surface hammered by hand that scatters the light",
        "einer von Hand gehämmerten Oberfläche, die das Licht bricht"),
    "filigree": Ornament("filigran", "", "Filigree", 1.4, ("Dentelle", "Alhambra Nights"),
        "curls of fine wire as light as lace", "Ranken aus feinem Draht, leicht wie Spitze"),
    "art deco": Ornament("", "im Art-déco-Stil", "Art deco", 1.45, ("Chrysler", "Jazz Age"),
        "stepped frames and strict symmetry of the twenties",
        "gestuften Rahmen und der strengen Symmetrie der Zwanziger"),
    "geometric": Ornament("geometrisch", "", "Geometric", 1.1, ("Prisma", "Grid"),
        "clear edges and open angles", "klaren Kanten und offenen Winkeln"),
    "floral": Ornament("floral", "", "Floral", 1.25, ("Jardin", "Meadow"),
        "petals shaped one by one", "einzeln geformten Blütenblättern"),
    "heart": Ornament("romantisch", "mit Herz", "Heart", 1.1, ("Amour", "Sweetheart"),
        "a heart at its centre", "einem Herzen im Mittelpunkt"),
    "vintage": Ornament("", "im Vintage-Stil", "Vintage", 1.5, ("Belle Époque", "Heirloom"),
        "a halo of small stones and edges set with tiny beads", "einem Kranz kleiner Steine und fein geperlten Kanten"),
    "celestial": Ornament("himmlisch", "mit Sternmotiv", "Celestial", 1.2, ("Stella", "Night Sky"),
        "the points of a star that catch every light", "den Spitzen eines Sterns, die jedes Licht fangen"),
}  # fmt: skip

BRANDS: dict[str, float] = {
    "Aurelin": 1.0,
    "Maison Velours": 1.55,
    "Nordlys": 0.85,
    "Halden & Roth": 1.25,
    "Ostara": 0.75,
    "Casa Lumen": 0.95,
    "Vesperine": 1.4,
    "Tidewater": 0.7,
    "Kestrel": 0.9,
}
"""Invented makers -> what their name adds to a price."""


@dataclass(frozen=True, slots=True)
class Style:
    """A taste that several people share: likings from -1 to 2 by attribute, what is not named is 0.

    Attributes:
        metals: By metal.
        ornaments: By ornament.
        hues: By colour of the stone.
        bold: Liking of large pieces.
        brands: Makers who work in it.
        share: How many people have it.
        budget: What its people spend, over the average.
    """

    metals: dict[str, float]
    ornaments: dict[str, float]
    hues: dict[str, float]
    bold: float
    brands: tuple[str, ...]
    share: float
    budget: float


STYLES: dict[str, Style] = {
    "quiet gold": Style({"yellow gold": 2.0, "rose gold": 0.5}, {"minimal": 2.0, "hammered": 0.4},
        {"none": 1.2, "clear": 0.7, "white": 0.4}, -0.6, ("Aurelin", "Nordlys"), 14, 1.0),
    "silver line": Style({"silver": 2.0, "steel": 0.8}, {"geometric": 1.8, "minimal": 1.0},
        {"none": 1.0, "black": 0.8}, -0.3, ("Nordlys", "Kestrel"), 13, 0.55),
    "romantic rose": Style({"rose gold": 2.0}, {"heart": 1.8, "floral": 1.0},
        {"pink": 1.6, "clear": 0.6, "red": 0.4}, -0.2, ("Ostara", "Casa Lumen"), 13, 0.7),
    "grand vintage": Style({"yellow gold": 1.0, "white gold": 0.9, "platinum": 0.5}, {"vintage": 2.0, "filigree": 1.0},
        {"red": 1.2, "green": 0.8, "white": 0.5}, 0.5, ("Vesperine", "Maison Velours"), 9, 1.7),
    "art deco evening": Style({"platinum": 1.6, "white gold": 1.4}, {"art deco": 2.0, "geometric": 0.6},
        {"clear": 1.1, "green": 1.0, "black": 0.6}, 0.6, ("Maison Velours", "Halden & Roth"), 8, 2.2),
    "meadow": Style({"silver": 1.0, "yellow gold": 0.7}, {"floral": 2.0, "filigree": 0.5},
        {"green": 1.2, "yellow": 1.0, "purple": 0.6}, 0.0, ("Ostara", "Tidewater"), 10, 0.6),
    "night sky": Style({"silver": 1.4, "white gold": 0.9}, {"celestial": 2.0},
        {"blue": 1.8, "clear": 0.4}, 0.1, ("Casa Lumen", "Tidewater"), 10, 0.75),
    "artisan": Style({"yellow gold": 0.9, "silver": 0.9}, {"hammered": 2.0, "twisted": 1.0},
        {"blue": 0.6, "black": 0.7, "none": 0.6}, 0.7, ("Kestrel", "Halden & Roth"), 9, 0.9),
    "lace and pearl": Style({"white gold": 1.0, "silver": 0.8, "yellow gold": 0.4}, {"filigree": 1.8, "vintage": 0.6},
        {"white": 2.0}, -0.2, ("Vesperine", "Aurelin"), 7, 1.1),
    "mariner": Style({"steel": 1.8, "silver": 0.6, "rose gold": 0.3}, {"twisted": 1.9, "minimal": 0.6},
        {"none": 0.9, "blue": 1.0}, 0.3, ("Tidewater", "Kestrel"), 8, 0.6),
    "colour": Style({"yellow gold": 1.0, "rose gold": 0.6}, {"geometric": 0.8, "floral": 0.6, "celestial": 0.4},
        {"purple": 1.6, "yellow": 1.1, "green": 0.9, "red": 0.8}, 1.2, ("Casa Lumen", "Maison Velours"), 8, 1.2),
}  # fmt: skip
"""The tastes there are. A product is made in one and a customer has one to three; neither is told to the shop."""

OCCASIONS: tuple[str, ...] = ("everyday", "evening", "birthday", "anniversary", "wedding", "christmas")
