"""Search in a shop: products from its tables, the engine kept beside them, questions in the shop's own ids."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from parure.core.errors import BundleError, InputError, MissingInputError
from parure.core.filters import ItemFilter
from parure.core.progress import Progress, Silent
from parure.encode.encoder import TextEncoder, Vectors
from parure.encode.text import is_available, text_encoder
from parure.encode.text_cache import encode_documents
from parure.encode.thumbnails import FILE_NAME as THUMBNAILS
from parure.encode.thumbnails import QUERY_SIDE, Thumbnails, thumbnail
from parure.ingest import Tables
from parure.ingest.cells import quoted
from parure.ingest.embeddings import load_vectors, read_stored, vector_models
from parure.pipeline.alike import style_of
from parure.pipeline.answer import Answers
from parure.pipeline.encode_shop import encoder_of
from parure.pipeline.settings import ShopSettings
from parure.search import (
    Change,
    Mode,
    SearchConfig,
    SearchEngine,
    SearchQuery,
    SearchResult,
    Sort,
    SynonymFile,
    model_texts,
    read_synonyms,
)

HOME = "search"
"""Where in the shop's directory the engine is kept."""
FEED_SIZE = 1000
"""Items of a customer's feed that a search within it looks through."""

_HIDDEN = ("product_id", "stock_status", "price_cents")


@dataclass(frozen=True)
class Asked:
    """One question to a shop's search.

    Attributes:
        text: What was typed; may be empty.
        picture: Content of a picture file to find the like of.
        user_id: Whose style re-orders what is found; nobody's where None.
        feed_only: Look only among what would be recommended to the customer.
        filters: What an item must be like.
        mode: How words are searched.
        sort: What the order goes by.
        k: How many items at most.
        offset: How many of the best are passed over.
        facets: Which facets are counted.
        personal: How much the customer's style counts, 0 to 1.
    """

    text: str = ""
    picture: bytes | None = None
    user_id: str | None = None
    feed_only: bool = False
    filters: ItemFilter = field(default_factory=ItemFilter)
    mode: Mode = "auto"
    sort: Sort = "relevance"
    k: int = 10
    offset: int = 0
    facets: Sequence[str] = ()
    personal: float = 0.3

    def with_facets(self, facets: Sequence[str]) -> Asked:
        """The same question, with these facets counted."""
        return replace(self, facets=tuple(facets))


