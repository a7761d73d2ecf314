"""``parure init``, ``inspect``, ``config``, ``doctor``: the shop directory itself."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table
from rich.text import Text

from parure.cli.console import JsonOption, out, print_json
from parure.cli.health import Check, check_shop
from parure.core.clock import from_us
from parure.core.errors import MissingInputError, SettingsError
from parure.ingest import Tables
from parure.pipeline.bundle import BUNDLES, bundle_path, read_manifest, roll_back, versions
from parure.pipeline.settings import FILE_NAME, ShopSection, ShopSettings, load_settings
from parure.pipeline.settings_reference import settings_markdown, settings_toml

ShopOption = Annotated[
    Path, typer.Option("--shop", envvar="PARURE_SHOP", help="The shop's directory, made by parure init.")
]


def register(app: typer.Typer) -> None:
    """Add the commands of this module."""
    app.command(epilog="Example: parure init my-shop")(init)
    app.command(epilog="Example: parure inspect --user 1001")(inspect)
    app.command(epilog="Example: parure config --json")(config)
    app.command(epilog="Example: parure doctor")(doctor)
    app.command(epilog="Example: parure rollback")(rollback)
    app.command(epilog="Example: parure publish 2026-05-01-1f2e3d4c")(publish)


def init(
    directory: Annotated[Path, typer.Argument(help="The directory to make.")],
    name: Annotated[str | None, typer.Option(help="The shop's name; that of the directory where left out.")] = None,
    currency: Annotated[str, typer.Option(help="ISO 4217 code of all prices.")] = "EUR",
    as_json: JsonOption = False,
) -> None:
    """Make a shop directory with a commented parure.toml."""
    path = directory / FILE_NAME
    if path.exists():
        raise SettingsError(f"{path} exists already.", hint="Edit it, or choose another directory.")
    section = ShopSection.parse({"name": name or directory.resolve().name, "currency": currency}, where="[shop]")
    try:
        directory.mkdir(parents=True, exist_ok=True)
        path.write_text(settings_toml(ShopSettings(shop=section)), encoding="utf-8")
    except OSError as error:
        raise MissingInputError(f"Cannot write {path}: {error.strerror}.", hint="Choose another directory.") from None
    if as_json:
        print_json({"shop": str(directory), "settings": str(path)})
        return
    out.print(Text(f"Made {directory} with {FILE_NAME}."), soft_wrap=True)
    out.print(Text(f"Next: parure ingest YOUR-FILES --shop {directory}"), soft_wrap=True)


def inspect(
    shop: ShopOption = Path(),
    user: Annotated[str | None, typer.Option(help="Show one customer: profile and latest events.")] = None,
    item: Annotated[str | None, typer.Option(help="Show one product: features.")] = None,
    as_json: JsonOption = False,
) -> None:
    """Show what the shop holds: tables, bundles, one customer, or one product."""
    if user or item:
        _inspect_one(shop, user, item, as_json=as_json)
        return
    facts = {"shop": str(shop), "tables": Tables(shop).counts(), "bundles": _bundles(shop)}
    if as_json:
        print_json(facts)
        return
    table = Table("table", "rows", title=Text(f"Tables of {shop}"))
    for name, rows in facts["tables"].items():  # type: ignore[attr-defined]
        table.add_row(name, f"{rows:,}")
    out.print(table)
    for bundle in facts["bundles"]:
        mark = "[green]served[/]" if bundle["current"] else ""  # type: ignore[index]
        out.print(f"bundle {bundle['version']}  recipe {bundle['recipe']}  {mark}")  # type: ignore[index]


def config(
    shop: ShopOption = Path(),
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the page that documents every setting.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Show the settings in force: parure.toml with the environment over it."""
    if markdown:
        typer.echo(settings_markdown(), nl=False)
        return
    settings = load_settings(shop)
    if as_json:
        print_json(settings.model_dump(mode="json"))
    else:
        typer.echo(settings_toml(settings), nl=False)


def doctor(shop: ShopOption = Path(), as_json: JsonOption = False) -> None:
    """Check the installation, the settings, the tables and the bundle; exit 1 when something is broken."""
    checks = check_shop(shop)
    if as_json:
        print_json([check.to_dict() for check in checks])
    else:
        _print_checks(checks)
    if any(check.state == "broken" for check in checks):
        raise typer.Exit(1)


def rollback(
    version: Annotated[
        str | None, typer.Argument(help="The bundle to serve; the one before the current one where left out.")
    ] = None,
    shop: ShopOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Serve an earlier bundle again; one that fails its checks is refused."""
    served = roll_back(shop, version)
    if as_json:
        print_json({"version": served})
    else:
        out.print(f"Serving {served} again.")


def publish(
    version: Annotated[str, typer.Argument(help="The bundle to serve; parure inspect lists them.")],
    shop: ShopOption = Path(),
    as_json: JsonOption = False,
) -> None:
    """Serve one of the shop's bundles; running servers take it over, and one that fails its checks is refused."""
    served = roll_back(shop, version)
    if as_json:
        print_json({"version": served})
    else:
        out.print(f"Serving {served}.")


def _print_checks(checks: list[Check]) -> None:
    marks = {"ok": "[green]✓[/]", "note": "[yellow]•[/]", "broken": "[red]✗[/]"}
    for check in checks:
        out.print(marks[check.state], check.name.ljust(14), Text(check.finding), soft_wrap=True)
        if check.hint:
            out.print(Text(" " * 17 + check.hint, style="dim"), soft_wrap=True)


def _bundles(shop: Path) -> list[dict[str, Any]]:
    if not (shop / BUNDLES / "current").is_file():
        return []
    current = bundle_path(shop).name
    return [
        {"version": version, "current": version == current, **_summary(shop, version)} for version in versions(shop)
    ]


def _summary(shop: Path, version: str) -> dict[str, Any]:
    manifest = read_manifest(bundle_path(shop, version))
    return {"recipe": manifest["recipe"], "bought_again": manifest["bought_again"], "facts": manifest["facts"]}


def _inspect_one(shop: Path, user: str | None, item: str | None, *, as_json: bool) -> None:
    from parure.pipeline.answer import Answers

    answers = Answers.open(shop)
    found = answers.describe_user(user) if user else answers.describe_item(str(item))
    if as_json:
        print_json(found)
        return
    table = Table("what", "value", title=Text(f"{'Customer' if user else 'Product'} {user or item}"))
    for name, value in found.items():
        if name != "latest_events":
            table.add_row(Text(name), _shown(name, value))
    out.print(table)
    for event in found.get("latest_events", []):
        out.print(Text(f"  {event['date']}  {event['event']:<16} {event['item_id']}  {event['title']}"))


def _shown(name: str, value: Any) -> Text:
    return Text("unknown", style="dim") if value is None else Text(_readable(name, value))


def _readable(name: str, value: Any) -> str:
    if name.endswith("_us"):
        moment: datetime = from_us(value)
        return moment.isoformat(timespec="minutes")
    if name.endswith("_cents"):
        return f"{value / 100:,.2f}"
    return f"{value:,.2f}" if isinstance(value, float) else str(value)
