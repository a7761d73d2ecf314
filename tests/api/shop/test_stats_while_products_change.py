"""Figures are counted beside the requests, which go on changing what is counted."""

import gc

from parure.pipeline.settings import load_settings
from parure.serving.told import told_stats
from parure.serving.worker import Worker
from parure.store import ItemChange, Store


def test_a_product_that_comes_while_products_are_counted_is_no_fault(copied):
    with Store.open(copied) as store:
        worker = Worker(copied, load_settings(copied, {}), store)

        class Looked(str):
            """An id; when it is looked up, a request brings another product."""

            def __hash__(self):
                name = f"N{len(worker.item_changes)}"
                worker.served.item_changes[name] = ItemChange(name, 0)
                return super().__hash__()

        worker.served.item_changes = {"N": ItemChange("N", 0)}
        known = told_stats(worker, 1).items
        worker.served.item_changes[Looked("M")] = ItemChange("M", 0)
        counted = len(worker.item_changes)
        assert told_stats(worker, 1).items == known - 1 + counted
        assert len(worker.item_changes) > counted
        worker.served.close()
    gc.unfreeze()
