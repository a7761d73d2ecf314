"""Every operational store that comes with parure keeps the contract."""

from parure.store import Store, StoreConfig
from parure.testing import StoreContract


class TestSqlite(StoreContract):
    pass


class TestSqliteThatCommitsOneByOne(StoreContract):
    def open(self, shop_dir):
        config = StoreConfig(commit_events=1, queue_events=100, checkpoint_mb=1)
        return Store.open(shop_dir, config, now_us=lambda: 1_800_000_000_000_000)


class TestSqliteThatSortsTwoEventsAtATime(StoreContract):
    def open(self, shop_dir):
        return Store.open(shop_dir, StoreConfig(sort_events=2), now_us=lambda: 1_800_000_000_000_000)
