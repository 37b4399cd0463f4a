"""A customer known to a guide on WeCom and to an official account on WeChat is one person, by the unionid."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from regulars.app.boot import load_rooms
from regulars.core.event import Event, Identifier
from regulars.core.ids import new_id
from regulars.identity import api
from regulars.infra import event_log

load_rooms()
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_friend_and_a_follower_meet_and_two_companies_ids_do_not(ctx, db, make_ctx):
    seen = (
        (Identifier("external_userid", "ww1", "wm-a"), Identifier("unionid", "", "u1")),
        (Identifier("openid", "wx1", "o-a"), Identifier("unionid", "", "u1")),
        (Identifier("external_userid", "ww2", "wm-a"),),
    )
    for minute, named in enumerate(seen):
        at = NOON + timedelta(minutes=minute)
        event = Event(
            id=new_id(), brand_id=1, type="person.identified", source="test", source_id=str(minute), occurred_at=at,
            recorded_at=at, business_on=at.date(), identifiers=tuple(api.remember(ctx, named)), props={},
        )  # fmt: skip
        event_log.append(ctx, [event])
    ctx.tx.commit()
    while any(event_log.step(db, make_ctx, consumer) for consumer in event_log.consumers()):
        pass
    friend, follower = api.find(ctx, "external_userid", "ww1", "wm-a"), api.find(ctx, "openid", "wx1", "o-a")
    assert friend is not None
    assert friend == follower
    assert friend != api.find(ctx, "external_userid", "ww2", "wm-a")
