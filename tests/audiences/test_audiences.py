"""Audience packages: who is in a file, what a recipient ends up with, what is refused and kept."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from random import Random  # noqa: TID251 - seeded

import pytest
from tests.depth import depth
from tests.segments.rows import Order, remove_states, write_states
from tests.segments.test_membership import TODAY, bought

from regulars.audiences import api, handlers
from regulars.audiences.contract import Audience, AudienceNotFound, Delivery, DeliveryNotReady, Spec, Written
from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx, Scope
from regulars.core.errors import BadInput, Conflict, Forbidden
from regulars.core.event import Identifier
from regulars.core.rule import parse
from regulars.identity import api as identity
from regulars.identity.contract import Observation
from regulars.infra import jobs
from regulars.infra.db import Connection, Database
from regulars.infra.files import FileStore, set_files
from regulars.infra.lake import LakeClient
from regulars.infra.lease import MAX_ATTEMPTS
from regulars.profiles import api as profiles
from regulars.profiles.contract import ConsentFact
from regulars.segments import api as segments
from regulars.workspace import api as workspace

PARTNER = "oceanengine"
assert handlers  # names the job


@pytest.fixture
def files(tmp_path: Path) -> FileStore:
    store = FileStore(tmp_path / "files")
    set_files(store)
    return store


@dataclass
class Shop:
    """A brand whose customers each have a phone; committed step by step, as workers see it."""

    db: Database
    make_ctx: Callable[..., Ctx]
    clock: ManualClock
    phones: dict[int, str] = field(default_factory=dict[int, str])
    segment_id: int = 0

    def people(self, n: int) -> list[int]:
        """Make customers who are in the segment; nobody has agreed to anything."""
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            phones = [f"+86138{len(self.phones) + i:08d}"[:14] for i in range(100, 100 + n)]
            refs = identity.remember(ctx, [Identifier("phone", "", phone) for phone in phones])
            now = self.clock.system_now()
            found = identity.observe(ctx, [Observation((r,), now, "test", str(r.hmac), 1) for r in refs])
            new = {uid: phone for uid, phone in zip(found, phones, strict=True) if uid is not None}
            self.phones |= new
            write_states(ctx, [Order(uid, TODAY) for uid in new], TODAY)
        return list(new)

    def segment(self) -> int:
        with self.db.tx() as tx:
            self.segment_id = segments.create(self.make_ctx(tx), name="Buyers", rule=parse(bought(1))).id
        return self.segment_id

    def say(self, uids: list[int], state: str = "granted") -> None:
        self.clock.advance(timedelta(seconds=1))
        with self.db.tx() as tx:
            ctx, now = self.make_ctx(tx), self.clock.system_now()
            facts = [ConsentFact(u, PARTNER, "sharing", state, now, TODAY, source=f"{u}{now}") for u in uids]  # type: ignore[arg-type]
            profiles.record_consents(ctx, facts)

    def move(self, came: list[int], left: list[int]) -> None:
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx)
            if left:
                remove_states(ctx, left)
            if came:
                write_states(ctx, [Order(uid, TODAY) for uid in came], TODAY)
            segments.refresh(ctx, self.segment_id)

    def package(self, **changed: object) -> Audience:
        spec = Spec(self.segment_id, "Ads", PARTNER, (Written("phone", "national"),), "sha256", least_people=1)
        with self.db.tx() as tx:
            return api.create(self.make_ctx(tx), replace(spec, **changed))

    def prepared(self, audience: Audience, *, take_back: bool = False) -> Delivery:
        with self.db.tx() as tx:
            made = api.prepare(self.make_ctx(tx), audience.id, take_back=take_back)
        self.work()
        with self.db.tx() as tx:
            return api.delivery(self.make_ctx(tx), audience.id, made.id)

    def work(self) -> None:
        while jobs.run_due(self.db, self.make_ctx, owner="w", queue="long"):
            pass

    def downloaded(self, audience: Audience, delivery: Delivery, part: str) -> set[str]:
        with self.db.tx() as tx:
            body = api.download(self.make_ctx(tx), audience.id, delivery.id, part)  # type: ignore[arg-type]
        lines = b"".join(body).decode().splitlines()
        assert lines == sorted(set(lines))
        return set(lines)

    def confirm(self, audience: Audience, delivery: Delivery) -> None:
        with self.db.tx() as tx:
            api.confirm(self.make_ctx(tx), audience.id, delivery.id)

    def written(self, uids: set[int]) -> set[str]:
        return {hashlib.sha256(self.phones[uid].removeprefix("+86").encode()).hexdigest() for uid in uids}


@pytest.fixture
def shop(db: Database, make_ctx: Callable[..., Ctx], clock: ManualClock, files: FileStore) -> Shop:
    return Shop(db, make_ctx, clock)


@pytest.mark.parametrize("seed", range(1, 1 + depth(1, 6)))
def test_base_and_differences_are_the_whole_and_nobody_without_consent_is_ever_in(shop: Shop, seed: int) -> None:
    random = Random(seed)
    everybody = shop.people(30)
    shop.segment()
    agreed, inside, erased = set(everybody[:20]), set(everybody), set[int]()
    shop.say(sorted(agreed))
    audience, recipient = shop.package(), set[str]()
    for _ in range(7):
        for uid in random.sample(everybody, 6):
            change = random.choice(["grant", "withdraw", "join", "leave", "erase"])
            if uid in erased:
                continue
            if change in ("grant", "withdraw"):
                shop.say([uid], "granted" if change == "grant" else "withdrawn")
                (agreed.add if change == "grant" else agreed.discard)(uid)
            elif change == "erase" and random.random() < 0.5:
                with shop.db.tx() as tx:
                    identity.erase(shop.make_ctx(tx), uid, "asked for it")
                remove = [uid]
                shop.move([], remove)
                erased.add(uid)
            elif change in ("join", "leave"):
                shop.move([uid] if change == "join" else [], [uid] if change == "leave" else [])
                (inside.add if change == "join" else inside.discard)(uid)
        delivery = shop.prepared(audience)
        expected = shop.written((inside & agreed) - erased)
        assert delivery.state == "ready", delivery.message
        assert (delivery.lines, delivery.found.matched) == (len(expected), len(expected))
        fate = random.choice(["left alone", "lost on the way", "not confirmed", "confirmed", "confirmed"])
        if fate == "left alone":
            continue
        whole, added, removed = (shop.downloaded(audience, delivery, part) for part in ("whole", "added", "removed"))
        assert whole == expected
        assert not removed & expected
        if fate != "lost on the way":
            recipient = (recipient | added) - removed
            assert recipient == expected
        if fate == "confirmed":
            shop.confirm(audience, delivery)
    gone = shop.prepared(audience, take_back=True)
    assert (gone.lines, gone.added, gone.withdrawn) == (0, 0, True)
    assert recipient - shop.downloaded(audience, gone, "removed") == set()


def test_figures_tell_how_many_can_be_matched(shop: Shop) -> None:
    people = shop.people(10)
    with shop.db.tx() as tx:
        write_states(shop.make_ctx(tx), [Order(9_001, TODAY), Order(9_002, TODAY)], TODAY)  # no identifiers at all
    shop.segment()
    shop.say(people[:4])
    delivery = shop.prepared(shop.package())
    found = delivery.found
    assert (found.people, found.holders, found.consenting, found.matched) == (12, 10, 4, 4)
    assert found.by_kind == {"phone": 4}
    assert (delivery.lines, delivery.added, delivery.removed) == (4, 4, 0)


def test_too_few_are_refused_and_later_taken_back(shop: Shop) -> None:
    people = shop.people(6)
    shop.segment()
    shop.say(people[:3])
    audience = shop.package(least_people=4)
    refused = shop.prepared(audience)
    assert (refused.state, refused.found.matched) == ("failed", 3)
    assert refused.message.startswith("Only 3 customers may be handed over")
    shop.say(people[3:])
    first = shop.prepared(audience)
    assert first.lines == 6
    shop.downloaded(audience, first, "added")
    shop.confirm(audience, first)
    shop.say(people[:4], "withdrawn")
    last = shop.prepared(audience)
    assert (last.withdrawn, last.lines, last.removed) == (True, 0, 6)
    assert shop.downloaded(audience, last, "removed") == shop.written(set(people))


def test_a_deleted_segment_is_taken_back_whole(shop: Shop) -> None:
    people = shop.people(5)
    shop.say(people)
    shop.segment()
    audience = shop.package()
    first = shop.prepared(audience)
    shop.downloaded(audience, first, "whole")
    with shop.db.tx() as tx:
        segments.delete(shop.make_ctx(tx), shop.segment_id)
    last = shop.prepared(audience)
    assert (last.lines, last.removed) == (0, 5)


def test_a_package_can_be_deleted_once_nobody_holds_it(shop: Shop, files: FileStore) -> None:
    shop.say(shop.people(3))
    shop.segment()
    audience = shop.package()
    first = shop.prepared(audience)
    shop.downloaded(audience, first, "added")
    with shop.db.tx() as tx, pytest.raises(Conflict, match="may still hold"):
        api.delete(shop.make_ctx(tx), audience.id)
    last = shop.prepared(audience, take_back=True)
    shop.downloaded(audience, last, "removed")
    shop.confirm(audience, last)
    with shop.db.tx() as tx:
        api.delete(shop.make_ctx(tx), audience.id)
        with pytest.raises(AudienceNotFound):
            api.get(shop.make_ctx(tx), audience.id)
    assert list(files.root.iterdir()) == []


def test_files_go_after_the_days_agreed_and_removals_stay_whole(shop: Shop, files: FileStore) -> None:
    people = shop.people(4)
    shop.say(people)
    shop.segment()
    audience = shop.package(keep_days=2)
    first = shop.prepared(audience)
    shop.downloaded(audience, first, "added")
    shop.clock.advance(timedelta(days=2))
    with shop.db.tx() as tx:
        assert api.expire(shop.make_ctx(tx, 0)) == 1
    with shop.db.tx() as tx, pytest.raises(DeliveryNotReady):
        api.download(shop.make_ctx(tx), audience.id, first.id, "added")
    assert len(list(files.root.rglob("*.enc"))) == 1  # what the recipient may hold
    shop.say(people[:1], "withdrawn")
    assert shop.prepared(audience).removed == 1


def test_every_step_is_audited_with_figures_and_without_people(shop: Shop) -> None:
    shop.say(shop.people(3))
    shop.segment()
    audience = shop.package()
    delivery = shop.prepared(audience)
    shop.downloaded(audience, delivery, "added")
    shop.confirm(audience, delivery)
    with shop.db.tx() as tx:
        rows = tx.execute(
            "select action, actor_name, after from audit_entry where object_kind = 'audience' order by id"
        )
        told = [(r["action"], r["after"]) for r in rows]
    assert [action for action, _ in told] == [
        "audience.created", "audience.prepared", "audience.downloaded", "audience.confirmed",
    ]  # fmt: skip
    assert told[1][1]["people"] == told[2][1]["lines"] == 3
    assert "138" not in str([after for _, after in told])


def test_who_may_not_see_the_whole_brand_makes_no_package(shop: Shop) -> None:
    shop.segment() if shop.people(1) else None
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        narrow = replace(ctx, scope=Scope(frozenset({"*"}), stores=frozenset({"s1"})))
        reader = replace(ctx, scope=Scope(frozenset({"segments.read"})))
        for who in (narrow, reader):
            with pytest.raises(Forbidden):
                api.create(who, Spec(shop.segment_id, "x", PARTNER, (Written("email"),), "md5"))
        with pytest.raises(BadInput):
            api.create(ctx, Spec(shop.segment_id, "x", "Not a key", (Written("email"),), "md5"))
        with pytest.raises(BadInput):
            api.create(ctx, Spec(shop.segment_id, "x", PARTNER, (Written("email", "upper"),), "md5"))


def test_one_delivery_at_a_time_and_it_can_be_cancelled(shop: Shop) -> None:
    shop.say(shop.people(2))
    shop.segment()
    audience = shop.package()
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        waiting = api.prepare(ctx, audience.id)
        with pytest.raises(Conflict):
            api.prepare(ctx, audience.id)
        workspace.cancel(ctx, waiting.operation_id)
    shop.work()
    with shop.db.tx() as tx:
        assert api.delivery(shop.make_ctx(tx), audience.id, waiting.id).state == "cancelled"
    assert shop.prepared(audience).state == "ready"


def test_a_delivery_that_no_attempt_could_make_has_failed_and_another_can_be_made(
    shop: Shop, lake: LakeClient, clock: ManualClock
) -> None:
    shop.say(shop.people(3))
    shop.segment()
    audience = shop.package()
    with shop.db.tx() as tx:
        delivery = api.prepare(shop.make_ctx(tx), audience.id)

    def away(tx: Connection, brand_id: int) -> Ctx:
        return replace(shop.make_ctx(tx, brand_id), lake=LakeClient("http://127.0.0.1:1", "nobody"))

    for attempt in range(MAX_ATTEMPTS):
        assert jobs.run_due(shop.db, away, owner="w", queue="long") == 1
        clock.advance(timedelta(minutes=15))
        with shop.db.tx() as tx:
            state = api.delivery(shop.make_ctx(tx), audience.id, delivery.id).state
        assert state == ("failed" if attempt == MAX_ATTEMPTS - 1 else "running")
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        failed = api.delivery(ctx, audience.id, delivery.id)
        task = workspace.operation(ctx, delivery.operation_id)
        assert (task.state, task.message) == ("failed", failed.message)
        assert "lake" in failed.message
    assert shop.prepared(audience).state == "ready"
