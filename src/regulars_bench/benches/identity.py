"""Identity at size: the first load, the log's consumer, and one identifier that everybody shares."""

from __future__ import annotations

import shutil
import time
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from regulars.app.boot import House
from regulars.core.ctx import Ctx
from regulars.core.event import Event, Identifier
from regulars.core.ids import new_id
from regulars.identity import api as identity
from regulars.infra import event_log
from regulars_bench.contract import Bench, Figure, Result, Setup
from regulars_bench.home import opened
from regulars_bench.memory import PeakMemory

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

PEOPLE = {"ci": 2_000, "1m": 1_000_000, "10m": 10_000_000, "max": 10_000_000}
_START = datetime(2025, 1, 1, tzinfo=UTC)
_BATCH, _BATCHES = 5_000, 10
_SUPERNODE = {"ci": 500, "1m": 50_000, "10m": 50_000, "max": 50_000}
_SEED = 20260101

Ints = npt.NDArray[np.int64]


class IdentityBench(Bench):
    """Load people into an empty house, then let the log name more, then share one e-mail address widely."""

    key: ClassVar[str] = "identity"
    title: ClassVar[str] = "OneID: first load, online rate, shared identifiers, memory"

    def run(self, setup: Setup) -> Result:
        """Measure in a house made anew each time: a first load needs an empty one."""
        folder = setup.home / "identity"
        shutil.rmtree(folder, ignore_errors=True)
        people = PEOPLE[setup.scale]
        figures: dict[str, Figure] = {}
        with opened(folder) as house:
            setup.say(f"making {people:,} people")
            table = made_up(people)
            setup.say(f"loading {table.num_rows:,} rows")
            with PeakMemory(folder) as memory:
                seconds, loaded = _bulk(house, table)
            at_full_size = setup.scale in ("10m", "max")
            figures["bulk_seconds"] = Figure(round(seconds, 1), "s", "<= 120" if at_full_size else "")
            figures["bulk_identifiers_per_s"] = Figure(round(loaded["identifiers"] / seconds), "1/s")
            figures["bulk_peak_memory"] = Figure(memory.mib, "MiB", "<= 8192" if at_full_size else "")
            del table
            setup.say("naming events online")
            figures["online_events_per_s"] = Figure(round(_online(house, people)), "1/s", _online_bar(setup.scale))
            setup.say("sharing one address")
            for name, spent in _supernodes(house, _SUPERNODE[setup.scale]).items():
                figures[name] = Figure(round(spent, 2), "s")
        return Result(loaded, figures=figures)


def _online_bar(scale: str) -> str:
    return "" if scale == "ci" else ">= 5000"


def made_up(people: int) -> pa.Table:
    """Return observations of people with 2.5 identifiers each, the same from run to run.

    Everybody buys at one of eight shops; 5 % also at a second one with the same e-mail or phone; 2 % share the
    phone of their household; 10 % were a device before they were a customer; 0.5 % left garbage for a phone.
    """
    rng = np.random.default_rng(_SEED)
    person = np.arange(people)
    draw = rng.random((4, people), np.float32)
    second = np.flatnonzero(rng.random(people, np.float32) < 0.05)
    early = np.flatnonzero((draw[2] < 0.30) & (rng.random(people, np.float32) < 0.33))
    who = np.concatenate([early, person, second])
    kind = np.repeat([0, 1, 2], [len(early), people, len(second)])
    household = np.where((who % 50 == 1), who - 1, who)
    garbage = draw[3][who] < 0.005
    phone = np.where(garbage, 13_800_138_000, 13_000_000_000 + household * 7919 % 5_999_999_999)
    by_phone = who % 2 == 0
    return pa.table(
        {
            "customer_id": _words("c", who + np.where(kind == 2, people, 0), kind > 0),
            "customer_id.scope": pa.DictionaryArray.from_arrays(
                pa.array((who + kind) % 8, pa.int8()), [f"1:shop{i}" for i in range(8)]
            ).cast(pa.string()),
            "phone": _words("", phone, ((kind == 1) & (draw[0][who] < 0.70)) | ((kind == 2) & by_phone)),
            "email": _words("u", who * 104_729 % 9_999_999_967, _mails(kind, draw[1][who], by_phone), "@mail.cn"),
            "device": _words("d", who * 7907, (kind < 2) & (draw[2][who] < 0.30)),
            "occurred_at": pa.array(
                np.datetime64("2025-01-01T00:00:00", "us") + np.arange(len(who)).astype("m8[s]"),
                pa.timestamp("us", "UTC"),
            ),
            "source_id": _words("o", np.arange(len(who)), np.ones(len(who), np.bool_)),
        }
    )


