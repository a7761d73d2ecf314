"""Search by picture: neighbours of a query's picture among those of the products, alone or together with words.

A picture is encoded by the model that encoded the products' pictures; here it is a vector already. With words beside
it, both lists are fused (:mod:`parure.search.fusion`): the picture says how it should look, the words what it is.
"""

from __future__ import annotations

from parure.search.meaning import NearVectors


class Pictures(NearVectors):
    """Picture vectors of products, asked for those that look alike."""
