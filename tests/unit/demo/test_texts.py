"""English and German beside a product."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from parure.demo.attributes import FORMS, METALS, ORNAMENTS, STONES
from parure.demo.catalogue import Product, make_catalogue
from parure.demo.drawing.bands import Design
from parure.demo.texts import texts_of


@pytest.fixture(scope="module")
def product() -> Product:
    return make_catalogue(6, 1)[0]


def with_design(product: Product, form: str, ornament: str, family: str, metal: str, stone: str) -> Product:
    design = Design(FORMS[form].category, form, ornament, family, "oval", 5.5, 0.4)
    return replace(product, design=design, metal=metal, stone=stone)


@pytest.mark.parametrize(
    ("form", "ornament", "metal", "stone", "title"),
    [
        ("solitaire ring", "filigree", "rose gold", "emerald", "Filigraner Solitärring aus Roségold mit Smaragd"),
        ("pendant necklace", "minimal", "silver", "pearl", "Schlichte Anhängerkette aus Silber mit Perle"),
        ("collier", "hammered", "yellow gold", "onyx", "Gehämmertes Collier aus Gelbgold mit Onyxen"),
        ("studs", "geometric", "steel", "", "Geometrische Ohrstecker aus Edelstahl"),
        ("bangle", "art deco", "platinum", "", "Armreif im Art-déco-Stil aus Platin"),
        ("chronograph", "celestial", "white gold", "", "Himmlischer Chronograph mit Sternmotiv aus Weißgold"),
        ("dangles", "heart", "silver", "ruby", "Romantische Ohrringe mit Herz und Rubinen aus Silber"),
    ],
)
def test_german_titles_are_inflected_by_the_nouns_gender(product, form, ornament, metal, stone, title):
    family = STONES[stone].family if stone else "none"
    assert texts_of(with_design(product, form, ornament, family, metal, stone), 1).title_de == title


def test_german_sentences_agree_with_gender_and_number(product):
    masculine = with_design(product, "solitaire ring", "floral", "faceted", "silver", "sapphire")
    plural = with_design(product, "studs", "floral", "pearl", "silver", "pearl")
    seen = {
        texts_of(replace(one, product_id=f"P{n}"), 1).description_de for one in (masculine, plural) for n in range(20)
    }
    text = " ".join(seen)
    assert "Dieser florale Solitärring aus Silber besticht mit einzeln geformten Blütenblättern." in text
    assert "Diese floralen Ohrstecker aus Silber bestechen mit" in text
    assert "In der Mitte sitzt ein ovaler Saphir von 5,5 mm, blau im Ton." in text
    assert "Sie sind mit Perlen besetzt" in text


def test_texts_name_metal_stone_form_and_ornament():
    for product in make_catalogue(200, 4):
        texts = texts_of(product, 4)
        assert product.metal in texts.title
        assert METALS[product.metal].german in texts.title_de
        assert ORNAMENTS[product.design.ornament].english in texts.title
        assert FORMS[product.design.form].german in texts.title_de
        for text in (texts.title, texts.description, texts.title_de, texts.description_de):
            assert text == text.strip()
            assert not re.search(r"  | ,|\.\.|None|\ba [aeio]", text), text


def test_wording_varies_between_products_of_one_design():
    products = make_catalogue(300, 4)
    openings = {texts_of(product, 4).description.split()[0] for product in products}
    assert len(openings) > 8
