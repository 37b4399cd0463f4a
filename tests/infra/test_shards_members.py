"""Memberships on two shards: versions, diffs, merges and un-merges, erasure, as they are tested on one server."""

# ruff: noqa: F401 - the tests and fixtures of other modules, with this module's lake

from __future__ import annotations

from tests.infra.shards import lake, two_shards_url
from tests.segments.test_membership import (
    shop,
    test_a_whole_refresh_tells_who_came_and_left,
    test_erasure_leaves_no_number_in_any_version,
    test_many_small_changes_are_folded,
    test_members_as_of_a_past_day,
    test_memberships_follow_a_merge_and_come_back_with_the_un_merge,
    test_touched_people_alone_are_tested_again,
)
