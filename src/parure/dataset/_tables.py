"""The queries that put a dataset's item and user tables together: what the shop says, and what was counted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

_PRODUCT_HIDDEN = {
    "product_id",
    "description",
    "additional_images",
    "price_cents",
    "sale_price_cents",
    "stock_status",
    "created_date",
}
"""Told otherwise in the item table, or too long for it."""
_ITEM_DERIVED = (
    "price_cents",
    "first_seen_us",
    "created_us",
    "purchases",
    "buyers",
    "units",
    "popularity",
    "sold_units",
    "revenue_cents",
    "cycle_days",
    "has_cycle",
)

_CUSTOMER_HIDDEN = {
    "customer_id",
    "email",
    "registration_date",
    "last_active_date",
    "lifetime_value_cents",
    "total_orders",
    "avg_order_value_cents",
    "age_group",
}
"""Personal without use, or a total of the day of export, which we count ourselves as of the moment."""
_CUSTOMER_RENAMED = {"location_country": "country", "location_state": "state", "location_city": "city"}
_USER_DERIVED = (
    "age_band",
    "spending_segment",
    "loyalty",
    "purchases",
    "purchase_days",
    "units",
    "spend_cents",
    "unique_items",
    "avg_price_cents",
    "first_purchase_us",
    "last_purchase_us",
)


def item_query(columns: Sequence[str], *, is_now: bool) -> str:
    """The query for the item table, with the row number of each item first.

    Args:
        columns: Columns of the view ``products``.
        is_now: Whether the catalogue describes the moment asked for. Of a moment in the past it cannot say what was in
            stock: everything counts as in stock then.
    """
    stock = "COALESCE(p.stock_status <> 'out_of_stock', TRUE)" if is_now else "TRUE"
    given = [_quoted("p", name) for name in columns if name not in {*_PRODUCT_HIDDEN, *_ITEM_DERIVED, "in_stock"}]
    chosen = _comma(["k.item_id", *given, f"{stock} AS in_stock", *(f"f.{name}" for name in _ITEM_DERIVED)])
    return (  # names come from the table itself and are quoted
        f"SELECT k.item_ix AS row, {chosen} FROM known_items AS k JOIN item_features AS f ON f.item_ix = k.item_ix"  # noqa: S608
        " JOIN products AS p ON p.product_id = k.item_id"
    )


def user_query(columns: Sequence[str], *, is_now: bool) -> str:
    """The query for the user table, with the row number of each user first.

    Args:
        columns: Columns of the view ``customers``.
        is_now: Whether the customer rows describe the moment asked for. Of a moment in the past the shop's own segment
            would tell what came later: it is left empty then.
    """
    given = []
    for name in columns:
        target = _CUSTOMER_RENAMED.get(name, name)
        if name in _CUSTOMER_HIDDEN or target in _USER_DERIVED:
            continue
        hidden = name == "customer_segment" and not is_now
        given.append(f"{'CAST(NULL AS VARCHAR)' if hidden else _quoted('c', name)} AS {_quoted('', target)}")
    chosen = _comma(["k.user_id", *given, *(f"f.{name}" for name in _USER_DERIVED)])
    return (  # names come from the table itself and are quoted
        f"SELECT k.user_ix AS row, {chosen} FROM known_users AS k JOIN user_features AS f ON f.user_ix = k.user_ix"  # noqa: S608
        " LEFT JOIN customers AS c ON c.customer_id = k.user_id"
    )


def _comma(parts: Iterable[str]) -> str:
    return ", ".join(parts)


def _quoted(table: str, name: str) -> str:
    """A column as SQL, whatever the shop calls it."""
    column = '"' + name.replace('"', '""') + '"'
    return f"{table}.{column}" if table else column
