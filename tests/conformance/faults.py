"""Every client at its daily work while its platform fails: what was done there, held against what we say was done.

A way is one kind of work with one platform, done as the product does it: a source is read by the reader, a message
goes through the sender, a group of staff is told by the notices. For each fault a way does a few things and counts
them on both sides. What may come out is the same for all: nothing is lost from sight, nothing is done twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
from tests.journeys import shop
from tests.outside import Outside
from tests.platforms.listening import listening

from regulars.channels import api, api_notices, api_receipts
from regulars.channels.contract import Message, QuietHours
from regulars.core.clock import ManualClock
from regulars.core.errors import RegularsError
from regulars.core.event import Identifier
from regulars.core.ids import new_token
from regulars.identity import api as identity
from regulars.identity.contract import Observation
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.ingest import api_sources
from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming, Refused, Session, Unclear
from regulars.workspace import api as workspace

CALLS = ("rate", "token", "permission", "server", "http_429", "http_500", "http_500_after", "lost_request",
         "lost_answer", "garbage", "delay")  # fmt: skip
PUSHES = ("push_twice", "push_late")
THINGS = 3
"""Done under each fault."""
ROUNDS = 12
MINUTE = timedelta(minutes=1)
_NEVER_QUIET = QuietHours(shop.NIGHT.start, shop.NIGHT.start)


@dataclass(frozen=True)
class Count:
    """What came of one fault. asked = wanted by us; done = by the platform's own count; ours = what we say is done.

    unknown: listed as unclear. refused: named with the platform's no. asked_after: the platform's answer when it was
    asked about the unclear ones. rounds: how often we came back to it.
    """

    asked: int
    done: int
    ours: int
    twice: int = 0
    unknown: int = 0
    refused: int = 0
    rounds: int = 1
    learned: bool = False

    def outcome(self) -> str:
        """Return the outcome in a word; LOST, TWICE and WRONG are what must not be."""
        if self.twice:
            return "TWICE"
        if self.asked != self.ours + self.unknown + self.refused:
            return "LOST"
        if not self.ours <= self.done <= self.ours + self.unknown:
            return "WRONG"
        if self.unknown:
            return "listed"
        if self.refused:
            return "refused"
        if self.learned:
            return "learned"
        return "once" if self.rounds == 1 else "later"


@dataclass(frozen=True)
class Scene:
    """A house beside its sandbox."""

    db: Database
    make_ctx: Any
    clock: ManualClock
    outside: Outside

    @contextmanager
    def ctx(self) -> Iterator[Any]:
        with self.db.tx() as tx:
            yield self.make_ctx(tx)

    def strike(self, platform: str, fault: str, api_glob: str = "*") -> None:
        """Let the next call, or message, of a platform fail in one way."""
        self.outside.fault(platform, fault, api=api_glob, delay_s=0.02 if fault == "delay" else 0.0)

    def struck(self) -> bool:
        """Tell whether the failure has come, and take it back if it has not."""
        waiting = self.outside.house.faults.waiting
        came = not waiting
        waiting.clear()
        return came

    def work(self, queue: str) -> None:
        """Do the jobs that are due."""
        while jobs.run_due(self.db, self.make_ctx, owner="faults", queue=queue, limit=10):
            pass

    def events(self, after: int, *types: str) -> list[psycopg.rows.DictRow]:
        with self.ctx() as ctx:
            return ctx.tx.execute(
                "select type, props from event_log where seq > %s and type = any(%s) order by seq", (after, list(types))
            ).fetchall()

    def last_event(self) -> int:
        with self.ctx() as ctx:
            return ctx.tx.execute("select coalesce(max(seq), 0) as seq from event_log").fetchone()["seq"]

    def session(self, platform: str) -> Session:
        return self.outside.session(platform)


class Way(ABC):
    """One kind of work. hears: also messages of the platform's own; calls: there are calls that can fail."""

    hears = False
    calls = True

    def __init__(self, platform: str) -> None:
        self.platform = platform

    def begin(self, scene: Scene) -> None:
        """Make what the work needs, once."""
        self.scene = scene

    @abstractmethod
    def under(self, fault: str) -> Count:
        """Do a few things; the fault is to strike the first call, or message, that brings one about."""

    @property
    def faults(self) -> tuple[str, ...]:
        return (CALLS if self.calls else ()) + (PUSHES if self.hears else ())


