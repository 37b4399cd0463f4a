"""The making of a delivery: people page by page, consent and values in PostgreSQL, then lines in order and compared.

Each page is a transaction of its own, so that progress shows and nothing is held for long.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from regulars.audiences import store, store_targets, writing
from regulars.audiences.contract import PURPOSE, Audience, Delivery, Found, Part, Spec
from regulars.audiences.sorting import NEW, POSSIBLE, SURE, Sorter, compared, lines_of
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, NotFound
from regulars.core.ids import id_for
from regulars.identity import api as identity
from regulars.infra.files import FileStore
from regulars.profiles import api as profiles
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation

PAGE = 5_000
PUSH = "audience_push"
"""The task that uploads a delivery."""


@dataclass(frozen=True, slots=True)
class Making:
    """One making of a delivery. task: who asked for it, and its steps."""

    task: Task
    files: FileStore
    delivery_id: int

    def ctx(self) -> AbstractContextManager[Ctx]:
        """Open a transaction that commits at the end."""
        return self.task.ctx()

    @property
    def scratch(self) -> FileStore:
        """The folder for what is sorted, of this delivery alone."""
        return FileStore(self.files.root / f"audience-{self.delivery_id}")


def file_id(delivery_id: int, part: Part) -> UUID:
    """Return the id of a delivery's file."""
    return id_for("audience", delivery_id, part)


def run(task: Task, files: FileStore) -> None:
    """Make the files of the delivery that a task is for, unless it has ended."""
    with task.ctx() as ctx:
        audience = store.get(ctx, task.payload["audience_id"])
        delivery = of_task(ctx, task.operation)
    if audience is None or delivery is None:
        return
    making = Making(task, files, delivery.id)
    making.scratch.clear()  # an earlier attempt may have died
    try:
        _make(making, audience, delivery)
    finally:
        making.scratch.clear()


def of_task(ctx: Ctx, operation: Operation) -> Delivery | None:
    """Return the delivery that a task makes, while it does."""
    newest = store.deliveries(ctx, operation.payload["audience_id"], 1)
    return next((one for one in newest if one.operation_id == operation.id and one.state == "running"), None)


def _make(making: Making, audience: Audience, delivery: Delivery) -> None:
    with making.ctx() as ctx:
        ledger = store.ledger(ctx, audience.id)
        held = any(one.lines for one in ledger)
        uids = array("I") if delivery.withdrawn else _people(ctx, audience.spec.segment_id, missing_is_empty=held)
    sorter, found = Sorter(making.scratch), Found(people=len(uids))
    for start in range(0, len(uids), PAGE):
        found = _take_page(making, audience.spec, sorter, uids[start : start + PAGE], found)
        making.task.step(min(start + PAGE, len(uids)), len(uids))
    least = audience.spec.least_people
    if found.matched < least and not held:
        with making.ctx() as ctx:
            store.change(ctx, delivery.id, {"found": found})
        raise BadInput(
            f"Only {found.matched:,} customers may be handed over; this package asks for at least {least:,}.",
            "Take a larger segment, other identifiers, or ask for consent to share first.",
            code="audience.too_small",
        )
    withdrawn = found.matched < least
    lines = iter(()) if withdrawn else sorter.lines()
    counts = _write(making, lines, ledger)
    _finish(making, audience, delivery, {"found": found, "withdrawn": withdrawn, **counts})


def _people(ctx: Ctx, segment_id: int, *, missing_is_empty: bool) -> array[int]:
    """Return the segment's people now, 4 bytes each. missing_is_empty: a deleted segment has nobody."""
    uids = array("I")
    try:
        for page in segments.members(ctx, segment_id):
            uids.extend(page)
    except NotFound:
        if not missing_is_empty:
            raise
    return uids


def _take_page(making: Making, spec: Spec, sorter: Sorter, uids: Sequence[int], found: Found) -> Found:
    wanted = {one.kind: one.scope for one in spec.identifiers}
    forms = {one.kind: one for one in spec.identifiers}
    with making.ctx() as ctx:
        holders = set[int]().union(*identity.holders(ctx, uids, wanted).values())
        agreed = profiles.consent(ctx, uids, spec.recipient, PURPOSE)
        values = identity.values_of(ctx, sorted(agreed & holders), wanted)
    lines: list[bytes] = []
    matched: dict[str, set[int]] = {kind: set() for kind in forms}
    for uid, kind, value in values:
        line = writing.line(spec, forms[kind], value) if kind in forms else b""
        if line:
            lines.append(line)
            matched[kind].add(uid)
    sorter.add(lines)
    by_kind = Counter(found.by_kind) + Counter({kind: len(who) for kind, who in matched.items()})
    return replace(
        found,
        holders=found.holders + len(holders),
        consenting=found.consenting + len(agreed),
        matched=found.matched + len(set[int]().union(*matched.values())),
        by_kind=dict(by_kind),
    )


