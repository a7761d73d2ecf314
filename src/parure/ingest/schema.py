"""The tables of the shop's contract, as data: the six of every shop, and its promotion plan where it has one.

Everything that reads, checks or stores a table asks here; no other module spells a column's rule out. ``embeddings``
is the sixth table and has its own reader, because a vector is not a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, Literal

ColumnType = Literal["id", "text", "money", "number", "integer", "date", "timestamp", "choice", "boolean", "list"]
Need = Literal["required", "recommended", "optional"]

SQL_TYPES: Final[dict[ColumnType, str]] = {
    "id": "VARCHAR",
    "text": "VARCHAR",
    "money": "BIGINT",
    "number": "DOUBLE",
    "integer": "BIGINT",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "choice": "VARCHAR",
    "boolean": "BOOLEAN",
    "list": "VARCHAR[]",
}
"""How each type is stored. Money is whole cents; a timestamp is UTC microseconds without a zone."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the contract.

    Attributes:
        name: As the shop's file spells it.
        type: What its text is read as.
        need: Whether a file without it is refused (required), named in the report (recommended) or accepted (optional).
        choices: The closed list of a ``choice``.
        minimum: Smallest value allowed, in the file's unit (euros for money).
        maximum: Largest value allowed; None where only the configuration bounds it.
        above_zero: True where zero itself is a fault.
        references: ``table`` whose key this must be found in.
        may_lie_ahead: True for a date that can be in the future.
        not_before: Another date column that this one must not be earlier than.
    """

    name: str
    type: ColumnType
    need: Need = "optional"
    choices: tuple[str, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    above_zero: bool = False
    references: str = ""
    may_lie_ahead: bool = False
    not_before: str = ""

    @property
    def required(self) -> bool:
        """Whether a file without it is refused."""
        return self.need == "required"

    @property
    def stored_name(self) -> str:
        """Its name in the checked tables: money carries its unit, as in ``price_cents``."""
        return f"{self.name}_cents" if self.type == "money" else self.name

    @property
    def sql_type(self) -> str:
        """Its DuckDB type in the checked tables."""
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table of the contract.

    Attributes:
        name: As in file names and SQL.
        key: The column whose value names a row.
        columns: In the order they are stored.
        versioned: True where a key that comes again is a newer version; False where it is a fault.
    """

    name: str
    key: str
    columns: tuple[Column, ...]
    versioned: bool

    def __getitem__(self, name: str) -> Column:
        return self._by_name[name]

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    @cached_property
    def _by_name(self) -> dict[str, Column]:
        return {column.name: column for column in self.columns}

    @property
    def names(self) -> list[str]:
        """Names of its columns as files spell them."""
        return [column.name for column in self.columns]

    @property
    def required(self) -> list[str]:
        """Names of the columns a file must have."""
        return [column.name for column in self.columns if column.required]

    @property
    def references(self) -> list[Column]:
        """Columns that point into other tables."""
        return [column for column in self.columns if column.references]


def _columns(need: Need, *columns: Column) -> Sequence[Column]:
    return [replace(column, need=need) for column in columns]


def _c(name: str, kind: ColumnType, **rules: object) -> Column:
    return Column(name, kind, **rules)  # type: ignore[arg-type]


STOCK_STATUS: Final = ("in_stock", "out_of_stock")
AGE_GROUPS: Final = ("18-25", "26-35", "36-45", "46+")
CUSTOMER_SEGMENTS: Final = ("first-time", "regular", "vip", "inactive")
ORDER_STATUS: Final = ("completed", "pending", "cancelled", "returned")
OCCASIONS: Final = ("birthday", "anniversary", "wedding", "christmas")
INTERACTION_TYPES: Final = (
    "view",
    "click",
    "add_to_cart",
    "remove_from_cart",
    "add_to_wishlist",
    "purchase",
    "return",
    "impression",
    "dismiss",
)

PRODUCTS: Final = Table(
    "products",
    "product_id",
    (
        *_columns(
            "required",
            _c("product_id", "id"),
            _c("title", "text"),
            _c("category", "text"),
            _c("price", "money", above_zero=True),
            _c("stock_status", "choice", choices=STOCK_STATUS),
        ),
        *_columns(
            "recommended",
            # Required by the map unless a local image folder replaces it, which ingest does not see.
            _c("image_url", "text"),
            _c("description", "text"),
            _c("subcategory", "text"),
            _c("brand", "text"),
            _c("collection", "text"),
            _c("color", "text"),
            _c("gender", "text"),
            _c("created_date", "date", may_lie_ahead=True),
        ),
        *_columns(
            "optional",
            _c("sale_price", "money", above_zero=True),
            _c("additional_images", "list"),
            _c("material", "text"),
            _c("age_group", "text"),
            _c("stone_type", "text"),
            _c("weight", "number", minimum=0),
            _c("size", "text"),
        ),
    ),
    versioned=True,
)