# --- what is read -----------------------------------------------------------------------------------------
class Reads(Way):
    """A source. Things happen on the platform, and their facts are to be in the log, each once."""

    connector = ""
    account = True
    config: Mapping[str, Any] = {}

    def begin(self, scene: Scene) -> None:
        self.scene, self._no = scene, 0
        account = {"account_id": scene.outside.account(self.platform)} if self.account else {}
        with scene.ctx() as ctx:
            given = {"name": self.platform, "config": dict(self.config), **account}
            self.source = api_sources.connect(ctx, self.connector or self.platform, given)
        self._read()

    @abstractmethod
    def happen(self, no: int) -> list[str]:
        """Let one thing happen on the platform; return the facts it is, as "type key"."""

    @abstractmethod
    def fact(self, event: Mapping[str, Any]) -> str:
        """Name a fact of the log the same way, "" for one that is not looked at."""

    types: tuple[str, ...] = ()

    def _read(self) -> int:
        """Read until nothing fails any more; return in how many rounds."""
        for rounds in range(1, ROUNDS):
            self.scene.clock.advance(MINUTE)
            with self.scene.ctx() as ctx:
                api_sources.read_now(ctx, self.source.id)
            self.scene.work(api_sources.QUEUE)
            with self.scene.ctx() as ctx:
                streams = api_sources.source(ctx, self.source.id).streams
            if not any(one.failures for one in streams):
                return rounds
        raise AssertionError("the source is never read")

    def under(self, fault: str) -> Count:
        since, wanted = self.scene.last_event(), []
        if fault in PUSHES:
            with listening(self.scene.clock, self._received) as inbox:
                self.scene.outside.control("callbacks", {"platform": self.platform, "url": inbox.url})
                self.scene.strike(self.platform, fault)
                for _ in range(THINGS):
                    wanted += self._next()
            self.scene.outside.control("callbacks", {"platform": self.platform, "url": ""})
        else:
            for _ in range(THINGS):
                wanted += self._next()
            self.scene.strike(self.platform, fault)
        rounds = self._read() if self.account else 1
        told = Counter(filter(None, map(self.fact, self.scene.events(since, *self.types))))
        ours = sum(key in told for key in wanted)
        return Count(len(wanted), len(wanted), ours, twice=sum(n > 1 for n in told.values()), rounds=rounds)

    def _next(self) -> list[str]:
        self._no += 1
        self.scene.clock.advance(timedelta(seconds=2))
        return self.happen(self._no)

    def _received(self, message: Incoming) -> tuple[int, bytes]:
        try:
            status, said, _ = api_sources.receive(self.scene.db, self.scene.make_ctx, self.source.hook, message)
        except RegularsError as error:
            return error.status, b""
        return status, said


# --- what is sent -----------------------------------------------------------------------------------------
class Sends(Way):
    """A channel, through the sender. Each person is to be reached once, named, or listed."""

    def __init__(
        self, platform: str, channel: str, config: Mapping[str, Any], *, api_glob: str = "*", report: str = ""
    ) -> None:
        super().__init__(platform)
        self.channel, self._config, self.api_glob, self.report = channel, dict(config), api_glob, report
        self.hears = bool(report)

    def begin(self, scene: Scene) -> None:
        self.scene, self._no = scene, 0
        if "account_id" not in self._config and self.platform in scene.outside._accounts:
            self._config["account_id"] = scene.outside.account(self.platform)
        self._send(self._people())  # whatever token there is, it is there now

    def named(self, no: int) -> Identifier:
        """Return under what a person is reached."""
        return Identifier("phone", "", f"+86138{no:08d}")

    def _people(self) -> list[int]:
        self._no += THINGS
        names = [self.named(no) for no in range(self._no - THINGS, self._no)]
        with self.scene.ctx() as ctx:
            numbers = [Identifier("customer_id", "1:here", name.value) for name in names]
            pairs = zip(identity.remember(ctx, numbers), identity.remember(ctx, names), strict=True)
            seen = [Observation(pair, shop.LONG_AGO, "test", pair[0].hmac, 1) for pair in pairs]
            uids = [uid for uid in identity.observe(ctx, seen) if uid is not None]
            shop.consent(ctx, uids, channel=api.consent_channel(self.channel, self._config))
        return uids

    def _send(self, uids: Sequence[int]) -> tuple[str, int]:
        """Send until nothing is open; return the batch and how often the sender came."""
        key = new_token(8)
        order = shop.order(
            key, channel=self.channel, config=self._config, message=Message("会员日", f"周三会员日 {key}"),
            quiet_hours=_NEVER_QUIET,
        )  # fmt: skip
        with self.scene.ctx() as ctx:
            api.plan(ctx, order, [(1, uids)])
        for rounds in range(1, ROUNDS):
            api.send_due(self.scene.db, self.scene.make_ctx)
            self.scene.clock.advance(MINUTE)
            if not api.open_requests(self.scene.db):
                return key, rounds
        raise AssertionError("requests stay open")

    def under(self, fault: str) -> Count:
        return self._reported(fault) if fault in PUSHES else self._sent(fault)

    def _sent(self, fault: str) -> Count:
        self.scene.clock.advance(api_receipts.ASK_FOR)  # what is older is not asked about any more
        uids, before = self._people(), self.scene.outside.counts(self.platform)["times"]
        self.scene.strike(self.platform, fault, self.api_glob)
        key, rounds = self._send(uids)
        counts = self.scene.outside.counts(self.platform)
        with self.scene.ctx() as ctx:
            found = api.tally(ctx, key)
        learned = False
        if found.unknown:
            api_receipts.ask(self.scene.db, self.scene.make_ctx, 0)
            with self.scene.ctx() as ctx:
                found = api.tally(ctx, key)
            learned = not found.unknown
        return Count(
            len(uids), counts["times"] - before, found.sent, twice=len(counts["twice"]), unknown=found.unknown,
            refused=found.failed, rounds=rounds, learned=learned,
        )  # fmt: skip

    def _reported(self, fault: str) -> Count:
        """Receipts: what became of each message is to be in the log once."""
        self.tell()  # of earlier ones, to nobody
        since, uids = self.scene.last_event(), []
        before = self.scene.outside.counts(self.platform)["times"]
        with listening(self.scene.clock, self._received) as inbox:
            self.scene.outside.control("callbacks", {"platform": self.platform, "url": inbox.url})
            self.scene.strike(self.platform, fault)
            for _ in range(2):  # what is held back comes after the next
                more = self._people()
                uids += more
                self._send(more)
                self.tell()
        done = self.scene.outside.counts(self.platform)["times"] - before
        told = self._delivered(since, uids)
        if learned := len(told) < done:
            api_receipts.ask(self.scene.db, self.scene.make_ctx, 0)
            told = self._delivered(since, uids)
        return Count(len(uids), done, len(told), twice=sum(n > 1 for n in told.values()), learned=learned)

    def _delivered(self, since: int, uids: Sequence[int]) -> Counter[str]:
        own = {str(uid) for uid in uids}
        said = (event["props"]["message_id"] for event in self.scene.events(since, "message.delivered"))
        return Counter(one for one in said if one.rpartition(":")[2] in own)

    def tell(self) -> None:
        """Let the platform say what became of what it took."""
        self.scene.outside.act(self.platform, self.report)

    def _received(self, message: Incoming) -> tuple[int, bytes]:
        with self.scene.ctx() as ctx:
            hook = platforms.hook_of(platforms.account(ctx, self._config["account_id"]))
        return 200, api_receipts.receive(self.scene.db, self.scene.make_ctx, hook, message).answer


