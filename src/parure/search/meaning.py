"""Search by meaning: the cosine of a query's sentence vector with those of the products' texts.

The same class serves pictures: a query's picture, encoded by the model that encoded the products', is a vector here.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import InputError

Vectors = NDArray[np.float32]


class NearVectors:
    """Unit vectors of products, asked for the cosine with a query's.

    Args:
        vectors: float32[items, size], rows of length 1; rows of NaN or of length 0 for products without one.

    Cost of a query:
        items x size multiplications: 5 ms for 44,000 products and 512 numbers.
    """

    def __init__(self, vectors: Vectors) -> None:
        self.has_vector: NDArray[np.bool_] = np.isfinite(vectors).all(axis=1) & (vectors != 0).any(axis=1)
        self.vectors: Vectors = np.where(self.has_vector[:, None], vectors, np.float32(0)).astype(np.float32)

    def __len__(self) -> int:
        return len(self.vectors)

    @property
    def size(self) -> int:
        """Numbers in a vector."""
        return int(self.vectors.shape[1])

    def cosine(self, query: Vectors) -> NDArray[np.float32]:
        """The cosine of every product with a query.

        Args:
            query: float32[size], of any length other than 0.

        Returns:
            float32[items]; -inf for a product without a vector.

        Raises:
            InputError: The query's vector is of another size, or has no direction.
        """
        if query.shape != (self.size,):
            raise InputError(
                f"The query's vector has the shape {query.shape}, those of the products have {self.size} numbers.",
                hint="Encode queries with the model that encoded the products.",
            )
        length = float(np.linalg.norm(query))
        if not np.isfinite(length) or length == 0:
            raise InputError("The query's vector has no direction: its length is 0 or not a number.")
        return np.where(self.has_vector, self.vectors @ (query / length).astype(np.float32), np.float32(-np.inf))