class ShopSearch:
    """Search in one shop.

    Args:
        shop: The project directory.
        engine: Its engine.
        settings: The shop's settings.
        notes: What was found out while it was opened.
    """

    def __init__(self, shop: Path, engine: SearchEngine, settings: ShopSettings, notes: Sequence[str] = ()) -> None:
        self.shop = shop
        self.engine = engine
        self.notes = tuple(notes)
        self._settings = settings
        self._answers: Answers | None = None

    @classmethod
    def open(cls, shop: Path, settings: ShopSettings, *, progress: Progress | None = None) -> ShopSearch:
        """The shop's engine as its tables are now: read where it was kept, brought up to date where products changed.

        Raises:
            MissingInputError: The shop has no products.
            SettingsError: The synonyms file or the sentence model of the settings is not there.
            MissingExtraError: The sentence model named in the settings is not installed.

        Cost:
            Nothing but reading where nothing changed; else about 2 ms a changed product.
        """
        progress = progress or Silent()
        tables = Tables(shop)
        synonyms = read_synonyms(shop / settings.search.synonyms) if settings.search.synonyms else SynonymFile()
        count = tables.counts()["products"]
        if not count:
            raise MissingInputError(f"{shop} has no products to search.", hint="Run: parure ingest PRODUCTS.csv")
        encoder, notes = _encoder(shop, settings, count)
        make = _key(settings, synonyms, encoder)
        place = shop / HOME / f"{make}-{tables.fingerprint[:16]}"
        engine = _kept(place, encoder)
        if engine is None:
            fresh = SearchEngine(_config(settings), encoder=encoder, synonyms=synonyms)
            engine = _brought_up(shop, make, catalogue_of(tables), fresh, progress)
            _keep(engine, place)
        pictures = _pictures(shop, engine, settings)
        if pictures is not None:
            engine = engine.with_pictures(pictures, _thumbnails(shop, engine))
        return cls(shop, engine, settings, notes)

    def share(self, answers: Answers) -> None:
        """Ask these answers of customers, instead of opening the shop's bundle once more."""
        self._answers = answers

    def search(self, asked: Asked) -> SearchResult:
        """Answer a question.

        Raises:
            SettingsError: A filter cannot be read, or a picture is asked for and the shop has no vectors of pictures.
            PictureError: The picture cannot be read.
            BundleError: A customer is named and the shop has no bundle.
        """
        notes = list(self.notes)
        if asked.picture is not None and not (self.shop / "vectors" / THUMBNAILS).is_file():
            notes.append("By vectors alone, without a second look at the pictures; for that, run: parure encode")
        profile, within = None, None
        if asked.user_id is not None:
            profile = self._profile(asked.user_id)
            if profile is None:
                notes.append(f"{asked.user_id} has too few events for a style, or did not agree to its use.")
            if asked.feed_only:
                feed = self._opened_answers().recommend(asked.user_id, FEED_SIZE)
                within = [item.item_id for item in feed.items]
        query = SearchQuery(
            text=asked.text,
            picture=None if asked.picture is None else self._picture(asked.picture),
            look=None if asked.picture is None else thumbnail(asked.picture, QUERY_SIDE),
            k=asked.k,
            offset=asked.offset,
            filters=asked.filters,
            facets=asked.facets,
            mode=asked.mode,
            sort=asked.sort,
            profile=profile,
            personal=asked.personal,
            within=within,
        )
        found = self.engine.search(query)
        if not found.items and (why := asked.filters.why_empty(self.engine.table)):
            notes.append(why)
        return SearchResult(found.items, found.total, found.facets, (*notes, *found.notes), found.took_ms)

    def described(self, result: SearchResult) -> list[dict[str, Any]]:
        """The items of an answer with title, category and price, JSON-ready."""
        rows = self.engine.items.rows_of(result.item_ids)
        shown = [name for name in ("title", "category", "price_cents") if name in self.engine.table.column_names]
        about = self.engine.table.select(shown).take(pa.array(rows)).to_pylist()
        return [{**item.to_dict(), **row} for item, row in zip(result.items, about, strict=True)]

    def _picture(self, content: bytes) -> Vectors:
        if not self.engine.finds_by_picture:
            raise MissingInputError(
                f"{self.shop} has no vectors of its products' pictures.", hint=f"Run: parure encode --shop {self.shop}"
            )
        encoder = encoder_of(self.shop, read_stored(self.shop, self._settings.train.vectors).model)
        vector: Vectors = encoder.encode([content])[0]
        return vector

    def _profile(self, user_id: str) -> Vectors | None:
        """The customer's styles; None where too little is known, or may be used."""
        answers = self._opened_answers()
        dataset = answers.bundle.dataset
        if dataset.item_vectors is None or not self.engine.finds_by_picture:
            return None
        query = answers.seen_as(answers.query(user_id))
        if query.user_id is None:
            return None
        styles = style_of(answers.bundle).styles([query])
        vectors: Vectors = styles.vectors[styles.of(0)]
        known = vectors[~(vectors != vectors).any(axis=1)]
        return known if len(known) else None

    def _opened_answers(self) -> Answers:
        if self._answers is None:
            self._answers = Answers.open(self.shop)
        return self._answers


def catalogue_of(tables: Tables) -> pa.Table:
    """The shop's products as they are searched: ``item_id``, ``price_cents`` (0 where unknown), ``in_stock``, the rest.

    Rows are in id order.
    """
    names = [name for name in tables.columns("products") if name not in _HIDDEN]
    chosen = ", ".join(map(quoted, names))
    with duckdb.connect() as con:
        tables.connection_views(con)
        found = con.sql(
            f"SELECT product_id AS item_id, COALESCE(price_cents, 0) AS price_cents,"  # noqa: S608 - names are quoted
            f" COALESCE(stock_status <> 'out_of_stock', TRUE) AS in_stock, {chosen} FROM products ORDER BY product_id"
        )
        return found.to_arrow_table()


def _config(settings: ShopSettings) -> SearchConfig:
    return SearchConfig.model_validate({name: getattr(settings.search, name) for name in SearchConfig.model_fields})


