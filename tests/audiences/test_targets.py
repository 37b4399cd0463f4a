"""Packages uploaded to an ad account: what the platform ends up with, whatever fails on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from random import Random  # noqa: TID251 - seeded

import pytest
from tests.audiences.test_audiences import Shop, files  # noqa: F401 - files is a fixture
from tests.depth import depth
from tests.outside import Outside

from regulars.audiences import api, api_targets
from regulars.audiences.contract import FORMS, Audience, Target, Written
from regulars.core.clock import ManualClock
from regulars.core.ctx import Ctx, Scope
from regulars.core.errors import BadInput, Conflict, Forbidden
from regulars.identity import api as identity
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.files import FileStore
from regulars.infra.lease import MAX_ATTEMPTS
from regulars.platforms.signing.ads import hashed_phone

pytestmark = pytest.mark.usefixtures("files")
DAY = timedelta(days=1)


@dataclass
class Brand(Shop):
    """A brand with a package that is uploaded to the sandbox's ad platform."""

    outside: Outside | None = None
    audience: Audience | None = None

    @property
    def stand(self):
        return self.outside.house.stands["ads"]

    def aimed(self, renew_days: int = 0, **changed) -> Audience:
        written = {"identifiers": (Written("phone", "digits"),), "least_people": 100}
        self.audience = self.package(**(written | changed))
        with self.db.tx() as tx:
            account = self.outside.account("ads")
            api_targets.set_target(self.make_ctx(tx), self.audience.id, "ads", account, renew_days=renew_days)
        return self.audience

    def pushed(self, *, take_back: bool = False) -> Target:
        """Prepare and upload; return how it stands once the platform has processed it."""
        self.uploaded(take_back=take_back)
        return self.polled()

    def uploaded(self, *, take_back: bool = False) -> None:
        with self.db.tx() as tx:
            api.prepare(self.make_ctx(tx), self.audience.id, take_back=take_back)
        self.work()

    def polled(self, after_s: int = 11) -> Target:
        self.clock.advance(timedelta(seconds=after_s))
        api_targets.poll(self.db, self.make_ctx)
        return self.target()

    def target(self) -> Target:
        with self.db.tx() as tx:
            return api_targets.target(self.make_ctx(tx), self.audience.id)

    def there(self, no: int = 1) -> set[str]:
        return self.stand.audiences[f"a{no}"].ids

    def hashed(self, uids) -> set[str]:
        return {hashed_phone(self.phones[uid]) for uid in uids}

    def renew(self) -> int:
        with self.db.tx() as tx:
            begun = api_targets.renew(self.make_ctx(tx, 0))
        self.work()
        return begun


@pytest.fixture
def brand(
    db: Database,
    make_ctx: Callable[..., Ctx],
    clock: ManualClock,
    outside: Outside,
    files: FileStore,  # noqa: F811
) -> Brand:
    one = Brand(db, make_ctx, clock, outside=outside)
    people = one.people(130)
    one.segment()
    one.say(people)
    return one


def test_what_was_uploaded_is_told_with_its_match_rate(brand: Brand) -> None:
    audience = brand.aimed()
    found = brand.pushed()
    assert brand.there() == brand.hashed(brand.phones)
    assert (found.state, found.size, found.matched) == ("ready", 130, 91)
    with brand.db.tx() as tx:
        ctx = brand.make_ctx(tx)
        assert api.get(ctx, audience.id).held_lines == 130
        with pytest.raises(Conflict, match="its platform confirms"):
            api.confirm(ctx, audience.id, api.deliveries(ctx, audience.id)[0].id)
        with pytest.raises(Conflict, match="may still hold"):
            api_targets.remove_target(ctx, audience.id)


def test_who_withdrew_or_was_erased_is_taken_out_by_the_next(brand: Brand) -> None:
    brand.aimed()
    brand.pushed()
    withdrew, erased, left, *stay = sorted(brand.phones)
    brand.say([withdrew], "withdrawn")
    with brand.db.tx() as tx:
        identity.erase(brand.make_ctx(tx), erased, "asked for it")
    brand.move([], [left, erased])
    assert brand.pushed().state == "ready"
    assert brand.there() == brand.hashed(stay)
    modes = [(upload.mode, upload.total) for upload in brand.stand.uploads.values()]
    assert modes == [("add", 130), ("remove", 3)]


def test_taken_back_leaves_nobody_and_the_package_can_go(brand: Brand) -> None:
    audience = brand.aimed()
    brand.pushed()
    brand.say(sorted(brand.phones)[:40], "withdrawn")  # 90 left: too few to hand over
    assert brand.pushed().size == 0
    assert brand.there() == set()
    with brand.db.tx() as tx:
        api_targets.remove_target(brand.make_ctx(tx), audience.id)
        api.delete(brand.make_ctx(tx), audience.id)


