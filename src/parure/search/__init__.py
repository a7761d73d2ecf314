"""Search: words, meaning, pictures, and what is fused of them, with filters, facets and personal order."""

from parure.search.changes import Change
from parure.search.documents import model_texts
from parure.search.engine import SearchEngine, encoder_name
from parure.search.facets import FACETS, Facet, FacetValue
from parure.search.query import FoundItem, Mode, SearchConfig, SearchQuery, SearchResult
from parure.search.sorting import Sort
from parure.search.synonyms import SynonymFile, read_synonyms
from parure.search.words import WordsConfig

__all__ = [
    "FACETS",
    "Change",
    "Facet",
    "FacetValue",
    "FoundItem",
    "Mode",
    "SearchConfig",
    "SearchEngine",
    "SearchQuery",
    "SearchResult",
    "Sort",
    "SynonymFile",
    "WordsConfig",
    "encoder_name",
    "model_texts",
    "read_synonyms",
]
