"""The app's files over HTTP, their size, and whether what they know of the API still holds."""

import gzip
import json
import re
import shutil
import subprocess

import httpx
import pytest

from parure.serving.web import PAGES
from tests.web.conftest import ROOT, SHOP

MOST_SCRIPT_BYTES = 120 * 1024
HTML = {"Accept": "text/html,*/*"}


def _page(web, path="/", **headers):
    return httpx.get(web.url + path, headers=headers)


def _scripts(html):
    return re.findall(r'(?:src|href)="/app/(assets/[^"]+\.js|[^"]+\.js)"', html)


@pytest.mark.parametrize("path", ["/", "/p/P00017", "/p/a%2Fb", "/search?q=x", "/cart", "/order", "/customers/C1"])
def test_every_page_of_the_app_is_the_same_file(web, path):
    answer = _page(web, path)
    assert answer.status_code == 200
    assert answer.text == _page(web).text
    assert f'data-shop="{SHOP}" data-currency="EUR"' in answer.text


def test_the_server_knows_the_pages_that_the_app_has():
    told = (ROOT / "web" / "src" / "app" / "routes.tsx").read_text()
    known = [re.sub(r"\{.*", ":", page) for page in PAGES]
    assert [path for path in re.findall(r'<Route path="([^"]+)"', told) if re.sub(":.*", ":", path) not in known] == []


def test_a_page_is_asked_for_again_and_an_asset_never(web):
    page = _page(web)
    assert page.headers["cache-control"] == "no-cache"
    again = _page(web, **{"If-None-Match": page.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    asset = _page(web, f"/app/{next(each for each in _scripts(page.text) if 'assets' in each)}")
    assert "immutable" in asset.headers["cache-control"]
    assert asset.headers["content-type"].startswith("text/javascript")
    assert _page(web, "/app/theme.js").headers["cache-control"] == "no-cache"


def test_the_page_may_load_from_nowhere_else(web):
    policy = _page(web).headers["content-security-policy"]
    assert "default-src 'self'" in policy
    assert "http" not in policy


def test_an_asset_is_packed_for_who_can_unpack_it(web):
    name = next(each for each in _scripts(_page(web).text) if "assets" in each)
    packed = _page(web, f"/app/{name}", **{"Accept-Encoding": "gzip"})
    plain = _page(web, f"/app/{name}", **{"Accept-Encoding": "identity"})
    assert packed.headers["content-encoding"] == "gzip"
    assert "content-encoding" not in plain.headers
    assert packed.content == plain.content
    assert packed.headers["etag"] != plain.headers["etag"]


def test_the_first_load_of_the_shop_is_light(web, built):
    names = _scripts(_page(web).text)
    assert names
    assert sum(len(gzip.compress((built / name).read_bytes())) for name in names) <= MOST_SCRIPT_BYTES


@pytest.mark.parametrize("path", ["/app/none.js", "/app/index.html", "/app/..%2Fapp.py", "/app/.stamp"])
def test_nothing_but_the_apps_files_is_served(web, path):
    assert _page(web, path).status_code == 404


def test_an_unknown_page_is_a_page_for_people_and_json_for_programs(web):
    assert _page(web, "/none", **HTML).headers["content-type"].startswith("text/html")
    assert _page(web, "/none", **HTML).status_code == 404
    assert _page(web, "/none").json()["error"]["code"] == "not_found"
    assert _page(web, "/api/v1/none", **HTML).json()["error"]["code"] == "not_found"
    assert httpx.post(f"{web.url}/cart").status_code == 405


def test_the_api_has_its_own_pages_still(web):
    assert _page(web, "/docs").status_code == 200
    assert "paths" in _page(web, "/openapi.json").json()


def test_what_the_app_knows_of_the_api_is_what_the_api_says(web, tmp_path):
    node = shutil.which("node")
    assert node, "Node.js is needed to compare the app's types with the API's document: install Node.js 20 or newer"
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(_page(web, "/openapi.json").json()))
    told = subprocess.run(
        [node, "tools/types.mjs", "--check", str(document)],
        cwd=ROOT / "web",
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stderr) == (0, "")
