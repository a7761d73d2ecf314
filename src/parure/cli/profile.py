"""``parure profile``: what one customer's eye likes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from parure.cli.ask import VersionOption
from parure.cli.console import JsonOption, out, print_json
from parure.cli.shop import ShopOption
from parure.pipeline.style_profiler import WINDOW_DAYS, CustomerStyleProfiler
from parure.retrieval import StyleConfig

_SURE = 0.05
"""A change of style is called one where chance gives as much more rarely than this."""


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Example: parure profile C00017 -k 3 --json")(profile)


def profile(
    customer: Annotated[str, typer.Argument(help="The customer's id, as in your files.")],
    shop: ShopOption = Path(),
    k: Annotated[int, typer.Option("-k", "--count", min=1, max=100, help="Products a style, and neighbours.")] = 5,
    half_life_days: Annotated[
        float | None, typer.Option(min=0.1, max=36_500, help="After so many days an event counts half; default 30.")
    ] = None,
    window_days: Annotated[
        float, typer.Option(min=1, max=3650, help="Days of a window that drift is looked at over.")
    ] = WINDOW_DAYS,
    bundle: VersionOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show a customer's style: how many styles, how consistent, how it moved, what is nearest, who is alike."""
    config = StyleConfig() if half_life_days is None else StyleConfig(half_life_days=half_life_days)
    profiler = CustomerStyleProfiler.from_shop(shop, config, version=bundle)
    described = profiler.describe(customer, k=k, window_days=window_days)
    if as_json:
        print_json(described)
    else:
        _print(described)


def _print(found: dict[str, Any]) -> None:
    """A profile as text and tables."""
    out.print(Text(f"Style of {found['customer_id']}", style="bold"))
    if not found["has_style"]:
        out.print(
            f"No style yet: {found['interactions']} interactions with products that have a picture,"
            f" {found['min_interactions']} are needed."
        )
        return
    out.print(f"{found['interactions']} interactions, {_styles(found)}; consistency {_share(found['consistency'])}")
    for number, style in enumerate(found["styles"], 1):
        out.print(_nearest(number, style))
    _print_drift(found["drift"])
    if found["neighbours"]:
        table = Table("customer", "alike", title="Customers of like style")
        for other in found["neighbours"]:
            table.add_row(Text(other["customer_id"]), f"{other['similarity']:.3f}")
        out.print(table)


def _styles(found: dict[str, Any]) -> str:
    count = len(found["styles"])
    return "one style" if count == 1 else f"{count} styles"


def _nearest(number: int, style: dict[str, Any]) -> Table:
    table = Table("product", "title", "alike", title=f"Style {number}: {style['share']:.0%} of the weight")
    for product in style["products"]:
        table.add_row(Text(product["product_id"]), Text(product["title"] or ""), f"{product['similarity']:.3f}")
    return table


def _print_drift(drift: dict[str, Any]) -> None:
    table = Table("from", "interactions", "drift", title=f"Windows of {drift['window_days']:g} days")
    for window in drift["windows"]:
        table.add_row(window["from"], str(window["interactions"]), _share(window["drift"]))
    out.print(table)
    if (latest := drift["latest_window"]) is not None:
        told = "the style has moved" if latest["p_value"] <= _SURE else "no sure change"
        out.print(
            f"Latest window against all before: drift {latest['drift']:.3f}, by chance"
            f" {latest['expected_by_chance']:.3f} (p = {latest['p_value']:.3f}): {told}."
        )


def _share(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"
