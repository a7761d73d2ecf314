"""What the web app takes of a shopper's time, in Chromium, in a shop of 5,000 products.

``first_feed_ms`` is from opening the homepage to the first product with its link; ``longest_task_ms`` is the longest
time that the page was kept from answering, from its opening on, while somebody went through the shop, searched, or
looked at the console (tasks of 50 ms and more are told by the browser; 0 where there was none). Wall time: let nothing
else run beside it.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from playwright.sync_api import Browser, Page, sync_playwright

from bench.options import Options
from bench.timing import Ratio
from parure.core.progress import Silent
from parure.demo import DemoSize, make_shop
from parure.evaluation import Row
from parure.ingest import ingest
from parure.pipeline.settings import load_settings

PRODUCTS: Final = 5000
PICTURES: Final = 60
"""Pictures that are drawn; products share them."""
_SETTINGS: Final = (
    '[shop]\nname = "Large"\n[train]\nrecipe = "als_item_cf_popular"\ncalibrate = false\n'
    '[search]\nmodel = "none"\n'
    '[serving]\nenvironment = "demo"\nclock = "data"\nrate_limit_per_s = 0\nimages = "exports/images"\n'
)
"""Sentences are not encoded: the server would be at it for a while, and the page has nothing to do with it."""
BROWSERS: Final = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
"""What a system may call its browser."""
_FLAGS: Final = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
_READY_S: Final = 180
_WATCH: Final = """
window.tasks = [];
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) window.tasks.push(each.duration);
}).observe({ type: "longtask", buffered: true });
window.feedMs = null;
const look = () => {
  if (document.querySelector("section[aria-labelledby=feed] article h3 a")) window.feedMs = performance.now();
  else requestAnimationFrame(look);
};
look();
"""


def run(options: Options) -> Iterable[Row]:
    """Rows of opening the shop, and of each walk through it."""
    with TemporaryDirectory(prefix="parure-bench-") as folder:
        shop = Path(folder) / "shop"
        make_large_shop(shop)
        with _served(shop) as url, sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=_program(), args=_FLAGS)
            yield from _measured(browser, url, options.rounds)
            browser.close()


def make_large_shop(shop: Path, products: int = PRODUCTS) -> None:
    """Draw a shop, take it in and train it; few pictures are drawn, and used over and over."""
    exports = shop / "exports"
    few = make_shop(shop / "few", size=DemoSize(products=PICTURES, customers=20, views=1), progress=Silent())
    tables = make_shop(exports, size=DemoSize(products=products, customers=400, views=0), progress=Silent())
    (exports / "images").mkdir()
    assert few.images is not None
    drawn = sorted(few.images.iterdir())
    for number in range(1, products + 1):
        os.link(drawn[number % len(drawn)], exports / "images" / f"P{number:05d}.jpg")
    shutil.rmtree(shop / "few")
    (shop / "parure.toml").write_text(_SETTINGS, encoding="utf-8")
    ingest(shop, tables.tables, config=load_settings(shop, {}).ingest, progress=Silent())
    command = [sys.executable, "-m", "parure", "train", "--shop", str(shop), "--json"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def shop_around(page: Page) -> None:
    """Scroll the homepage, look at what is like a product, and put one in the cart."""
    cards = page.locator("main article h3 a")
    for _ in range(6):
        page.mouse.wheel(0, 1500)
        page.wait_for_timeout(150)
    page.get_by_role("button", name="Show more").scroll_into_view_if_needed()
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name=re.compile("^Items similar to")).first.click()
    page.get_by_role("dialog").locator("article").first.wait_for()
    page.keyboard.press("Escape")
    cards.first.click()
    page.wait_for_url("**/p/*")
    page.get_by_role("button", name="Add to cart").click()
    page.go_back()
    cards.first.wait_for()
    page.wait_for_load_state("networkidle")


def search(page: Page) -> None:
    """Search by words, narrow it down, and sort."""
    page.get_by_role("searchbox").first.fill("gold ring")
    page.keyboard.press("Enter")
    page.locator("main article").first.wait_for()
    page.get_by_role("region", name="Material").get_by_role("button").first.click()
    page.wait_for_load_state("networkidle")
    page.get_by_label("Sort").select_option(index=1)
    page.wait_for_load_state("networkidle")


def look_at_figures(page: Page) -> None:
    """From the console's overview to the catalogue and the rules."""
    page.get_by_role("link", name="Catalogue").first.click()
    page.get_by_role("heading", name="Catalogue", exact=True).wait_for()
    page.wait_for_load_state("networkidle")
    page.get_by_role("link", name="Rules").first.click()
    page.wait_for_load_state("networkidle")


WALKS: Final[dict[str, tuple[str, Callable[[Page], None]]]] = {
    "shop around": ("/", shop_around),
    "search": ("/search?q=ring", search),
    "look at figures": ("/console", look_at_figures),
}
"""What somebody does: the page it begins on, and the acts."""


def _measured(browser: Browser, url: str, rounds: int) -> Iterator[Row]:
    with _window(browser, url, "/"):
        pass  # what the server and the browser do but once is no shopper's lot
    feeds = []
    for _ in range(rounds):
        with _window(browser, url, "/") as page:
            page.wait_for_function("feedMs !== null")
            feeds.append(page.evaluate("feedMs"))
    yield _row("open the shop", "first_feed_ms", feeds)
    for case, (path, act) in WALKS.items():
        longest = []
        for _ in range(rounds):
            with _window(browser, url, path) as page:
                act(page)
                longest.append(max(page.evaluate("tasks"), default=0))
        yield _row(case, "longest_task_ms", longest)


@contextmanager
def _window(browser: Browser, url: str, path: str) -> Iterator[Page]:
    """A page of a browser that has not been here before."""
    context = browser.new_context(viewport={"width": 1280, "height": 900}, locale="en-GB")
    try:
        page = context.new_page()
        page.add_init_script(_WATCH)
        page.goto(url + path)
        page.wait_for_load_state("networkidle")
        yield page
    finally:
        context.close()


@contextmanager
def _served(shop: Path) -> Iterator[str]:
    """The address of the shop's server, once search is open too."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "parure", "serve", "--shop", str(shop), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            until = time.monotonic() + _READY_S
            while not _answers(f"{url}/api/v1/search?q=ring&n=1"):
                if process.poll() is not None or time.monotonic() > until:
                    raise RuntimeError(f"the server of {shop} did not start")
                time.sleep(0.1)
            yield url
        finally:
            process.terminate()


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _program() -> str | None:
    """A browser of this machine; None for the driver's own."""
    named = (os.environ.get("PARURE_CHROMIUM"), *BROWSERS)
    return next((found for name in named if name and (found := shutil.which(name))), None)


def _row(case: str, metric: str, values: list[float]) -> Row:
    told = Ratio.of(values)
    return Row(
        bench="web", dataset=f"made up, {PRODUCTS:,} products", case=case, split="all", metric=metric,
        value=told.value, low=told.low, high=told.high, unit="ms",
    )  # fmt: skip
