"""A shop connected as a source: its orders become facts of its buyers, once, however often they are read."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.platforms.listening import listening

import regulars.ingest.handlers  # noqa: F401 - its jobs
from regulars.app import pipeline
from regulars.infra import jobs
from regulars.ingest import api_sources as sources
from regulars.platforms.contract import Incoming


@pytest.mark.parametrize("shop", ["taobao", "douyin_shop", "youzan", "jd"])
def test_a_connected_shop_is_read_once(db, make_ctx, outside, clock, shop):
    pipeline.wire()
    first = outside.act(shop, "order", buyer=1, goods=[1, 2], pay=True, post_fen=500)["id"]
    outside.act(shop, "order", buyer=1, goods=3, pay=True)
    clock.advance(timedelta(minutes=5))
    outside.act(shop, "refund", id=first)
    clock.advance(timedelta(minutes=5))
    with db.tx() as tx:
        given = {"name": "旗舰店", "account_id": outside.account(shop), "config": {"shop": "旗舰店"}, "history_days": 1}
        source = sources.connect(make_ctx(tx), shop, given)

    def read() -> int:
        return sum(sources.read(db, make_ctx, 1, source.id, stream) for stream in ("orders", "refunds"))

    assert read() == 5  # two created, two placed, one refund
    assert read() == 0
    with db.tx() as tx:
        found = sources.source(make_ctx(tx), source.id)
        assert [one.problem for one in found.streams] == [None] * len(found.streams)
        assert sum(one.unread for one in found.streams) == 0
        placed = tx.execute("select props, identifiers from event_log where type = 'order.placed'").fetchall()
    assert {one["props"]["order_id"] for one in placed} >= {first}
    people = {hmac for one in placed for ns, _, hmac in one["identifiers"] if ns != "order"}
    assert len(people) == 1


def test_a_friend_of_whom_wecom_tells_is_read_alone(db, make_ctx, outside, clock):
    pipeline.wire()
    with db.tx() as tx:
        given = {"name": "企业微信", "account_id": outside.account("wecom"), "history_days": 0}
        source = sources.connect(make_ctx(tx), "wecom", given)
        tx.execute("update source_stream set next_at = 'infinity'")  # only what the message names is to be read
        tx.execute("delete from job")

    def taken(message: Incoming) -> tuple[int, bytes]:
        status, body, _ = sources.receive(db, make_ctx, source.hook, message)
        return status, body

    with listening(clock, taken) as inbox:
        outside.control("callbacks", {"platform": "wecom", "url": inbox.url})
        outside.act("wecom", "add_friend", person=500)
    jobs.run_due(db, make_ctx, owner="test", queue=sources.QUEUE)
    with db.tx() as tx:
        rows = tx.execute("select type, count(*) as n from event_log group by type").fetchall()
    assert {row["type"]: row["n"] for row in rows if row["type"] != "friend.tagged"} == {
        "person.identified": 1,
        "friend.added": 1,
    }
