"""The door to how good the data is: how it comes in, who is behind, and how much of each field is known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.event import Payload, dictionary
from regulars.core.rule import Relation, fields
from regulars.core.text import Text
from regulars.infra import event_log
from regulars.infra.event_log import Lag
from regulars.ingest import api as ingest
from regulars.profiles.store import quality, reads
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation

__all__ = [
    "MEASURE",
    "Coming",
    "FieldFact",
    "Reader",
    "Way",
    "ask",
    "catalogue",
    "coming",
    "measure",
    "readers",
    "ways",
]

MEASURE = "fields"
DAYS = 30
REFUSED_DAYS = 7


@dataclass(frozen=True, slots=True)
class Coming:
    """Facts of a source and shop: those of the last hour, day, week, and of the week before, by business time."""

    source: str
    shop: str
    hour: int
    day: int
    week: int
    week_before: int
    newest_at: datetime


@dataclass(frozen=True, slots=True)
class Way:
    """A way in: what was refused there in the last seven days, out of how much, and what waits to be fixed."""

    from_file: bool
    refused: int
    of: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Reader:
    """A reader of the log. events: not taken yet, at most; age_s: of the oldest of them; parked: could not be taken."""

    consumer: str
    events: int
    age_s: float
    parked: int


@dataclass(frozen=True, slots=True)
class FieldFact:
    """A field that conditions can ask about, or a personal one of the dictionary.

    group: the relation's key and label. known of rows tell it (events: of the last 30 days); None = not measured yet.
    personal: sealed, no samples; samples: the commonest values. live: known at once in gates.
    """

    key: str
    label: Text
    type: str
    group: str
    group_label: Text
    live: bool
    personal: bool
    known: int | None
    rows: int | None
    samples: tuple[str, ...]
    last_on: date | None
    measured_at: datetime | None


_UNMEASURED: dict[str, Any] = {"known": None, "rows": None, "samples": (), "last_on": None, "measured_at": None}


def coming(ctx: Ctx) -> list[Coming]:
    """Return what came in of each source and shop in two weeks, the most first."""
    return [Coming(**{**row, "newest_at": row["newest_at"].replace(tzinfo=UTC)}) for row in quality.sources(ctx)]


def ways(ctx: Ctx) -> list[Way]:
    """Return what was refused over HTTP and of files."""
    since = ctx.clock.system_now() - timedelta(days=REFUSED_DAYS)
    found: list[Way] = []
    for one in ingest.refused(ctx, REFUSED_DAYS):
        of = one.of if one.of is not None else quality.recorded_since(ctx, since) + one.refused
        found.append(Way(one.from_file, one.refused, of, one.waiting))
    return found


def readers(ctx: Ctx) -> list[Reader]:
    """Return the readers of the log, of all brands, in the order in which they read."""
    parked: dict[str, int] = {}
    for one in event_log.parked(ctx):
        parked[one.consumer] = parked.get(one.consumer, 0) + 1
    behind = {one.consumer: one for one in event_log.lag(ctx)}
    names = [consumer.name for consumer in event_log.consumers()]
    lags = [behind.get(name, Lag(name, 0, 0.0)) for name in names]
    return [Reader(one.consumer, one.events, one.age_s, parked.get(one.consumer, 0)) for one in lags]


def unmatched_refunds(ctx: Ctx) -> dict[str, Any]:
    """Return refunds that found no sale: lines, unmatched, partly, unmatched_fen; of identified people."""
    return reads.refund_figures(ctx)


# --- fields ---------------------------------------------------------------------------------------------
def catalogue(ctx: Ctx) -> list[FieldFact]:
    """Return every field that conditions can ask about, and the personal ones of the dictionary."""
    kept = quality.kept_measured(ctx)
    found = [_fact(relation, key, kept) for relation in fields.relations() for key in _keys(relation)]
    return [*found, *_personal()]


def _keys(relation: Relation) -> Sequence[str]:
    return [field.key for field in fields.fields_of(relation.key) if not field.hidden]


def _fact(relation: Relation, key: str, kept: dict[str, dict[str, Any]]) -> FieldFact:
    field, row = fields.get(key), kept.get(key)
    fact = FieldFact(
        key,
        field.label,
        field.type,
        relation.key,
        relation.label,
        field.live is not None,
        personal=False,
        **_UNMEASURED,
    )
    if row is None:
        return fact
    labels = {str(value): label.zh for value, label in field.options or ()}
    samples = tuple(labels.get(one, one) for one in row["samples"])
    return replace(
        fact, known=row["known"], rows=row["rows"], samples=samples, last_on=row["last_on"],
        measured_at=row["measured_at"],
    )  # fmt: skip


def _personal() -> Iterator[FieldFact]:
    for payload, name in _sealed():
        group, label = f"event:{payload.type}", Text(_NAMES.get(name, name), name.replace("_", " "))
        yield FieldFact(
            f"{group}.{name}", label, "text", group, payload.title, live=False, personal=True, **_UNMEASURED
        )


def _sealed() -> Iterator[tuple[type[Payload], str]]:
    for payload in dictionary:
        yield from ((payload, name) for name in payload.pii_fields())


_NAMES = {"name": "姓名", "phone": "手机号", "email": "邮箱", "birthday": "生日（含年份）", "member_no": "会员号"}


def ask(ctx: Ctx) -> Operation:
    """Let a worker measure the brand's fields now. Audited."""
    workspace.audit(ctx, "fields.measured", "brand", ctx.brand_id)
    return workspace.ask(ctx, MEASURE, "", total=len(fields.relations()), key=f"fields-{ctx.brand_id}")


def measure(task: Task) -> None:
    """Measure relation by relation, each in one statement and a transaction of its own."""
    relations = fields.relations()
    for number, relation in enumerate(relations):
        task.step(number, len(relations))
        with task.ctx() as ctx:
            keep(ctx, relation)
    with task.ctx() as ctx:
        workspace.progress(ctx, task.id, len(relations))
        workspace.finish(ctx, task.id, {"relations": len(relations)})


def keep(ctx: Ctx, relation: Relation) -> None:
    """Measure the fields of one relation and keep what was found."""
    quality.keep_measured(ctx, quality.measured(ctx, relation, DAYS))
