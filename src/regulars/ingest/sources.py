"""Reading sources: windows of modified time one after the other, each page committed with how far it is.

What a crash leaves half read is read again; statements count once by their id. Failures wait longer each time and
are shown; nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from pydantic import BaseModel

from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import Connector, Page, Statement, Stream, Window
from regulars.core.clock import Clock
from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict, NotFound, RegularsError
from regulars.infra import sealing
from regulars.infra.crypto import vault
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.ingest import importer, source_files
from regulars.ingest import store_sources as store
from regulars.ingest.accept import Delivery, accept, keep_refused
from regulars.ingest.contract import IdentifierVault, Sink
from regulars.platforms import api as platforms
from regulars.platforms.contract import Session
from regulars.workspace import api_accounts as workspace

log = structlog.get_logger()
FIRST_PAUSE_S, LONGEST_PAUSE_S = 30, 3_600
WINDOWS_AT_ONCE = 50
"""Read by one job before others have their turn: a long history is read in many goes."""
PAGES_AT_MOST = 100_000


class Fault(RegularsError):
    """What a connector did not expect. Only the kind of error is told: its words may hold what it was about."""

    code, status = "source.fault", 500


@dataclass(frozen=True, slots=True)
class Opened:
    """A source ready to be read."""

    row: Mapping[str, Any]
    kind: Connector
    config: BaseModel
    session: Session | None

    @property
    def name(self) -> str:
        """Under which its message ids are unique."""
        return f"{self.kind.key}:{self.row['id']}"


def context(connector: str) -> str:
    """Return what a source's secrets are sealed under."""
    return f"source:{connector}"


def opened(db: Database, clock: Clock, row: Mapping[str, Any]) -> Opened:
    """Open a source. Raises: NotFound, Conflict (also practice that would reach real data), BadInput."""
    kind = connector_kinds().get(row["connector"])
    config = connector_kinds().parse(kind.key, sealing.unseal(row["config"], context(kind.key), vault()))
    session = platforms.open_session(db, clock, row["account_id"]) if row["account_id"] else None
    if session is not None and session.account.world == "practice":
        _check_practice(db, row["brand_id"])
    return Opened(row, kind(), config, session)


def _check_practice(db: Database, brand_id: int) -> None:
    """Raise Conflict unless the brand is one for practice: what the sandbox brings is invented, and would stay."""
    with db.tx() as tx:
        if not workspace.is_for_practice(tx, brand_id):
            raise Conflict(
                "Practice mode is on, and this brand is not one for practice.",
                "Turn practice mode off, or practise with another brand.",
                code="practice.real_brand",
            )


def stream_of(kind: type[Connector] | Connector, key: str) -> Stream:
    """Return a stream of a connector. Raises: NotFound."""
    for stream in kind.streams:
        if stream.key == key:
            return stream
    raise NotFound(f"There is no stream {key!r}.", "Look at the source's streams again.")


