"""States on two shards: orders, refunds, merges and un-merges, erasure, as they are tested on one server."""

# ruff: noqa: F401 - the tests and fixtures of other modules, with this module's lake

from __future__ import annotations

from tests.infra.shards import lake, two_shards_url
from tests.profiles.conftest import shop
from tests.profiles.test_states import (
    test_a_changed_order_replaces_what_was_known,
    test_erasure_leaves_nothing_and_nothing_comes_back,
    test_merge_and_unmerge,
    test_orders_refunds_and_windows,
)
