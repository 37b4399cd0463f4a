"""Every step that reaches two stores, or the world, is torn once between its effect and its mark, then done again.

Random kills seldom meet these few milliseconds; here each of them is met.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from tests.soak import audit
from tests.soak.shop import Shop
from tests.soak.world import STUCK_S, Before

from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.channels import sender
from regulars.infra import event_log
from regulars.ingest import api as ingest
from regulars.ingest import importer
from regulars.journeys import api as journeys

PAUSE_S = 0.1


class Tearing:
    """Makes functions fail at their first call with the same mark, as they do when the database has gone."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._patch = patch
        self.torn: set[tuple[Any, ...]] = set()

    def before(self, place: Any, name: str, mark: Callable[..., tuple[Any, ...]]) -> None:
        """Tear before a function: what came before it in its transaction is undone, what left the database is not."""
        whole = getattr(place, name)

        def torn(*arguments: Any, **named: Any) -> Any:
            this = (name, *mark(*arguments, **named))
            if this not in self.torn:
                self.torn.add(this)
                raise psycopg.OperationalError(f"torn before {this}")
            return whole(*arguments, **named)

        self._patch.setattr(place, name, torn)


def _again(work: Callable[[], object]) -> None:
    """Do a thing until it is not torn."""
    while True:
        try:
            work()
        except psycopg.OperationalError:
            continue
        return


def _take_messages(house: House, batches: list[bytes]) -> None:
    for number, batch in enumerate(batches):
        delivery = ingest.Delivery(json.loads(batch)["batch"])
        for _ in range(1 + number % 2):  # every second answer is lost, so the client sends again
            with house.ctx(audit.BRAND) as ctx:
                ingest.accept(ctx, delivery)


@pytest.mark.soak
def test_every_step_torn_once(before: Before, monkeypatch: pytest.MonkeyPatch) -> None:
    home = before.copy("torn")
    before.receiver.clear(lambda _: None)
    shop = Shop(1)
    shop.expected.lines += before.shop.lines
    file, mapping = shop.orders_file(home)
    tearing = Tearing(monkeypatch)
    tearing.before(event_log, "_advance", lambda _tx, name, place, unseal: (name, place))
    tearing.before(importer.store, "add_part", lambda _tx, part: (part["no"],))
    tearing.before(importer, "_finish", lambda *_, **__: ())
    tearing.before(sender, "_settled", lambda _ctx, one, *_: (one.request_id,))
    monkeypatch.setattr(sender, "LEASE", timedelta(seconds=1))
    with audit.opened(home) as house:
        batches = shop.batches()
        _take_messages(house, batches[:20])
        read = ingest.read_mapping(mapping)
        _again(lambda: ingest.run_import(house.db, house.make_ctx, file, read, brand_id=audit.BRAND))
        _take_messages(house, batches[20:])
        with house.ctx(audit.BRAND) as ctx:
            people = journeys.plan(ctx, before.campaign_id).people
            journeys.publish(ctx, before.campaign_id, confirm_people=people)
        _work(house, before.campaign_id)
        found = audit.faults(house, shop.expected, before.receiver, before.campaign_id)
    assert {mark[0] for mark in tearing.torn} == {"_advance", "add_part", "_finish", "_settled"}
    assert {mark[1] for mark in tearing.torn if mark[0] == "_advance"} == {c.name for c in event_log.consumers()}
    assert before.receiver.repeated
    assert not found, "\n".join(found)
    shutil.rmtree(home, ignore_errors=True)


def _work(house: House, campaign_id: int) -> None:
    worker, until = Worker(house), time.monotonic() + STUCK_S
    while True:
        _again(worker.drain)
        with house.ctx(audit.BRAND) as ctx:
            waiting = journeys.counts(ctx, journeys.get(ctx, campaign_id)).waiting
            open_ = ctx.tx.execute(audit.OPEN_JOBS).fetchall()
        if not waiting and not open_:
            return
        assert time.monotonic() < until, (waiting, open_)
        time.sleep(PAUSE_S)