def _mails(kind: Ints, draw: npt.NDArray[np.float32], by_phone: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    return ((kind == 1) & (draw < 0.45)) | ((kind == 2) & ~by_phone)


def _seconds_from(day: str, n: int) -> pa.Array:
    return pa.array(np.datetime64(day, "us") + np.arange(n).astype("m8[s]"), pa.timestamp("us", "UTC"))


def _words(before: str, numbers: Ints, there: npt.NDArray[np.bool_], after: str = "") -> pa.Array:
    words = pc.cast(pa.array(numbers, mask=~there), pa.string())
    return pc.binary_join_element_wise(before, words, after, "")


def _bulk(house: House, table: pa.Table) -> tuple[float, dict[str, int]]:
    begun = time.perf_counter()
    with house.ctx() as ctx:
        identity.observe_bulk(ctx, table, source="bench")
    seconds = time.perf_counter() - begun
    named = sum(pc.count_distinct(table.column(c)).as_py() for c in ("customer_id", "phone", "email", "device"))
    with house.ctx() as ctx:
        counts = identity.counts(ctx)
    return seconds, {"people": counts.identified + counts.anonymous, "identifiers": named, "rows": table.num_rows}


def _online(house: House, people: int) -> float:
    """Return events a second of the identity consumer: half of them name somebody known, half somebody new."""
    rng = np.random.default_rng(_SEED + 1)
    for batch in range(_BATCHES):
        known = rng.integers(0, people, _BATCH)
        with house.ctx() as ctx:
            _append(ctx, [_identifiers(int(p), batch * _BATCH + i, people) for i, p in enumerate(known)], batch)
    (consumer,) = (c for c in event_log.consumers() if c.name == "identity")
    begun, passed = time.perf_counter(), 0
    while took := event_log.step(house.db, house.make_ctx, consumer, _BATCH):
        passed += took
    return passed / (time.perf_counter() - begun)


def _identifiers(known: int, number: int, people: int) -> list[Identifier]:
    if number % 2:
        person = 3 * people + number
        return [
            Identifier("customer_id", "1:shop0", f"c{person}"),
            Identifier("device", "", f"new{person}"),
            Identifier("email", "", f"new{person}@mail.cn"),
        ]
    found = [Identifier("customer_id", f"1:shop{(known + 1) % 8}", f"c{known}")]
    return [*found, Identifier("device", "", f"again{number}" if number % 4 else f"d{known * 7907}")]


def _append(ctx: Ctx, named: list[list[Identifier]], batch: int) -> None:
    refs = iter(identity.remember(ctx, [i for own in named for i in own]))
    events = [
        Event(
            id=new_id(),
            brand_id=ctx.brand_id,
            type="page.viewed",
            source="bench",
            source_id=f"{batch}-{i}",
            occurred_at=_START + timedelta(days=400, seconds=i),
            recorded_at=_START + timedelta(days=400),
            business_on=(_START + timedelta(days=400)).date(),
            origin="backfill",
            identifiers=tuple(next(refs) for _ in own),
            props={},
        )
        for i, own in enumerate(named)
    ]
    event_log.append(ctx, events)


def _supernodes(house: House, n: int) -> dict[str, float]:
    """Time one address of n customers (over its cap), n orders of one customer, and a merge of that customer."""
    at = _seconds_from("2026-03-01", n)
    every, all_ = np.arange(n), np.ones(n, np.bool_)
    shared = pa.table(
        {"customer_id": _words("shared", every, all_), "email": ["office@mail.cn"] * n, "occurred_at": at}
    )
    orders = pa.table({"customer_id": ["keen"] * n, "order": _words("keen", every, all_), "occurred_at": at})
    spent: dict[str, float] = {}
    for name, table in (("shared_address_seconds", shared), ("many_orders_seconds", orders)):
        begun = time.perf_counter()
        with house.ctx() as ctx:
            identity.observe_bulk(ctx, table, source="bench")
        spent[name] = time.perf_counter() - begun
    with house.ctx() as ctx:
        keen, other = identity.find(ctx, "customer_id", "", "keen"), identity.find(ctx, "customer_id", "", "shared0")
    begun = time.perf_counter()
    with house.ctx() as ctx:
        identity.merge(ctx, keen or 0, other or 0, "bench")
    return spent | {"merge_of_many_orders_seconds": time.perf_counter() - begun}