CUSTOMERS: Final = Table(
    "customers",
    "customer_id",
    (
        *_columns(
            "required",
            _c("customer_id", "id"),
            _c("registration_date", "date"),
            _c("location_country", "text"),
            _c("last_active_date", "date"),
        ),
        *_columns(
            "recommended",
            _c("email", "text"),
            _c("gender", "text"),
            _c("age", "integer", minimum=0, maximum=130),
            _c("age_group", "choice", choices=AGE_GROUPS),
            _c("preferred_language", "text"),
            _c("customer_segment", "choice", choices=CUSTOMER_SEGMENTS),
            _c("lifetime_value", "money", minimum=0),
            _c("total_orders", "integer", minimum=0),
            _c("avg_order_value", "money", minimum=0),
            _c("marketing_consent", "boolean"),
        ),
        *_columns(
            "optional",
            _c("location_state", "text"),
            _c("location_city", "text"),
            _c("postal_code", "text"),
            _c("income_bracket", "text"),
            _c("preferred_categories", "list"),
            _c("preferred_materials", "list"),
            _c("preferred_price_range", "text"),
        ),
    ),
    versioned=True,
)

ORDERS: Final = Table(
    "orders",
    "order_id",
    (
        *_columns(
            "required",
            _c("order_id", "id"),
            _c("customer_id", "id", references="customers"),
            _c("order_date", "timestamp"),
            _c("order_status", "choice", choices=ORDER_STATUS),
            _c("total_amount", "money", minimum=0),
        ),
        *_columns("recommended", _c("num_items", "integer", minimum=0)),
        *_columns(
            "optional",
            _c("discount_amount", "money", minimum=0),
            _c("payment_method", "text"),
            _c("shipping_method", "text"),
            _c("delivery_date", "date", may_lie_ahead=True),
            _c("is_gift", "boolean"),
            _c("occasion", "choice", choices=OCCASIONS),
        ),
    ),
    versioned=False,
)

ORDER_ITEMS: Final = Table(
    "order_items",
    "order_item_id",
    (
        *_columns(
            "required",
            _c("order_item_id", "id"),
            _c("order_id", "id", references="orders"),
            _c("product_id", "id", references="products"),
            _c("quantity", "number", above_zero=True),
            _c("unit_price", "money", above_zero=True),
        ),
        *_columns("recommended", _c("final_price", "money", minimum=0)),
        *_columns("optional", _c("discount_applied", "money", minimum=0)),
    ),
    versioned=False,
)

INTERACTIONS: Final = Table(
    "interactions",
    "interaction_id",
    (
        *_columns(
            "required",
            _c("interaction_id", "id"),
            _c("customer_id", "id", references="customers"),
            _c("product_id", "id", references="products"),
            _c("interaction_type", "choice", choices=INTERACTION_TYPES),
            _c("timestamp", "timestamp"),
        ),
        *_columns("recommended", _c("session_id", "text")),
        *_columns(
            "optional",
            _c("interaction_duration", "number", minimum=0),
            _c("device_type", "text"),
            _c("referrer_source", "text"),
        ),
    ),
    versioned=False,
)

PROMOTIONS: Final = Table(
    "promotions",
    "promotion_id",
    (
        *_columns(
            "required",
            _c("promotion_id", "id"),
            _c("product_id", "id", references="products"),
            _c("start_date", "date", may_lie_ahead=True),
            _c("end_date", "date", may_lie_ahead=True, not_before="start_date"),
        ),
        *_columns(
            "optional",
            _c("promotion_type", "text"),
            _c("share", "number", minimum=0, maximum=1),
        ),
    ),
    versioned=True,
)

TABLES: Final[dict[str, Table]] = {
    t.name: t for t in (PRODUCTS, CUSTOMERS, ORDERS, ORDER_ITEMS, INTERACTIONS, PROMOTIONS)
}
"""The tables by name, parents before the tables that refer to them."""

EVENT_TABLES: Final = ("orders", "order_items", "interactions")
"""The tables that say what customers did; a shop that has none of them is a catalogue alone."""
