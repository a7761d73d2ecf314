"""The page of the documentation that lists every feature."""

from __future__ import annotations

from typing import Final

from parure.ranking.features.group import Feature
from parure.ranking.features.table import FEATURES

_INTRO: Final = """# Features

What a ranker that reads the feature table is told of a candidate. A table has two columns for each source of the
recipe, named after it, and those below: always the same, whatever the shop has. **What is not known is empty** (NaN),
never a number that means something else: a shop without prices has empty prices, somebody who has done nothing yet has
no counts, and what a shop does not record, such as looks, is empty for everybody.

A row follows from what was known at one moment and from the query alone: the history, live events included, the moment,
and what is known of the customer. Examples of past weeks and answers of today are made by the same code; a test ingests
a shop as it stood at a past moment and holds the two together, bit by bit.

```python
from parure.ranking.features import FeatureTable

table = FeatureTable.fit(dataset, ["repurchase", "ease"])
features = table.build(query, rows, scores)  # float32[candidates, len(table.names)]
```

Windows end at the dataset's moment where they count what all customers did, and at the query's where they count what
this one did. A promotion is looked at seven days ahead, for a shop knows its plan; nothing else lies ahead. An order
counts once, however many lines it has. Weights are those of the events, as in [settings](settings.md).

Prices are what was paid, not what the catalogue says, wherever anything was paid: a catalogue has no dates, and would
tell a ranker that learns from March what things cost in May. Stock has no dates either: of a past moment everything
counts as in stock.

Vectors of pictures are projected on their 64 strongest directions when the table is fitted, and titles and categories
become 32 numbers by latent semantic analysis, so that a request costs little: what is looked up for it grows with its
candidates and its history, not with the catalogue.
"""
_SOURCES: Final = (
    Feature("SOURCE", "sources", "score", "what the source says of it; empty where it has nothing to say"),
    Feature("SOURCE_rank", "sources", "place", "its rank by the source among the candidates, from 1"),
)


def features_markdown() -> str:
    """The page, with a table for each group of features."""
    lines = [_INTRO]
    every = (*_SOURCES, *FEATURES)
    for group in dict.fromkeys(feature.group for feature in every):
        lines += [f"## {group[0].upper()}{group[1:]}", "", "| feature | unit | what it is |", "|---|---|---|"]
        lines += [f"| `{f.name}` | {f.unit} | {f.says} |" for f in every if f.group == group]
        lines.append("")
    return "\n".join(lines).rstrip() + "\n"