@dataclass(frozen=True, slots=True)
class Reader:
    """What reading needs of the house."""

    db: Database
    make_ctx: MakeCtx
    brand_id: int
    vault: IdentifierVault
    sink: Sink

    def read(self, source_id: int, key: str) -> int:
        """Read a stream up to now, or as far as one go may; return how many facts came.

        One job a stream keeps two from reading it at once; should they all the same, what both bring counts once.
        """
        with self.db.tx() as tx:
            state, row = store.stream(tx, source_id, key), store.source(tx, source_id)
        if state is None or row is None or row["brand_id"] != self.brand_id or not row["is_on"]:
            return 0
        try:
            return self._read(row, state)
        except RegularsError as error:
            self._failed(state, error)
        except Exception as error:  # whatever a platform sends that its connector did not expect
            log.exception("source_fault", source=source_id, stream=key)
            self._failed(state, _fault(error))
        return 0

    def read_page(self, source_id: int, key: str, page: str) -> int:
        """Pull the page that a message named, beside the stream's own place; return how many facts came.

        Raises: PlatformError, for the job to be tried again.
        """
        with self.db.tx() as tx:
            row = store.source(tx, source_id)
            clock = self.make_ctx(tx, self.brand_id).clock
        if row is None or row["brand_id"] != self.brand_id or not row["is_on"]:
            return 0
        one, now = opened(self.db, clock, row), clock.system_now()
        window = Window(row["history_from"], now)
        found = platforms.run(lambda: one.kind.pull(one.session, one.config, key, window=window, page=page))
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx, self.brand_id)
            change = {"facts": take(ctx, one, found.statements, self.vault), "unread": refuse(ctx, one, found.unread)}
            store.move(tx, source_id, key, change)
        return change["facts"]

    def _read(self, row: Mapping[str, Any], state: Mapping[str, Any]) -> int:
        with self.db.tx() as tx:
            clock = self.make_ctx(tx, self.brand_id).clock
        one = opened(self.db, clock, row)
        stream = stream_of(one.kind, state["stream"])
        now = clock.system_now()
        if stream.by == "files":
            return self._files(one, stream, state["page"], now)
        taken, page, read_to = 0, state["page"], state["read_to"]
        for _ in range(WINDOWS_AT_ONCE):
            window = next_window(stream, row["history_from"], read_to, now)
            taken += self._window(one, stream, window, page)
            read_to = window.end
            # Up to when the reading began: a platform that takes its time would otherwise be asked without end.
            if window.end >= now:
                self._ended(one, stream, clock.system_now())
                break
        return taken

    def _window(self, one: Opened, stream: Stream, window: Window, page: str) -> int:
        taken = 0
        for _ in range(PAGES_AT_MOST):
            at = page
            found = platforms.run(
                lambda at=at: one.kind.pull(one.session, one.config, stream.key, window=window, page=at)
            )
            last = not found.next or (stream.by == "cursor" and found.next == at)
            taken += self._keep(one, stream, window, found, last=last)
            if last:
                return taken
            page = found.next
        raise NotFound("The platform's pages do not end.", "Tell the developers of the connector.")

    def _keep(self, one: Opened, stream: Stream, window: Window, page: Page, *, last: bool) -> int:
        """Write a page and how far the stream is, in one transaction."""
        source_id = one.row["id"]
        with self.db.tx() as tx:
            ctx = self.make_ctx(tx, self.brand_id)
            taken = take(ctx, one, page.statements, self.vault)
            unread = refuse(ctx, one, page.unread)
            change: dict[str, Any] = {"facts": taken, "unread": unread}
            if stream.by == "cursor":
                change["page"] = page.next
            if last:
                change["read_to"] = window.end
            store.move(tx, source_id, stream.key, change)
        return taken

    def _files(self, one: Opened, stream: Stream, state: str, now: datetime) -> int:
        """Look at the files that lie there, and import what is complete; the bad ones are named until they change."""
        window = Window(now, now)
        found = platforms.run(lambda: one.kind.pull(one.session, one.config, stream.key, window=window, page=""))
        house = importer.House(self.db, self.make_ctx, self.brand_id, self.sink)
        outcome = source_files.take_files(house, found.files, state)
        with self.db.tx() as tx:
            change = {"facts": outcome.rows, "page": outcome.state, "read_to": now}
            store.move(tx, one.row["id"], stream.key, change)
            next_at = now + timedelta(seconds=stream.every_s)
            if outcome.bad:
                problem = told(source_files.problem_of(outcome.bad))
                store.failed(tx, one.row["id"], stream.key, next_at=next_at, problem=problem)
            else:
                store.ended(tx, one.row["id"], stream.key, next_at=next_at, now=now)
        return outcome.rows

    def _ended(self, one: Opened, stream: Stream, now: datetime) -> None:
        with self.db.tx() as tx:
            store.ended(tx, one.row["id"], stream.key, next_at=now + timedelta(seconds=stream.every_s), now=now)

    def _failed(self, state: Mapping[str, Any], error: RegularsError) -> None:
        pause_s = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(state["failures"], 10))
        retry_after_s = getattr(error, "retry_after_s", None)
        log.warning("source_not_read", source=state["source_id"], stream=state["stream"], code=error.code)
        with self.db.tx() as tx:
            now = self.make_ctx(tx, self.brand_id).clock.system_now()
            next_at = now + timedelta(seconds=retry_after_s or pause_s)
            store.failed(tx, state["source_id"], state["stream"], next_at=next_at, problem=told(error))


def _fault(error: Exception) -> Fault:
    return Fault(
        f"The connector did not understand the answer ({type(error).__name__}).", "It is tried again; see the log."
    )


def told(error: RegularsError) -> dict[str, str]:
    """Return a problem as it is kept and shown."""
    return {"message": error.message, "hint": error.hint, "code": error.code}


def next_window(stream: Stream, history_from: datetime, read_to: datetime | None, now: datetime) -> Window:
    """Return what is to be read next: on from where it was read to, a little back, never longer than allowed.

    A stream by cursor knows itself where it goes on; its window is everything that may be read.
    """
    if stream.history_days:
        oldest = max(history_from, now - timedelta(days=stream.history_days))
    else:
        oldest = history_from if read_to else now
    if stream.by == "cursor":
        return Window(oldest, now)
    start = oldest if read_to is None else max(oldest, read_to - timedelta(seconds=stream.overlap_s))
    end = min(now, max(start, read_to or start) + timedelta(seconds=stream.longest_s - stream.overlap_s))
    return Window(start, max(end, start))


def message_of(one: Opened, said: Statement) -> dict[str, Any]:
    """Write a statement as the message that the front door reads."""
    shop = getattr(one.config, "shop", "")
    return {
        "type": "track",
        "event": said.type.removeprefix("track."),
        "messageId": said.source_id,
        "timestamp": said.occurred_at.isoformat(),
        "properties": dict(said.props),
        "context": {
            "shop": shop,
            "externalIds": [{"type": name.ns, "id": name.value, "within": name.within} for name in said.named],
        },
    }


def take(ctx: Ctx, one: Opened, statements: Sequence[Statement], vault: IdentifierVault) -> int:
    """Write statements as events; what is older than the source is history. Returns how many were new."""
    taken = 0
    since = one.row["created_at"]
    for history in (True, False):
        messages = [message_of(one, said) for said in statements if (said.occurred_at < since) == history]
        if messages:
            delivery = Delivery(messages, source=one.name, history=history, once=True)
            taken += accept(ctx, delivery, vault).accepted
    return taken


def refuse(ctx: Ctx, one: Opened, unread: Sequence[tuple[Mapping[str, Any], str]]) -> int:
    """Keep rows that the connector could not understand, to be fixed, each once; return how many are new."""
    delivery = Delivery((), source=one.name, once=True)
    rows = [
        (place, {"type": "track", "properties": dict(raw)}, [("properties", why)])
        for place, (raw, why) in enumerate(unread)
    ]
    return keep_refused(ctx, delivery, rows, ctx.clock.system_now())
