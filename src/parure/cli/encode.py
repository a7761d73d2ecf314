"""``parure encode``: the pictures of a shop's products become vectors."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json, progress
from parure.cli.shop import ShopOption
from parure.encode.models import DEFAULT_MODEL
from parure.encode.web import WebLimits
from parure.pipeline.encode_shop import EncodeReport, encode_shop


def register(app: typer.Typer) -> None:
    """Add the command of this module."""
    app.command(epilog="Example: parure encode --images exports/images")(encode)


def encode(
    shop: ShopOption = Path(),
    images: Annotated[
        Path | None,
        typer.Option(
            help="A folder of pictures named PRODUCT_ID.jpg, or a Parquet file with their bytes; the shop's folder "
            "images, and image_url of the products, where left out."
        ),
    ] = None,
    model: Annotated[
        str, typer.Option(help="A model's name, or a file: .onnx, or .pth or .safetensors of a MobileNetV2.")
    ] = DEFAULT_MODEL,
    precision: Annotated[str, typer.Option(help="auto, int8 or fp32.")] = "auto",
    processes: Annotated[
        int | None, typer.Option(min=1, max=256, help="How many encode at once; one a processor where left out.")
    ] = None,
    timeout_s: Annotated[
        float, typer.Option(min=1, max=600, help="Time for one picture from the web, in seconds.")
    ] = 20,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="Also fetch pictures from addresses of your own network.")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Turn the products' pictures into vectors; what is encoded already is not encoded again."""
    if precision not in {"auto", "int8", "fp32"}:
        raise typer.BadParameter(f"{precision!r} is none of auto, int8, fp32.", param_hint="--precision")
    with progress(quiet=as_json) as bars:
        report = encode_shop(
            shop,
            now=datetime.now(UTC),
            images=images,
            model=model,
            precision=precision,  # type: ignore[arg-type]
            processes=processes,
            limits=WebLimits(timeout_s=timeout_s, allow_private=allow_private),
            progress=bars,
        )
    if as_json:
        print_json(report.to_dict())
    else:
        print_report(report)


def print_report(report: EncodeReport) -> None:
    """What became of the pictures."""
    known = report.encoded - report.computed
    out.print(
        Text(
            f"{report.encoded:,} of {report.products:,} products have a vector of {report.model} "
            f"({report.size} numbers): {report.computed:,} computed now, {max(known, 0):,} known before."
        ),
        soft_wrap=True,
    )
    for reason, count in report.reasons.items():
        out.print("[yellow]•[/]", Text(f"{count:,} without one: {reason}"), soft_wrap=True)
    if report.quarantine is not None:
        out.print(Text(f"Each is listed in {report.quarantine}"), soft_wrap=True)