@pytest.mark.parametrize("seed", range(1, 1 + depth(1, 6)))
def test_the_platform_holds_who_agrees_whatever_fails(brand: Brand, seed: int) -> None:
    random = Random(seed)
    brand.aimed()
    agreed = set(brand.phones)
    for _ in range(6):
        for uid in random.sample(sorted(brand.phones), 4):
            (agreed.discard if uid in agreed else agreed.add)(uid)
            brand.say([uid], "granted" if uid in agreed else "withdrawn")
        number = len(brand.stand.audiences)
        fate = random.choice(["well", "lost", "broken off", "not processed", "dropped"])
        before = set(brand.there(number)) if number else set()
        match fate:
            case "lost":
                brand.outside.fault("ads", random.choice(["lost_answer", "http_500_after"]), api="*", times=3)
            case "broken off":
                brand.outside.fault("ads", "http_500", api="POST *", times=4)
            case "dropped" if number:
                brand.outside.act("ads", "expire", audience=f"a{number}")
        brand.uploaded()
        brand.outside.control("faults", method="DELETE")
        brand.clock.advance(timedelta(minutes=20))
        brand.work()  # what was broken off
        if fate == "not processed" and number:
            brand.stand.audiences[f"a{number}"].ids = before
            brand.outside.act("ads", "fail", audience=f"a{number}")
        brand.polled()
    brand.clock.advance(DAY)
    found = brand.pushed()
    assert found.state == "ready", found
    assert brand.there(len(brand.stand.audiences)) == brand.hashed(agreed)


def test_what_the_platform_could_not_process_is_uploaded_again_by_itself(brand: Brand) -> None:
    brand.aimed()
    with brand.db.tx() as tx:
        api.prepare(brand.make_ctx(tx), brand.audience.id)
    brand.work()
    brand.there().clear()
    brand.outside.act("ads", "fail", audience="a1")
    assert brand.polled().state == "failed"
    assert brand.renew() == 0  # not at once
    brand.clock.advance(timedelta(minutes=30))
    assert brand.renew() == 1
    found = brand.polled()
    assert (found.state, found.tries, brand.there()) == ("ready", 0, brand.hashed(brand.phones))


def test_a_platform_that_stays_away_fails_the_upload_and_it_is_tried_again(brand: Brand) -> None:
    brand.aimed()
    brand.outside.fault("ads", "http_500", api="*", times=1000)
    with brand.db.tx() as tx:
        api.prepare(brand.make_ctx(tx), brand.audience.id)
    for _ in range(MAX_ATTEMPTS + 1):
        jobs.run_due(brand.db, brand.make_ctx, owner="w", queue="long")
        brand.clock.advance(timedelta(minutes=20))
    assert (brand.target().state, brand.target().tries) == ("failed", 1)
    brand.outside.control("faults", method="DELETE")
    brand.clock.advance(timedelta(minutes=30))
    assert brand.renew() == 1
    assert brand.polled().state == "ready"


def test_a_package_is_renewed_at_its_rhythm_and_after_it_was_dropped(brand: Brand) -> None:
    brand.aimed(renew_days=7)
    brand.pushed()
    brand.clock.advance(6 * DAY)
    assert brand.renew() == 0
    gone = sorted(brand.phones)[0]
    brand.say([gone], "withdrawn")
    brand.clock.advance(DAY)
    assert brand.renew() == 1
    assert brand.polled().state == "ready"
    assert brand.there() == brand.hashed(set(brand.phones) - {gone})
    brand.outside.act("ads", "expire", audience="a1")
    assert brand.polled(after_s=90_000).state == "expired"
    assert brand.renew() == 1
    assert (brand.polled().state, brand.there(2)) == ("ready", brand.hashed(set(brand.phones) - {gone}))


def test_an_upload_goes_to_the_account_it_began_in(brand: Brand) -> None:
    brand.aimed()
    brand.pushed()
    with brand.db.tx() as tx:
        tx.execute("update audience_target set remote_account_id = 999")  # made outside practice mode
    brand.say(sorted(brand.phones)[:1], "withdrawn")
    assert brand.pushed().state == "failed"
    assert len(brand.there()) == 130


def test_only_what_the_platform_takes(brand: Brand) -> None:
    for changed in ({"hash": "plain"}, {"identifiers": (Written("phone", "national"),)}, {"least_people": 99}):
        with pytest.raises(BadInput):
            brand.aimed(**changed)
    brand.aimed()
    account = brand.outside.account("wecom")
    with brand.db.tx() as tx, pytest.raises(BadInput, match="another platform"):
        api_targets.set_target(brand.make_ctx(tx), brand.audience.id, "ads", account, renew_days=0)
    with brand.db.tx() as tx:
        reader = replace(brand.make_ctx(tx), scope=Scope(frozenset({"segments.read"})))
        with pytest.raises(Forbidden):
            api_targets.set_target(reader, brand.audience.id, "ads", account, renew_days=0)


@pytest.mark.parametrize("kind", [one.key for one in api_targets.destination_kinds()])
def test_every_destination_takes_what_a_package_can_be_written_as(kind: str) -> None:
    one = api_targets.destination_kinds().get(kind)
    assert one.writings
    assert len({writing.id_type for writing in one.writings}) == len(one.writings)
    assert all(writing.form in FORMS[writing.kind] for writing in one.writings)
    assert one.least > 0
