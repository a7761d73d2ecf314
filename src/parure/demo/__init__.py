"""A made-up jewellery shop, drawn and simulated from a seed: something to try everything on, whose truth is known."""

from parure.demo.shop import DemoSize, MadeShop, made_catalogue, make_shop, truth_scores

__all__ = ["DemoSize", "MadeShop", "made_catalogue", "make_shop", "truth_scores"]
