"""Files and databases in, checked tables out; what is wrong goes to quarantine with its reason."""

from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.engine import ingest
from parure.ingest.mapping import Mapping, parse_mapping, preset_names, read_mapping, read_preset
from parure.ingest.result import FileReport, IngestResult
from parure.ingest.schema import TABLES, Column, Table
from parure.ingest.tables import Tables

__all__ = [
    "TABLES",
    "Column",
    "Dialect",
    "FileReport",
    "IngestConfig",
    "IngestResult",
    "Mapping",
    "Table",
    "Tables",
    "ingest",
    "parse_mapping",
    "preset_names",
    "read_mapping",
    "read_preset",
]
