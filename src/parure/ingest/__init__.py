"""Files and databases in, checked tables out; what is wrong goes to quarantine with its reason."""

from parure.ingest.config import Dialect, IngestConfig
from parure.ingest.mapping import Mapping, parse_mapping, preset_names, read_mapping, read_preset
from parure.ingest.result import FileReport, IngestResult
from parure.ingest.schema import TABLES, Column, Table

__all__ = [
    "TABLES",
    "Column",
    "Dialect",
    "FileReport",
    "IngestConfig",
    "IngestResult",
    "Mapping",
    "Table",
    "parse_mapping",
    "preset_names",
    "read_mapping",
    "read_preset",
]
