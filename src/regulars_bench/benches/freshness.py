"""From the answer to a message until somebody's coming or leaving stands in the log."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from statistics import median, quantiles
from typing import ClassVar

from regulars.app.boot import House
from regulars.core.errors import RegularsError
from regulars.core.rule import Rule, parse
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars_bench import home, serving
from regulars_bench.contract import Bench, Figure, Result, Scale, Setup
from regulars_bench.freshness import live_rules, store_watch
from regulars_bench.freshness.traffic import Sender, introduction, visits
from regulars_bench.generate import making, world
from regulars_bench.segments.asking import Draw, Known, Raw
from regulars_bench.segments.suite import CASES

RATE: dict[Scale, int] = {"ci": 100, "1m": 1_000, "10m": 1_000, "max": 1_000}
SECONDS: dict[Scale, int] = {"ci": 3, "1m": 60, "10m": 60, "max": 60}
EVENTS_A_VISIT = 4
_LOOK_S, _COUNT_PAUSE_S, _COMPACT_PAUSE_S = 0.1, 1.0, 10.0
_ASIDE = 1_000_000
"""Draws of counts asked meanwhile, far from those of the suite's own runs."""


@dataclass(slots=True)
class _Seen:
    """Who came and left, and when that was seen in the log.

    counts: seconds that each count made meanwhile took. ended: how many of them their bounds ended.
    """

    at: dict[tuple[int, int], float] = field(default_factory=dict[tuple[int, int], float])
    counts: list[float] = field(default_factory=list[float])
    ended: int = 0


class FreshnessBench(Bench):
    """Fifty live segments, a thousand events a second, counts and merges of parts at the same time."""

    key: ClassVar[str] = "freshness"
    title: ClassVar[str] = "Freshness: from an answered message to the change of a live segment"

    def run(self, setup: Setup) -> Result:
        """Measure; people that are missing are made first. Raises Unavailable as the server does."""
        folder = making.folder_of(setup)
        folder.mkdir(parents=True, exist_ok=True)
        with home.opened(folder) as house:
            counts = making.ensure(house, setup)
            with house.ctx() as ctx:
                store_watch.agree(ctx)
            setup.say("making the live segments")
            live_rules.ensure(house)
            manifest = making.Manifest(folder)
            run = int(manifest.content.get("freshness_runs", 0)) + 1
            manifest.write(freshness_runs=run)
            with house.ctx(1) as ctx:
                key = workspace.add_api_key(ctx, f"freshness {run}", ["ingest.write"])
            engines = home.versions(house)
        with serving.served(folder) as port, serving.house_of(folder) as house:
            figures = _Measured(house, setup, run, Sender(port, key)).figures()
        return Result(
            {name: counts[name] for name in ("people", "events", "orders")}, figures=figures, versions=engines
        )


