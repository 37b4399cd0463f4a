"""The bulk way of facts: a sealed part of a file becomes people, lines in the lake, and state."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute
from msgspec import structs

from regulars.core.clock import business_day
from regulars.core.ctx import Ctx
from regulars.core.event import Event, Identifier
from regulars.core.ids import id_for
from regulars.identity import api as identity
from regulars.identity.contract import ANONYMOUS_FROM
from regulars.infra import event_log
from regulars.ingest import api as ingest
from regulars.ingest.contract import ConsentGrant, FactBatch, IdentifierColumn
from regulars.profiles import api as profiles
from regulars.profiles.contract import ConsentFact

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

SOURCE = "import"
TOUCHED_AT_MOST = 5_000
"""Above so many touched people, making everybody's state anew costs less."""

SHARE_AT_MOST = 10
"""Above one in so many of the buyers whom the day's scores were cut over, the cut points no longer fit."""


class BulkSink:
    """Where the importer hands its parts: identity names the people, profiles keep the facts."""

    def settle(self, ctx: Ctx, batch: FactBatch) -> FactBatch:
        """Keep whose the lines are, by row and by document; the batch comes back with a column suid."""
        if batch.kind == "events":
            return batch  # the log names their people
        suids = _suids(ctx, batch)
        table = batch.table.append_column("suid", pc.cast(pc.fill_null(suids, 0), pa.uint32()))
        return replace(batch, table=table, settled=profiles.settle_lines(ctx, table))

    def write_part(self, ctx: Ctx, batch: FactBatch) -> None:
        """Write one settled part; the same part again changes nothing."""
        if batch.kind == "events":
            _write_events(ctx, batch)
        else:
            _write_lines(ctx, batch)

    def finish(self, ctx: Ctx, import_id: int) -> None:
        """Derive what follows from the parts: refunds, orders, states; segments follow the states."""
        identity.publish_aliases(ctx)
        # Deriving takes as long as there are people: it must not hold a transaction that readers of the log wait for.
        ctx.tx.commit()
        suids = profiles.suids_of_batch(ctx, f"import-{import_id}")
        uids = sorted(set(identity.uid_of(ctx, suids).values()))
        few = len(uids) <= min(TOUCHED_AT_MOST, profiles.scored_buyers(ctx) // SHARE_AT_MOST)
        profiles.rebuild(ctx, uids if few else None)


def _write_lines(ctx: Ctx, batch: FactBatch) -> None:
    profiles.write_settled(ctx, batch.settled, token=batch.token)
    if batch.consents:
        profiles.record_consents(ctx, list(_consents(ctx, batch, batch.table)))


def _suids(ctx: Ctx, batch: FactBatch) -> pa.Array:
    """Return each row's suid, null where a row belongs to nobody."""
    rows = batch.table.num_rows
    shared = {
        "occurred_at": batch.table.column("occurred_at"),
        "source_id": batch.table.column("document_id"),
    }
    if len({c.ns for c in batch.identifiers}) == len(batch.identifiers):
        columns = {c.ns: c.values for c in batch.identifiers} | {f"{c.ns}.scope": c.scopes for c in batch.identifiers}
        return identity.observe_bulk(ctx, pa.table(shared | columns), source=SOURCE)
    # the same namespace in two columns (two phone numbers): one row per identifier
    numbers = pa.array(range(rows), pa.int64())
    long = pa.concat_tables(
        pa.table(
            shared
            | {
                "observation": numbers,
                "ns": pa.repeat(pa.scalar(column.ns), rows),
                "scope": column.scopes,
                "value": column.values,
            }
        )
        for column in batch.identifiers
    )
    return identity.observe_bulk(ctx, long, source=SOURCE).slice(0, rows)


def _consents(ctx: Ctx, batch: FactBatch, table: pa.Table) -> Iterator[ConsentFact]:
    """Yield the file's declared consents for its identified people, from their first line in the part on."""
    first = table.group_by("suid").aggregate([("occurred_at", "min")])
    known = first.filter(
        pc.and_(pc.greater(first.column("suid"), 0), pc.less(first.column("suid"), pa.scalar(ANONYMOUS_FROM)))
    )
    for suid, at in zip(known.column("suid").to_pylist(), known.column("occurred_at_min").to_pylist(), strict=True):
        for grant in batch.consents:
            yield _consent(ctx, suid, grant, at, f"import-{batch.import_id}")


def _consent(ctx: Ctx, suid: int, grant: ConsentGrant, at: datetime, source: str) -> ConsentFact:
    return ConsentFact(
        suid=suid,
        channel=grant.channel,
        purpose=grant.purpose,
        state="granted" if grant.state == "granted" else "withdrawn",
        changed_at=at,
        changed_on=business_day(at, ctx.zone),
        basis=grant.basis,
        source=source,
    )


def _write_events(ctx: Ctx, batch: FactBatch) -> None:
    """Put a part's events into the log, as history: they reach lake and state, and trigger nothing."""
    named = _identifiers(batch.identifiers, len(batch.events))
    flat = [one for own in named for one in own]
    refs = iter(identity.remember(ctx, flat))
    events = [
        structs.replace(event, identifiers=(*event.identifiers, *(next(refs) for _ in own)))
        for event, own in zip(batch.events, named, strict=True)
    ]
    policies = identity.policies(ctx)
    grants = [
        _consent_event(event, grant)
        for event in events
        if any(not policies.of(ref.ns).anonymous for ref in event.identifiers)
        for grant in batch.consents
    ]
    event_log.append(ctx, [*events, *grants])


def _identifiers(columns: Sequence[IdentifierColumn], rows: int) -> list[list[Identifier]]:
    found: list[list[Identifier]] = [[] for _ in range(rows)]
    for column in columns:
        for own, scope, value in zip(found, column.scopes.to_pylist(), column.values.to_pylist(), strict=True):
            if value:
                own.append(Identifier(column.ns, scope, value))
    return found


def _consent_event(event: Event, grant: ConsentGrant) -> Event:
    return structs.replace(
        event,
        id=id_for("consent", str(event.id), grant.channel, grant.purpose),
        type="consent.changed",
        source_id=f"{event.source_id}:consent:{grant.channel}:{grant.purpose}",
        props={"channel": grant.channel, "purpose": grant.purpose, "state": grant.state, "basis": grant.basis},
    )


class _Vault:
    """Identity's vault, as ingest sees it."""

    remember = staticmethod(identity.remember)


def wire() -> None:
    """Give ingest the rooms above it."""
    ingest.wire(vault=_Vault(), sink=BulkSink())
