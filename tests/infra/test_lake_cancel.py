"""Bounds and cancelling of what one question asks of the lake."""

from __future__ import annotations

import threading

import pytest

from regulars.infra.lake import LakeClient, QuestionCancelled, QuestionTooLarge, QuestionTooSlow

SLOW = "SELECT sum(sleepEachRow(0.05)) AS n FROM numbers(400) SETTINGS max_block_size = 1"
LARGE = "SELECT length(groupArray(number)) AS n FROM numbers(3000000)"


def test_a_question_has_no_more_memory_than_it_was_given(lake: LakeClient) -> None:
    with pytest.raises(QuestionTooLarge) as refused:
        lake.bounded("too-large", memory_mib=1, seconds=60).rows(LARGE)
    assert "REGULARS_COUNT_MEMORY_MIB" in refused.value.hint
    assert refused.value.status == 422
    assert not refused.value.is_of_the_data
    assert lake.rows(LARGE)[0]["n"] == 3_000_000  # the bounds are the question's, not the connection's


def test_a_question_ends_when_its_time_is_over(lake: LakeClient) -> None:
    with pytest.raises(QuestionTooSlow) as refused:
        lake.bounded("too-slow", memory_mib=512, seconds=0.2).rows(SLOW)
    assert "REGULARS_COUNT_LIMIT_S" in refused.value.hint


def test_a_question_is_cancelled_from_elsewhere(lake: LakeClient) -> None:
    raised: list[BaseException] = []

    def ask() -> None:
        try:
            lake.bounded("nobody-waits", memory_mib=512, seconds=600).rows(SLOW)
        except QuestionCancelled as error:
            raised.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    while not LakeClient(lake.url, lake.database).cancel("nobody-waits"):
        assert asking.is_alive()
    asking.join()
    assert len(raised) == 1
    assert lake.cancel("nobody-waits") is False
    assert lake.rows("SELECT 1 AS n") == [{"n": 1}]


def test_statements_of_one_question_follow_each_other(lake: LakeClient) -> None:
    one = lake.bounded("one-question", memory_mib=512, seconds=60)
    one.command("CREATE TABLE found (n UInt8) ENGINE = Memory")
    one.command("INSERT INTO found SELECT 7")
    assert one.rows("SELECT n FROM found WHERE n = {n:UInt8}", {"n": 7}) == [{"n": 7}]
    assert one.arrow("SELECT n FROM found").to_pylist() == [{"n": 7}]
    assert [batch.num_rows for batch in lake.stream("SELECT n FROM found")] == [1]
