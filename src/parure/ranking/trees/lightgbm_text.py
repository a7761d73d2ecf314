"""LightGBM's own text of a model, read without LightGBM."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from parure.core.errors import BundleError
from parure.ranking.trees.forest import Forest, Missing, Tree

_CATEGORICAL, _DEFAULT_LEFT = 1, 2
"""Bits of ``decision_type``; the two above them are :class:`Missing`."""


def forest_from_lightgbm(text: str) -> Forest:
    """Read a model of one score a row over numbers, as ``Booster.save_model`` writes it (version 4).

    Args:
        text: The whole of it; what follows the trees is not looked at.

    Raises:
        BundleError: It is broken, or a model of another sort: with categorical splits, linear leaves, several classes,
            or an average of trees.
    """
    head, *blocks = text.split("end of trees", 1)[0].split("\nTree=")
    try:
        features = _header(head, complete="end of trees" in text)
        return Forest(features, tuple(_tree(_fields(block), features) for block in blocks))
    except (KeyError, ValueError) as error:
        raise _refusal(f"is broken near {error}") from error


def _header(head: str, *, complete: bool) -> int:
    """Check what kind of model it is; the number of features."""
    lines, fields = head.splitlines(), _fields(head)
    if not lines or lines[0] != "tree" or not complete:
        raise _refusal("is cut short, or no model of trees")
    if fields["version"] != "v4":
        raise _refusal(f"is of version {fields['version']!r}, expected 'v4'")
    if (fields["num_class"], fields["num_tree_per_iteration"]) != ("1", "1"):
        raise _refusal(f"gives {fields['num_tree_per_iteration']} scores a row, expected one")
    if "average_output" in lines:
        raise _refusal("averages its trees (a random forest), expected a sum")
    return int(fields["max_feature_idx"]) + 1


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _tree(fields: Mapping[str, str], features: int) -> Tree:
    if fields.get("num_cat", "0") != "0":
        raise _refusal("has splits of categories, expected numbers only")
    if fields.get("is_linear", "0") != "0":
        raise _refusal("has linear models in its leaves, expected constants")
    leaves = int(fields["num_leaves"])
    value = _numbers(fields, "leaf_value", leaves)
    if leaves == 1:
        none = np.zeros(0)
        return Tree(
            none.astype(np.int32), none, none.astype(np.int8), none.astype(np.bool_),
            none.astype(np.int32), none.astype(np.int32), none, value, np.ones(1),
        )  # fmt: skip
    decision = _numbers(fields, "decision_type", leaves - 1).astype(np.int64)
    if (decision & _CATEGORICAL).any():
        raise _refusal("has splits of categories, expected numbers only")
    tree = Tree(
        feature=_numbers(fields, "split_feature", leaves - 1).astype(np.int32),
        threshold=_numbers(fields, "threshold", leaves - 1),
        missing=((decision >> 2) & 3).astype(np.int8),
        missing_left=(decision & _DEFAULT_LEFT).astype(np.bool_),
        left=_numbers(fields, "left_child", leaves - 1).astype(np.int32),
        right=_numbers(fields, "right_child", leaves - 1).astype(np.int32),
        gain=_numbers(fields, "split_gain", leaves - 1),
        value=value,
        count=_numbers(fields, "leaf_count", leaves),
    )
    _check(tree, features)
    return tree


def _numbers(fields: Mapping[str, str], name: str, count: int) -> NDArray[np.float64]:
    numbers = np.array(fields[name].split(), dtype=np.float64)
    if len(numbers) != count or np.isnan(numbers).any():
        raise _refusal(f"is broken: {name} holds {len(numbers)} numbers, expected {count}")
    return numbers


def _check(tree: Tree, features: int) -> None:
    """Compiled code follows these numbers blindly, so none may lead outside the arrays or in a circle."""
    count = len(tree.feature)
    children = np.stack([tree.left, tree.right])
    # Every node but the root, and every leaf, hangs somewhere, once.
    expected = [child for child in range(-count - 1, count) if child != 0]
    if sorted(children.ravel().tolist()) != expected:
        raise _refusal("is broken: a node is the child of none or of two")
    if ((children >= 0) & (children <= np.arange(count))).any():
        raise _refusal("is broken: a node stands behind its children")
    if (tree.feature < 0).any() or (tree.feature >= features).any():
        raise _refusal(f"is broken: a node looks at a feature outside 0 to {features - 1}")
    if (tree.missing > max(Missing)).any():
        raise _refusal("is broken: a node has an unknown kind of missing values")


def _refusal(what: str) -> BundleError:
    return BundleError(f"The model of trees {what}.", hint="Run: parure train, or: parure rollback")
