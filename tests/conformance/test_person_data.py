"""Every room that holds people: a merge and its undoing leave no trace, an erasure leaves nothing, twice is once."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from regulars.app.boot import load_rooms
from regulars.core.ctx import Ctx
from regulars.core.event import Event, Identifier
from regulars.core.ids import new_id
from regulars.core.people import person_data
from regulars.identity import api as identity
from regulars.infra import event_log

load_rooms()
ROOMS = sorted(port.room for port in person_data.all())
NOON = datetime(2011, 12, 1, 12, tzinfo=UTC)
ANN, BEN = "17850", "13047"


def order(number: int, *, amount: int) -> tuple[str, dict[str, Any]]:
    line = {"item_id": f"item-{number}", "quantity": 1, "amount_fen": amount}
    return "order.placed", {
        "order_id": f"o{number}", "shop": "uk", "currency": "GBP", "total_fen": amount, "lines": [line],
    }  # fmt: skip


def consent(state: str) -> tuple[str, dict[str, Any]]:
    return "consent.changed", {"channel": "sms", "purpose": "marketing", "state": state, "basis": "form"}


def attributes(city: str) -> tuple[str, dict[str, Any]]:
    return "person.identified", {"gender": "f", "province": "England", "city": city}


def happen(ctx: Ctx, minute: int, what: tuple[str, dict[str, Any]], *who: Identifier) -> None:
    at = NOON + timedelta(minutes=minute)
    refs = identity.remember(ctx, who)
    event = Event(
        id=new_id(), brand_id=1, type=what[0], source="test", source_id=f"m{minute}", occurred_at=at,
        recorded_at=at, business_on=at.date(), identifiers=tuple(refs), props=what[1],
    )  # fmt: skip
    event_log.append(ctx, [event])


def customer(number: str) -> Identifier:
    return Identifier("customer_id", "uk", number)


def settle(ctx: Ctx, db, make_ctx) -> None:
    """Commit and let every consumer take everything."""
    ctx.tx.commit()
    while any(event_log.step(db, make_ctx, consumer) for consumer in event_log.consumers()):
        pass
    assert [(p.consumer, p.reason) for p in event_log.parked(ctx)] == []


def copies(ctx: Ctx, uids: list[int]) -> dict[str, str]:
    """Return each room's export of each person, as JSON."""
    suids = identity.suids_of(ctx, uids)
    return {
        f"{port.room}/{uid}": json.dumps(port.export(ctx, suids[uid]), sort_keys=True, indent=1)
        for port in person_data.all()
        for uid in uids
    }


@pytest.fixture
def house(ctx, db, make_ctx):
    """Two customers with a life in several rooms; returns what commits and delivers."""
    for minute, (number, what) in enumerate(
        [
            (ANN, order(1, amount=1000)), (ANN, consent("granted")), (ANN, attributes("Leeds")),
            (BEN, order(2, amount=500)), (BEN, consent("granted")), (BEN, attributes("York")),
            (BEN, ("member.joined", {"member_no": "M7", "shop": "uk"})), (BEN, consent("withdrawn")),
        ]
    ):  # fmt: skip
        happen(ctx, minute, what, customer(number))
    settle(ctx, db, make_ctx)
    return lambda: settle(ctx, db, make_ctx)


def both(ctx: Ctx) -> tuple[int, int]:
    found = [identity.find(ctx, "customer_id", "uk", number) for number in (ANN, BEN)]
    ann, ben = (uid for uid in found if uid is not None)
    return ann, ben


def states(ctx: Ctx) -> list[dict[str, Any]]:
    return ctx.lake.rows("SELECT * FROM user_state ORDER BY brand_id, uid")


def test_merge_and_unmerge_bring_everything_back(ctx, house) -> None:
    ann, ben = both(ctx)
    before, before_states = copies(ctx, [ann, ben]), states(ctx)
    assert len(before_states) > 0
    entry = identity.merge(ctx, ann, ben, "same address").ledger_ids[0]
    house()
    together = copies(ctx, [ann])
    assert states(ctx) != before_states
    assert identity.suids_of(ctx, [ann])[ann] == [ann, ben]
    assert ANN in together[f"identity/{ann}"]
    assert BEN in together[f"identity/{ann}"]
    identity.unmerge(ctx, ledger_id=entry, reason="two sisters")
    house()
    after = copies(ctx, [ann, ben])
    assert {k: after[k] for k in after if after[k] != before[k]} == {}
    assert states(ctx) == before_states


def test_what_came_after_the_merge_stays_with_whom_it_happened_to(ctx, house) -> None:
    ann, ben = both(ctx)
    entry = identity.merge(ctx, ann, ben, "same address").ledger_ids[0]
    house()
    happen(ctx, 60, order(3, amount=700), customer(BEN))
    house()
    identity.unmerge(ctx, ledger_id=entry, reason="two sisters")
    house()
    purchases = {s["uid"]: (s["purchase_number"], s["net_fen"]) for s in states(ctx) if s["brand_id"] == 1}
    assert purchases == {ann: (1, 1000), ben: (2, 1200)}


def test_an_erasure_leaves_nothing_and_twice_is_once(ctx, house) -> None:
    ann, ben = both(ctx)
    kept = copies(ctx, [ann])
    suids = identity.suids_of(ctx, [ben])[ben]
    empty = {port.room: port.export(ctx, [4_000_000_000]) for port in person_data.all()}
    gone = identity.erase(ctx, ben, "asked for it")
    assert set(gone) == set(ROOMS)
    assert gone["identity"] > 0
    house()
    for port in person_data.all():
        assert port.export(ctx, suids) == empty[port.room], port.room
        assert port.erase(ctx, suids) == 0, f"{port.room} erases twice"
    assert copies(ctx, [ann]) == kept
    assert identity.find(ctx, "customer_id", "uk", BEN) is None
    assert [s["uid"] for s in states(ctx) if s["uid"] in suids] == []


def test_ports_take_people_they_do_not_know(ctx) -> None:
    nobody = [4_000_000_000]
    for port in person_data.all():
        port.realigned(replace(ctx, brand_id=0), nobody)
        assert port.erase(ctx, nobody) == 0, port.room
        assert json.dumps(port.export(ctx, nobody)), port.room
        assert port.erase(ctx, []) == 0, port.room


def test_every_port_has_a_room_of_its_own() -> None:
    assert "identity" in ROOMS
    assert len(ROOMS) == len(set(ROOMS))