def _encoder(shop: Path, settings: ShopSettings, products: int) -> tuple[TextEncoder | None, list[str]]:
    """The sentence model that the settings ask for, and what to say about it."""
    model = settings.search.model
    if model == "none":
        return None, []
    if model == "auto" and products > settings.search.meaning_up_to:
        note = f"By words only: {products:,} products are more than meaning_up_to in parure.toml [search]."
        return None, [note]
    if model == "auto" and not is_available():
        return None, ['By words only: for search by meaning, pip install "parure[text]".']
    named = shop / model if (shop / model).is_dir() else model
    encoder, note = text_encoder(str(named))
    return encoder, [note] if note else []


def _key(settings: ShopSettings, synonyms: SynonymFile, encoder: TextEncoder | None) -> str:
    """A hash of all that makes the engine, beside the products themselves."""
    parts = (_config(settings).model_dump_json(), synonyms.model_dump_json(), encoder.name if encoder else "")
    return sha256("\n".join(parts).encode()).hexdigest()[:16]


def _kept(place: Path, encoder: TextEncoder | None) -> SearchEngine | None:
    if not place.is_dir():
        return None
    try:
        return SearchEngine.load(place, encoder=encoder)
    except BundleError:
        # A copy that is broken is no loss: it is made again from the tables.
        shutil.rmtree(place, ignore_errors=True)
        return None


def _brought_up(shop: Path, make: str, table: pa.Table, fresh: SearchEngine, progress: Progress) -> SearchEngine:
    """An engine of the products as they are now; from one kept of earlier products where it was made alike."""
    kept = (_kept(place, fresh.encoder) for place in sorted((shop / HOME).glob(f"{make}-*")))
    earlier = next((each for each in kept if each is not None), None)
    if earlier is not None and earlier.table.schema.equals(table.schema):
        with progress.step("bring search up to date"):
            upsert, gone = difference(earlier.table, table)
            return earlier.updated(Change(upsert, gone, _text_vectors(shop, fresh.encoder, upsert, Silent())))
    vectors = _text_vectors(shop, fresh.encoder, table, progress)
    with progress.step("index words"):
        return fresh.fit(table, text_vectors=vectors)


def difference(old: pa.Table, new: pa.Table) -> tuple[pa.Table, list[str]]:
    """The rows of a catalogue that are new or changed, and the ids that are gone; both tables have the same columns."""
    with duckdb.connect() as con:
        con.register("old", old)
        con.register("new", new)
        changed = con.sql("SELECT * FROM new EXCEPT SELECT * FROM old ORDER BY item_id").to_arrow_table()
        gone = con.execute("SELECT item_id FROM old EXCEPT SELECT item_id FROM new").fetchall()
    return changed.cast(new.schema), [item_id for (item_id,) in gone]


def _text_vectors(shop: Path, encoder: TextEncoder | None, table: pa.Table, progress: Progress) -> Vectors | None:
    if encoder is None:
        return None
    with progress.step("encode texts", total=len(table)) as step:
        return encode_documents(encoder, model_texts(table), shop / "cache" / "text", report=step.advance)


def _keep(engine: SearchEngine, place: Path) -> None:
    """Put an engine beside the shop's tables, whole or not at all, in place of the one kept before."""
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=".writing-", dir=place.parent))
        try:
            engine.save(work, pictures=False)
            shutil.rmtree(place, ignore_errors=True)
            work.rename(place)
        finally:
            shutil.rmtree(work, ignore_errors=True)
    except OSError as error:
        raise InputError(f"Cannot write {place}: {error.strerror}.", hint="Check the disk and its rights.") from error
    for other in place.parent.glob("[0-9a-f]*-*"):
        if other != place:
            shutil.rmtree(other, ignore_errors=True)


def _pictures(shop: Path, engine: SearchEngine, settings: ShopSettings) -> Vectors | None:
    """Vectors of the products' pictures, None where the shop has none."""
    return load_vectors(shop, engine.items, settings.train.vectors) if vector_models(shop) else None


def _thumbnails(shop: Path, engine: SearchEngine) -> Thumbnails | None:
    """Thumbnails of the products' pictures, None where their vectors came without any."""
    place = shop / "vectors" / THUMBNAILS
    return Thumbnails.read(place, engine.items) if place.is_file() else None
