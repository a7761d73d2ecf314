"""The operational store: events, merged users, item changes and consent of a running shop, in one SQLite file."""

from parure.store.config import StoreConfig
from parure.store.database import has_store
from parure.store.reader import Reader
from parure.store.records import JSON, Changes, Consent, EventRow, ItemChange, Receipt, SearchCount, StoredEvent
from parure.store.store import EVENT_COLUMNS, Store

__all__ = [
    "EVENT_COLUMNS",
    "JSON",
    "Changes",
    "Consent",
    "EventRow",
    "ItemChange",
    "Reader",
    "Receipt",
    "SearchCount",
    "Store",
    "StoreConfig",
    "StoredEvent",
    "has_store",
]
