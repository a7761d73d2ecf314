"""Trains the towers in PyTorch; the only module of the source that needs it.

Sampled softmax with negatives of two kinds, what others of the step took and items drawn from the whole catalogue
(Yang et al. 2020, "Mixed negative sampling"), corrected for how often each is drawn (Yi et al. 2019,
"Sampling-bias-corrected neural modeling").
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

import numpy as np
import scipy.sparse as sp
import torch
from numpy.typing import NDArray
from torch.nn import functional

from parure.retrieval.two_tower.config import TwoTowerConfig
from parure.retrieval.two_tower.histories import CONTEXT, PROFILE_VALUES, Bags, context
from parure.retrieval.two_tower.moments import Batch, Past
from parure.retrieval.two_tower.towers import Tower
from parure.retrieval.two_tower.traits import ItemTraits

_NUMBERS = 4
"""Price and three counts of sales."""
_PROFILE_SIZE = 16
_CHUNK = 16_384
_LAST_RATE = 0.1
_BARRED = -1e9

Tensor = torch.Tensor


@dataclass(frozen=True)
class Trained:
    """What training leaves to be served.

    Attributes:
        user_tower: Takes averages of histories, profile and context.
        item_tower: Takes an item's embedding and numbers.
        profile: float32[values, size], embeddings of customers' attributes; the first one is 0.
        inputs: float32[items, embedding + numbers], what the item tower is given; the embedding is what histories
            are averaged from.
        losses: float64[steps], loss of each step.
    """

    user_tower: Tower
    item_tower: Tower
    profile: NDArray[np.float32]
    inputs: NDArray[np.float32]
    losses: NDArray[np.float64]


class _Net:
    """The embeddings and both towers as tensors that learn."""

    def __init__(
        self, traits: ItemTraits, profile_codes: NDArray[np.int64], config: TwoTowerConfig, rng: np.random.Generator
    ) -> None:
        size = config.embedding_size
        self._config = config
        self._rng = rng
        self.parameters: dict[str, Tensor] = {}
        self._draw("ids", (traits.ids, size), 0.3 / size**0.5)
        self._draw("values", (traits.values, size), 1 / size**0.5)
        self._draw("words", (traits.vocabulary, size), 1 / size**0.5)
        self._draw("profile", (PROFILE_VALUES, _PROFILE_SIZE), 0.1)
        with torch.no_grad():
            self.parameters["profile"][0] = 0  # stands for what is unknown, and never learns
        if traits.picture is not None:
            self._draw("picture", (traits.picture.shape[1], size), 1 / size**0.5)
        averages = len(config.half_lives_days)
        self._tower("item", size + _NUMBERS, copies=1)
        self._tower("user", averages * size + _PROFILE_SIZE + CONTEXT, copies=averages)
        self._codes = torch.from_numpy(traits.id_code)
        self._attributes = torch.from_numpy(traits.attributes)
        self._title = torch.from_numpy(traits.words)
        self._price = torch.from_numpy(traits.price)[:, None]
        self._sales = torch.from_numpy(traits.sales)
        self._picture = None if traits.picture is None else torch.from_numpy(traits.picture)
        self._profile_codes = torch.from_numpy(profile_codes)

    def _draw(self, name: str, shape: tuple[int, ...], deviation: float) -> None:
        drawn = self._rng.standard_normal(shape, dtype=np.float32) * np.float32(deviation)
        self.parameters[name] = torch.from_numpy(drawn).requires_grad_()

    def _tower(self, name: str, inputs: int, *, copies: int) -> None:
        """A tower that begins as the mean of its first ``copies`` embeddings: alike things start out near."""
        size, hidden = self._config.embedding_size, self._config.hidden
        self._draw(f"{name}_hidden_weight", (inputs, hidden), (2 / inputs) ** 0.5)
        self._draw(f"{name}_hidden_bias", (hidden,), 0.0)
        self._draw(f"{name}_weight", (hidden, size), 0.1 / hidden**0.5)
        straight = np.zeros((inputs, size), np.float32)
        straight[: copies * size] = np.tile(np.eye(size, dtype=np.float32) / copies, (copies, 1))
        self.parameters[f"{name}_straight"] = torch.from_numpy(straight).requires_grad_()
        self._draw(f"{name}_bias", (size,), 0.0)

    def item_inputs(self, rows: Tensor, dropped: Tensor | None = None) -> Tensor:
        """Embedding and numbers of items; those ``dropped``, bool[n], without id and sales."""
        p = self.parameters
        codes, sales = self._codes[rows], self._sales[rows]
        if dropped is not None:
            codes = codes.masked_fill(dropped, 0)
            sales = sales.masked_fill(dropped[:, None], 0.0)
        base = functional.embedding(codes, p["ids"])
        if self._attributes.shape[1]:
            base = base + functional.embedding_bag(self._attributes[rows], p["values"], mode="sum", padding_idx=0)
        if self._title.shape[1]:
            base = base + functional.embedding_bag(self._title[rows], p["words"], mode="mean", padding_idx=0)
        if self._picture is not None:
            base = base + self._picture[rows] @ p["picture"]
        return torch.cat([base, self._price[rows], sales], dim=1)

    def user_inputs(self, batch: Batch, embeddings: Tensor, places: NDArray[np.int64]) -> Tensor:
        """Averages of the batch's histories over ``embeddings``, where ``places`` says which; profile; context."""
        averages = _averaged(embeddings, batch.history, places)
        codes = self._profile_codes[torch.from_numpy(batch.user_ix)]
        profile = functional.embedding(codes, self.parameters["profile"], padding_idx=0).sum(dim=1)
        about = torch.from_numpy(context(batch.history, batch.now_us))
        return torch.cat([averages, profile, about], dim=1)

    def tower(self, name: str, features: Tensor) -> Tensor:
        """Unit vectors, as :class:`Tower` makes them."""
        p = self.parameters
        hidden = torch.relu(features @ p[f"{name}_hidden_weight"] + p[f"{name}_hidden_bias"])
        out = hidden @ p[f"{name}_weight"] + features @ p[f"{name}_straight"] + p[f"{name}_bias"]
        unit: Tensor = out / out.norm(dim=1, keepdim=True).clamp_min(1e-12)
        return unit

    def served(self, name: str) -> Tower:
        """The tower as numpy serves it."""
        return Tower(*(self.parameters[f"{name}_{part}"].detach().numpy() for part in Tower.__dataclass_fields__))

    def all_inputs(self) -> NDArray[np.float32]:
        """What the item tower is given of every item."""
        with torch.no_grad():
            chunks = torch.split(torch.arange(len(self._codes)), _CHUNK)
            return np.concatenate([self.item_inputs(rows).numpy() for rows in chunks])


