"""parure: a self-hosted recommender for shops.

A row's way through the package is the order of its folders: ``ingest`` checks the shop's tables, ``dataset`` turns
them into signals, ``retrieval`` finds candidates, ``ranking`` scores them, ``rules`` keeps what may be shown, and
``pipeline`` strings these together into a bundle that answers queries.
"""

__version__ = "0.1.0"