class Notices(Way):
    """A group of staff, told by a robot."""

    def begin(self, scene: Scene) -> None:
        self.scene = scene
        with scene.ctx() as ctx:
            groups = {"tasks_failed": (scene.outside.account(self.platform),)}
            api_notices.set_rules(ctx, api_notices.Rules("zh", groups))

    def under(self, fault: str) -> Count:
        before = self.scene.outside.counts(self.platform)["times"]
        self.scene.clock.advance(timedelta(hours=2))
        with self.scene.ctx() as ctx:
            failed = workspace.start_operation(ctx, "import", f"{fault}.csv")
            workspace.fail(ctx, failed.id, "no")
        self.scene.strike(self.platform, fault)
        state, rounds = "waiting", 0
        while state == "waiting" and rounds < ROUNDS:
            rounds += 1
            api_notices.pass_once(self.scene.db, self.scene.make_ctx)
            self.scene.clock.advance(MINUTE)
            with self.scene.ctx() as ctx:
                state = api_notices.recent(ctx, limit=1)[0].state
        counts = self.scene.outside.counts(self.platform)
        return Count(
            1, counts["times"] - before, int(state == "told"), twice=len(counts["twice"]),
            unknown=int(state == "unknown"), refused=int(state == "failed"), rounds=rounds,
        )  # fmt: skip


# --- what is done under a key of ours ---------------------------------------------------------------------
class Keyed(Way):
    """Something that may be asked for again: by a number of ours, a marker, or a key. So it is, until it is done."""

    def __init__(self, platform: str, api_glob: str = "*") -> None:
        super().__init__(platform)
        self.api_glob = api_glob

    def begin(self, scene: Scene) -> None:
        self.scene, self._no = scene, 0
        self.attempt("warm")

    @abstractmethod
    def attempt(self, key: str) -> bool:
        """Do it; True when it is known to be done. Raises: PlatformError."""

    @abstractmethod
    def done(self, key: str) -> int:
        """Return how often the platform has done it."""

    def under(self, fault: str) -> Count:
        self._no += 1
        key, refused, known, rounds = f"k{self._no}", 0, False, 0
        self.prepare(key)
        self.scene.strike(self.platform, fault, self.api_glob)
        while not known and not refused and rounds < ROUNDS:
            rounds += 1
            try:
                known = self.attempt(key)
            except Refused as no:
                refused = int(no.retry_after_s is None)
            except Unclear:
                known = False
            self.scene.clock.advance(MINUTE)
        done = self.done(key)
        return Count(1, min(done, 1), int(known), twice=max(0, done - 1), refused=refused, rounds=rounds)

    def prepare(self, key: str) -> None:
        """Make what the attempt is about."""