class _SparseProduct(torch.autograd.Function):
    """A sparse matrix times a dense one; SciPy does it in a fraction of the time of torch's bags of embeddings."""

    @staticmethod
    def forward(ctx: Any, matrix: sp.csr_matrix, dense: Tensor) -> Tensor:
        """The product."""
        ctx.matrix = matrix
        return torch.from_numpy(matrix @ dense.detach().numpy())

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[None, Tensor]:
        """The transposed matrix times what comes back."""
        return None, torch.from_numpy(ctx.matrix.T @ gradients[0].numpy())


def _averaged(embeddings: Tensor, bags: Bags, places: NDArray[np.int64]) -> Tensor:
    """The averages of each bag side by side, [bags, half-lives x size]."""
    kinds, count = len(bags.weights), len(bags.sizes)
    indptr = np.concatenate([[0], *(bags.offsets[1:] + kind * len(places) for kind in range(kinds))])
    shape = (kinds * count, len(embeddings))
    matrix = sp.csr_matrix((bags.weights.ravel(), np.tile(places, kinds), indptr), shape=shape)
    flat: Tensor = _SparseProduct.apply(matrix, embeddings)  # type: ignore[no-untyped-call]
    return flat.reshape(kinds, count, -1).transpose(0, 1).reshape(count, -1)


def train_towers(
    traits: ItemTraits,
    profile_codes: NDArray[np.int64],
    past: Past,
    config: TwoTowerConfig,
    *,
    rng: np.random.Generator,
) -> Trained:
    """Train both towers together.

    Args:
        traits: The items.
        profile_codes: int64[users, columns].
        past: What happened.
        config: How to train.
        rng: Where all chance comes from: the same one gives the same weights.

    Cost:
        A step: moments times items of the step times ``embedding_size``, and one pass of Adam over all embeddings.
    """
    with _threads(config.threads):
        net = _Net(traits, profile_codes, config, rng)
        losses = _fit(net, traits, past, config, rng) if len(past) else np.empty(0)
        profile = net.parameters["profile"].detach().numpy()
        return Trained(net.served("user"), net.served("item"), profile, net.all_inputs(), losses)