def _write(making: Making, new: Iterator[bytes], ledger: Sequence[Delivery]) -> dict[str, int]:
    """Write the three files; return how many lines each has."""
    held = [lines_of(making.files, file_id(one.id, "whole")) for one in ledger if one.lines]
    sure = [stream for stream, one in zip(held, (o for o in ledger if o.lines), strict=True) if one.confirmed_at]
    possible = [stream for stream in held if stream not in sure]
    counts = {"lines": 0, "added": 0, "removed": 0}
    with ExitStack() as open_files:
        whole, added, removed = (
            open_files.enter_context(making.files.writing(file_id(making.delivery_id, part)))
            for part in ("whole", "added", "removed")
        )
        for line, marks in compared(new, sure, possible):
            if marks & NEW:
                whole(line + b"\n")
                counts["lines"] += 1
                if not marks & SURE:
                    added(line + b"\n")
                    counts["added"] += 1
            elif marks & POSSIBLE:
                removed(line + b"\n")
                counts["removed"] += 1
    return counts


def _finish(making: Making, audience: Audience, delivery: Delivery, told: dict[str, object]) -> None:
    found = told["found"]
    with making.ctx() as ctx:
        now = ctx.clock.system_now()
        for earlier in store.deliveries(ctx, audience.id, 1_000):
            if earlier.state == "ready":
                expire(ctx, making.files, audience.id, earlier)
        store.change(
            ctx,
            delivery.id,
            {**told, "state": "ready", "ready_at": now, "expires_at": now + timedelta(days=audience.spec.keep_days)},
        )
        figures = {key: told[key] for key in ("lines", "added", "removed", "withdrawn")}
        people = found.matched if isinstance(found, Found) else 0
        workspace.audit(
            ctx, "audience.prepared", "audience", audience.id,
            after={"delivery": delivery.id, "recipient": audience.spec.recipient, "people": people, **figures},
        )  # fmt: skip
        workspace.finish(ctx, delivery.operation_id, {"audience_id": audience.id, **figures})
        if store_targets.target(ctx, audience.id, lock=True) is not None:
            payload = {"audience_id": audience.id, "delivery_id": delivery.id}
            workspace.ask(ctx, PUSH, audience.spec.name, payload=payload)
            store_targets.change(ctx, audience.id, {"state": "pushing"})


def confirm(ctx: Ctx, files: FileStore, audience: Audience, delivery_id: int) -> None:
    """Note that the recipient holds a delivery's lines for sure, and nothing else. Audited, once."""
    found = store.delivery(ctx, audience.id, delivery_id)
    if found is None or found.confirmed_at is not None:
        return
    before = store.ledger(ctx, audience.id)
    store.change(ctx, delivery_id, {"confirmed_at": ctx.clock.system_now()})
    for one in before:
        if one.id < delivery_id:
            files.delete(file_id(one.id, "whole"))
    workspace.audit(
        ctx, "audience.confirmed", "audience", audience.id,
        after={"delivery": delivery_id, "recipient": audience.spec.recipient, "lines": found.lines},
    )  # fmt: skip


def expire(ctx: Ctx, files: FileStore, audience_id: int, delivery: Delivery) -> None:
    """Delete a delivery's files; its lines stay, encrypted, as long as the recipient may hold them."""
    store.change(ctx, delivery.id, {"state": "expired"})
    held = any(one.id == delivery.id for one in store.ledger(ctx, audience_id))
    remove_files(files, delivery.id, held=held)


def remove_files(files: FileStore, delivery_id: int, *, held: bool = False) -> None:
    """Delete a delivery's files. held: but for the whole, of which the recipient may hold lines."""
    parts: tuple[Part, ...] = ("added", "removed") if held else ("added", "removed", "whole")
    for part in parts:
        files.delete(file_id(delivery_id, part))
