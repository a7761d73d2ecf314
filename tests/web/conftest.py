"""The web app in a real browser, over a real server of a small shop."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Request, Response, sync_playwright

from bench.web import BROWSERS
from parure.serving.web import FOLDER
from tests.api.shop.conftest import Served, made, serving

__all__ = ["made"]

ROOT = Path(__file__).resolve().parents[2]
SHOP = "Maison Parure"
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever needs a browser is slow."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's program; without one these tests fail, as a skip would read as a pass."""
    for name in filter(None, (os.environ.get("PARURE_CHROMIUM"), *BROWSERS)):
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as playwright:
        own = playwright.chromium.executable_path
    if Path(own).exists():
        return own
    pytest.fail(
        "The tests of the web app need Chromium, and none is on the PATH. Install it, as by "
        "`apt-get install chromium` or `playwright install chromium`, or set PARURE_CHROMIUM to its program."
    )


@pytest.fixture(scope="session")
def built() -> Path:
    """The app as it is installed."""
    if not (FOLDER / "index.html").exists():
        pytest.fail("The web app is not built. In a checkout, run: pip install -e . (or npm run build in web/)")
    return FOLDER


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """A browser for all tests; each has a profile of its own in it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def web(made: Path, built: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of a copy of the shop, whose search is open."""
    home = tmp_path_factory.mktemp("web") / "shop"
    shutil.copytree(made, home)
    with serving(home, shop__name=SHOP) as served:
        served.search("ring")
        yield served


class Visit:
    """Somebody's window on the shop, and all that went wrong in it."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.page: Page = context.new_page()
        self.url = url
        self.faults: list[str] = []
        self.page.on("console", lambda told: self._note(told.type in ("error", "warning"), f"console: {told.text}"))
        self.page.on("pageerror", lambda error: self._note(True, f"error: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    def go(self, path: str) -> Page:
        """Open a page of the app and wait until it has all it asks for."""
        self.page.goto(self.url + path)
        return self.settle()

    def settle(self) -> Page:
        self.page.wait_for_load_state("networkidle")
        return self.page

    def shown(self) -> list[str]:
        """The ids of the products of the homepage's first list."""
        links = self.page.locator("section[aria-labelledby=feed] article h3 a")
        links.first.wait_for()
        return [str(each.get_attribute("href")).removeprefix("/p/") for each in links.all()][:12]

    def _note(self, wrong: bool, text: str) -> None:
        if wrong:
            self.faults.append(text)

    def _failed(self, request: Request) -> None:
        # What the app itself takes back, as a list that is no longer wanted, is no fault; nor is a picture not loaded
        # to the end when the page is left.
        self._note("ERR_ABORTED" not in str(request.failure), f"failed: {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        self._note(response.status >= 400, f"{response.status}: {response.url}")


@pytest.fixture
def visit(browser: Browser, web: Served) -> Iterator[Callable[..., Visit]]:
    """Opens windows; when the test ends, nothing may have gone wrong in any, but in those with ``faults=True``."""
    contexts: list[BrowserContext] = []
    visits: list[Visit] = []

    def open_window(*, faults: bool = False, url: str = "", **options: Any) -> Visit:
        options.setdefault("viewport", DESKTOP)
        options.setdefault("locale", "en-GB")
        context = browser.new_context(**options)
        context.set_default_timeout(15_000)
        contexts.append(context)
        made = Visit(context, url or web.url)
        if not faults:
            visits.append(made)
        return made

    yield open_window
    for context in contexts:
        context.close()
    assert [fault for each in visits for fault in each.faults] == []


@pytest.fixture
def customer(web: Served) -> str:
    """Somebody with a history who agreed to be recommended to by it, and whose first list names some of it."""
    for each in web.get("/customers", n=60, sort="purchases")["users"]:
        told = web.get(f"/recommendations/{each['user_id']}", surface="homepage", n=4)
        if told["user_info"]["user_type"] == "loyal" and any(item["evidence"] for item in told["items"]):
            return str(each["user_id"])
    pytest.fail("nobody in the shop has a reason that names what they did")


@contextmanager
def at_work(page: Page, path: str) -> Iterator[list[Any]]:
    """What is sent to a path of the API while something is done."""
    sent: list[Any] = []

    def note(request: Request) -> None:
        if path in request.url and request.method == "POST":
            sent.append(request.post_data_json)

    page.on("request", note)
    yield sent
    page.wait_for_load_state("networkidle")
    page.remove_listener("request", note)
