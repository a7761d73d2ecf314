"""How much the page does at once, with 5,000 products: what it takes of a shopper's time is for ``bench web`` to tell.

A test that runs beside others cannot tell time. What takes it can be counted: requests that the first list waits for,
and elements that are drawn in one go. A list of thousands, or a page drawn anew with every card, shows in these.
"""

import pytest

from bench.web import WALKS, make_large_shop
from tests.api.shop.conftest import serving

REQUESTS = 12
"""What may be asked for until the first list is there, page and scripts included: 9 where nothing is slow, and what the
list does not wait for may come before it. Pictures are left out."""
ELEMENTS = 4000
"""What may be drawn in one go: a dozen cards with their bars are 340, and who comes back to the homepage gets all the
dozens again that they had scrolled to. The shop as a whole would be 140,000."""

WATCH = """
window.drawn = [0];
new MutationObserver((changes) => {
  let count = 0;
  for (const change of changes)
    for (const node of change.addedNodes)
      if (node.nodeType === 1 && node.isConnected) count += 1 + node.querySelectorAll("*").length;
  window.drawn.push(count);
}).observe(document, { childList: true, subtree: true });
window.asked = null;
const look = () => {
  if (!document.querySelector("section[aria-labelledby=feed] article h3 a")) return requestAnimationFrame(look);
  const loaded = performance.getEntriesByType("resource").filter((each) => each.initiatorType !== "img");
  window.asked = ["the page", ...loaded.map((each) => each.name)];
};
look();
"""


@pytest.fixture(scope="module")
def large(built, tmp_path_factory):
    """A server of a shop of 5,000 products."""
    shop = tmp_path_factory.mktemp("large") / "shop"
    shop.mkdir()
    make_large_shop(shop)
    with serving(shop) as served:
        served.search("ring")
        yield served


def _watched(visit, large, path):
    """A window that counts what is asked for and drawn."""
    window = visit(url=large.url)
    window.page.add_init_script(WATCH)
    window.go(path)
    return window.page


def test_the_first_list_waits_for_few_requests(visit, large):
    page = _watched(visit, large, "/")
    page.wait_for_function("asked !== null")
    asked = page.evaluate("asked")
    assert any("/api/v1/recommendations" in each for each in asked)
    assert len(asked) <= REQUESTS, asked


@pytest.mark.parametrize("walk", WALKS)
def test_little_is_drawn_in_one_go(visit, large, walk):
    path, act = WALKS[walk]
    page = _watched(visit, large, path)
    act(page)
    drawn = page.evaluate("drawn")
    assert 0 < max(drawn) <= ELEMENTS, sorted(drawn)[-4:]