def _fit(
    net: _Net, traits: ItemTraits, past: Past, config: TwoTowerConfig, rng: np.random.Generator
) -> NDArray[np.float64]:
    optimizer: Any = torch.optim.Adam(net.parameters.values(), lr=config.learning_rate, betas=(0.9, 0.99))
    sampler = _Sampler(past.frequency(), len(traits), config, rng)
    steps = max(config.epochs * past.steps(), config.min_steps)
    losses = np.empty(steps)
    for step, batch in enumerate(islice(_endless(past, rng), steps)):
        for group in optimizer.param_groups:
            group["lr"] = config.learning_rate * (1 - (1 - _LAST_RATE) * step / steps)
        optimizer.zero_grad(set_to_none=True)
        loss = _loss(net, batch, sampler)
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        losses[step] = float(loss.detach())
    return losses


def _endless(past: Past, rng: np.random.Generator) -> Iterator[Batch]:
    """One epoch after the other."""
    while True:
        yield from past.epoch(rng)


class _Sampler:
    """Draws negatives and knows how often each item comes up."""

    def __init__(
        self, frequency: NDArray[np.float64], items: int, config: TwoTowerConfig, rng: np.random.Generator
    ) -> None:
        self._frequency = frequency
        self._items = items
        self.config = config
        self.rng = rng
        self._place = np.full(items, -1, np.int64)

    def candidates(self, taken: NDArray[np.int64]) -> NDArray[np.int64]:
        """Distinct items of a step: those taken and those drawn, ascending."""
        drawn = self.rng.integers(self._items, size=self.config.uniform_negatives)
        return np.unique(np.concatenate([taken, drawn]))

    def log_chance(self, items: NDArray[np.int64], taken: int) -> NDArray[np.float32]:
        """Logarithm of the chance that a step holds each item at all, times the share that is corrected for."""
        missed = taken * np.log1p(-np.minimum(self._frequency[items], 0.999))
        missed += self.config.uniform_negatives * np.log1p(-1 / max(self._items, 2))
        chance = -np.expm1(missed)
        corrected: NDArray[np.float32] = np.log(np.maximum(chance, 1e-9)).astype(np.float32)
        return corrected * np.float32(self.config.popularity_share)

    def places(self, known: NDArray[np.int64], wanted: NDArray[np.int64]) -> NDArray[np.int64]:
        """Where each of ``wanted`` stands in ``known``, -1 where it does not."""
        self._place[known] = np.arange(len(known))
        found = self._place[wanted]
        self._place[known] = -1
        return found


def _loss(net: _Net, batch: Batch, sampler: _Sampler) -> Tensor:
    """How badly what was taken is told from the step's other items, those that the customer had met left out."""
    config = sampler.config
    candidates = sampler.candidates(batch.taken)
    seen = np.unique(np.concatenate([candidates, batch.history.item_ix]))
    dropped = torch.from_numpy(sampler.rng.random(len(seen)) < config.id_dropout)
    inputs = net.item_inputs(torch.from_numpy(seen), dropped)
    columns = torch.from_numpy(sampler.places(seen, candidates))
    history = sampler.places(seen, batch.history.item_ix)
    vectors = net.tower("item", inputs.index_select(0, columns))
    embeddings = inputs[:, : config.embedding_size]
    users = net.tower("user", net.user_inputs(batch, embeddings, history))
    chance = torch.from_numpy(sampler.log_chance(candidates, len(batch.taken)))
    target = sampler.places(candidates, batch.taken)
    users = users / config.temperature
    moment, aim = torch.from_numpy(batch.moment), torch.from_numpy(target)
    wanted = (users.index_select(0, moment) * vectors.index_select(0, aim)).sum(dim=1) - chance[aim]
    barred = np.zeros((len(batch.user_ix), len(candidates)), bool)
    barred[batch.moment, target] = True
    met = sampler.places(candidates, batch.history.item_ix)
    bag = np.repeat(np.arange(len(batch.user_ix)), batch.history.sizes)
    barred[bag[met >= 0], met[met >= 0]] = True
    logits = torch.addmm(-chance, users, vectors.T)
    rest = logits.masked_fill_(torch.from_numpy(barred), _BARRED).logsumexp(dim=1)
    worth = torch.from_numpy(batch.worth)
    against = rest.index_select(0, moment)
    loss: Tensor = (worth * functional.softplus(against - wanted)).sum() / worth.sum().clamp_min(1e-9)
    return loss


@contextmanager
def _threads(count: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(count)
    try:
        yield
    finally:
        torch.set_num_threads(before)
