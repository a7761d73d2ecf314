"""The words every stage speaks: ids, events, queries, candidates, settings and errors."""

from parure.core.candidates import Candidates, best_first
from parure.core.events import Event, EventKind, History, Query
from parure.core.ids import UNKNOWN, IdMap

__all__ = ["UNKNOWN", "Candidates", "Event", "EventKind", "History", "IdMap", "Query", "best_first"]