@dataclass(slots=True)
class _Measured:
    house: House
    setup: Setup
    run: int
    sender: Sender

    def figures(self) -> dict[str, Figure]:
        """Introduce people, let them act, and tell what was seen."""
        rate = RATE[self.setup.scale]
        events = rate * SECONDS[self.setup.scale]
        hellos = events // EVENTS_A_VISIT * 4 // 3
        uids = self._introduced(hellos)
        batches = list(visits(self.run, list(uids), events))
        sent, seen = sum(len(batch) for _, batch in batches), _Seen()
        with self._beside(seen):
            self.setup.say(f"sending {sent:,} messages")
            seconds = self.sender.send(batches, rate)
            left, begun = serving.behind(self.house), time.monotonic()
            serving.caught_up(self.house)
            late = time.monotonic() - begun
            time.sleep(3 * _LOOK_S)
        return self._waited(uids, seen) | {
            "events_per_s": Figure(round(sent / seconds), "1/s"),
            "behind_at_end": Figure(left, "events"),
            "caught_up_after_s": Figure(round(late, 1), "s"),
            "refused_and_sent_again": Figure(self.sender.refused, "requests"),
            "counts_meanwhile": Figure(len(seen.counts), "counts"),
            "counts_ended_by_bounds": Figure(seen.ended, "counts"),
            "counts_meanwhile_p95_ms": Figure(round(_high(seen.counts) * 1000), "ms"),
            **self._kept(hellos + sent),
        }

    def _introduced(self, number: int) -> dict[int, int]:
        """Make people known; return uid by person."""
        self.setup.say(f"introducing {number:,} people")
        people = range(self.run * number, (self.run + 1) * number)
        hellos = [introduction(self.run, person) for person in people]
        self.sender.send([([], hellos[at : at + 500]) for at in range(0, number, 500)], 0.0)
        serving.caught_up(self.house)
        with self.house.ctx() as ctx:
            known = store_watch.people(ctx, self.run)
        return {person: known[introduction(self.run, person)["messageId"]] for person in people}

    def _waited(self, uids: dict[int, int], seen: _Seen) -> dict[str, Figure]:
        acknowledged = {uids[person]: at for person, at in self.sender.acknowledged.items()}
        waited = sorted(max(0.0, at - acknowledged[uid]) for (uid, _), at in seen.at.items() if uid in acknowledged)
        return {
            "changes": Figure(len(waited), "changes", ">= 1"),
            "p50_s": Figure(round(median(waited), 2) if waited else 0.0, "s"),
            "p95_s": Figure(round(_high(waited), 2), "s", "" if self.setup.scale == "ci" else "<= 5"),
            "max_s": Figure(round(max(waited, default=0.0), 2), "s"),
        }

    def _kept(self, sent: int) -> dict[str, Figure]:
        """Whether every message arrived once, and every membership is what its rule says of everybody."""
        with self.house.ctx() as ctx:
            arrived = store_watch.arrived(ctx, self.run)
        self.setup.say("evaluating every segment whole")
        drift = 0
        for brand_id in (0, *(brand.id for brand in world.BRANDS)):
            with self.house.ctx(brand_id) as ctx:
                drift += sum(segments.check_memberships(ctx))
        return {
            "lost": Figure(sent - arrived["sent"], "events", "<= 0"),
            "doubled": Figure(arrived["rows"] - arrived["sent"], "events", "<= 0"),
            "drift": Figure(drift, "people", "<= 0"),
        }

    # --- meanwhile --------------------------------------------------------------------------------------
    @contextmanager
    def _beside(self, seen: _Seen) -> Generator[None]:
        """Watch the log, count, and merge parts while the block runs."""
        with self.house.ctx() as ctx:
            after = store_watch.newest(ctx)
        taken: set[int] = set()

        def look() -> None:
            with self.house.ctx() as ctx:
                rows = store_watch.changes(ctx, after, taken)
            now = time.monotonic()
            for row in rows:
                taken.add(row["seq"])
                for uid in (*row["props"]["joined"], *row["props"]["left"]):
                    seen.at.setdefault((uid, row["props"]["segment_id"]), now)

        questions = self._questions()

        def ask() -> None:
            begun = time.monotonic()
            with self.house.ctx() as ctx:
                try:
                    segments.preview(ctx, next(questions))
                except (
                    RegularsError
                ):  # beyond its bounds of time or memory: it took its share of the machine all the same
                    seen.ended += 1
            seen.counts.append(time.monotonic() - begun)

        def compact() -> None:
            store_watch.compact(self.house.lake, world.TODAY.year * 100 + world.TODAY.month)

        with ExitStack() as stack:
            for work, pause in ((look, _LOOK_S), (ask, _COUNT_PAUSE_S), (compact, _COMPACT_PAUSE_S)):
                stack.enter_context(_repeated(work, pause))
            yield

    def _questions(self) -> Iterator[Rule]:
        known = Known(live_rules.saved(self.house), making.store_places(self.house))
        for number in count():
            for case in (case for case in CASES if case.brand_id == 0):
                yield parse(case.ask(Draw(case.name, _ASIDE + self.run * 1_000 + number), Raw(0), known)[0])


@contextmanager
def _repeated(work: Callable[[], None], pause_s: float) -> Generator[None]:
    """Do it again and again in a thread while the block runs; its first error ends it and is raised after the block."""
    stop, failed = threading.Event(), list[Exception]()

    def run() -> None:
        while not stop.wait(pause_s):
            try:
                work()
            except Exception as error:
                failed.append(error)
                return

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if failed:
        raise failed[0]


def _high(values: list[float]) -> float:
    """Return the 95th percentile."""
    if len(values) < 2:
        return max(values, default=0.0)
    return quantiles(values, n=20, method="inclusive")[-1]
