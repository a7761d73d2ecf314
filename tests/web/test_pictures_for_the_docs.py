"""Pictures of the app; with ``PARURE_PICTURES=docs/images`` they are written there, for the documentation."""

import os
from pathlib import Path

import pytest

from tests.web.conftest import DESKTOP, PHONE


@pytest.fixture(scope="session")
def album(tmp_path_factory):
    chosen = os.environ.get("PARURE_PICTURES")
    return Path(chosen) if chosen else tmp_path_factory.mktemp("album")


@pytest.mark.parametrize(
    ("name", "path", "options"),
    [
        ("shop", "/", {}),
        ("product", "/p/P00017", {}),
        ("search", "/search?q=gold+ring&f=category%3Drings", {}),
        ("similar", "/?similar=P00017", {}),
        ("dark", "/", {"color_scheme": "dark"}),
        ("phone", "/", {"viewport": PHONE, "is_mobile": True, "has_touch": True, "device_scale_factor": 2}),
        ("customer", "/customers/{customer}", {"viewport": {**DESKTOP, "height": 1500}}),
        ("console", "/console", {}),
        ("trace", "/console/trace?user={customer}&surface=homepage", {"viewport": {**DESKTOP, "height": 1500}}),
        ("rules", "/console/rules", {}),
        ("map", "/console/map", {}),
    ],
)
def test_a_page_can_be_photographed(visit, album, customer, name, path, options):
    window = visit(**options)
    page = window.go("/cart")
    if name in ("shop", "dark", "phone"):
        told = {"visitor": "visitor-pictures", "customer": customer, "recent": [customer]}
        page.evaluate("told => localStorage.setItem('parure.session', JSON.stringify(told))", told)
    page = window.go(path.format(customer=customer))
    picture = album / f"web-{name}.png"
    page.screenshot(path=picture)
    assert picture.stat().st_size > 20_000
