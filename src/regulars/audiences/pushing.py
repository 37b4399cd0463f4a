"""The upload of a delivery to an ad account, and what its platform tells of it.

Lines count as handed over when the platform says that it has them: until then they are possibly held, so that an
upload whose end is bad or not known is made up for by the differences of the next.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

from regulars.audiences import making, store, store_targets
from regulars.audiences.contract import (
    Audience,
    Delivery,
    DeliveryNotReady,
    Destination,
    Held,
    Part,
    Spec,
    Target,
    Upload,
    Writing,
)
from regulars.audiences.sorting import lines_of
from regulars.core.clock import Clock
from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict, Unavailable
from regulars.infra.db import Database
from regulars.infra.files import FileStore
from regulars.platforms import api as platforms
from regulars.platforms.contract import Away, Refused, Session, Unclear
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation, OperationState

T = TypeVar("T")
WAIT = timedelta(days=3)
"""A platform that has not finished by then has failed."""


@dataclass(frozen=True, slots=True)
class _Push:
    task: Task
    files: FileStore
    audience: Audience
    delivery: Delivery
    destination: Destination
    writing: Writing

    def lines(self, part: Part) -> Iterator[str]:
        return (line.decode() for line in lines_of(self.files, making.file_id(self.delivery.id, part)))


def writing_of(kind: type[Destination], spec: Spec) -> Writing | None:
    """Return the platform's way that a package is written in, None when it takes no such."""
    asked = [(one.kind, one.form, spec.hash) for one in spec.identifiers]
    return next((one for one in kind.writings if asked == [(one.kind, one.form, one.hash)]), None)


def run(task: Task, files: FileStore, kind_of: Callable[[str], type[Destination]]) -> None:
    """Upload the delivery that a task is for; safe to run again, as every upload carries a key."""
    push, target, clock = _begun(task, files, kind_of)
    session = platforms.open_session(task.db, clock, target.account_id)
    if target.remote_id and session.account.id != target.remote_account_id:
        raise Conflict(
            "This package lies in another account than the one that calls now lead to.",
            "In practice mode, make a package for practice; outside it, upload this one again.",
        )
    remote_id = _uploaded(push, session, target)
    with task.ctx() as ctx:
        if remote_id:
            state = {"state": "processing", "delivery_id": push.delivery.id, "message": ""}
        else:  # nobody to upload, and nothing there
            state = {"state": "new", "message": "", "remote_id": "", "size": 0, "matched": 0}
            making.confirm(ctx, files, push.audience, push.delivery.id)
        store_targets.change(ctx, push.audience.id, state)
        workspace.finish(ctx, task.id, {"audience_id": push.audience.id, "delivery_id": push.delivery.id})


def _begun(task: Task, files: FileStore, kind_of: Callable[[str], type[Destination]]) -> tuple[_Push, Target, Clock]:
    """Look up what to upload; from now on the recipient may hold its lines."""
    audience_id, delivery_id = task.payload["audience_id"], task.payload["delivery_id"]
    with task.ctx() as ctx:
        audience, target = store.get(ctx, audience_id, lock=True), store_targets.target(ctx, audience_id, lock=True)
        delivery = store.delivery(ctx, audience_id, delivery_id)
        kind = kind_of(target.kind) if target else None
        writing = writing_of(kind, audience.spec) if kind and audience else None
        if audience is None or target is None or delivery is None or kind is None or writing is None:
            raise DeliveryNotReady("There is nothing to upload any more.", "Prepare a delivery.")
        if delivery.state != "ready":
            raise DeliveryNotReady("The files of this delivery are not there.", "Prepare a new one.")
        if delivery.downloaded_at is None:
            store.change(ctx, delivery_id, {"downloaded_at": ctx.clock.system_now()})
            workspace.audit(
                ctx, "audience.pushed", "audience", audience_id,
                after={"delivery": delivery_id, "recipient": audience.spec.recipient, "account": target.account_id,
                       "lines": delivery.lines, "added": delivery.added, "removed": delivery.removed},
            )  # fmt: skip
        return _Push(task, files, audience, delivery, kind(), writing), target, ctx.clock


def _uploaded(push: _Push, session: Session, target: Target) -> str:
    """Upload; return the audience that the lines are in, "" when there is none and need not be."""
    if target.remote_id:
        try:
            _differences(push, session, target)
        except Refused as error:  # dropped by the platform: a new one gets the whole
            if error.cause != "missing":
                raise
        else:
            return target.remote_id
    if not push.delivery.lines:
        return ""
    remote_id = _created(push, session)
    _upload(push, session, remote_id, "whole")
    return remote_id


def _created(push: _Push, session: Session) -> str:
    """Make the audience on the platform and keep its id before anything is put into it."""
    spec = push.audience.spec
    remote_id = _called(
        lambda: push.destination.create(
            session, spec.name, id_type=push.writing.id_type, key=f"regulars-{push.audience.id}-{push.delivery.id}"
        )
    )
    with push.task.ctx() as ctx:
        made = {"remote_id": remote_id, "remote_account_id": session.account.id, "fresh": True}
        store_targets.change(ctx, push.audience.id, made)
    return remote_id


def _differences(push: _Push, session: Session, target: Target) -> None:
    """Take out first: who withdrew must not wait for those who came."""
    _upload(push, session, target.remote_id, "removed")
    _upload(push, session, target.remote_id, "whole" if target.fresh else "added")


def _upload(push: _Push, session: Session, remote_id: str, part: Part) -> None:
    delivery = push.delivery
    total = {"whole": delivery.lines, "added": delivery.added, "removed": delivery.removed}[part]
    if not total:
        return
    push.task.step(0, total)
    mode = "remove" if part == "removed" else "add"
    key = f"regulars-{delivery.id}-{part}-{remote_id}"
    upload = Upload(remote_id, push.writing.id_type, mode, total, push.lines(part), key)
    _called(lambda: push.destination.upload(session, upload))


def _called(work: Callable[[], Awaitable[T]]) -> T:
    """Call the platform; what may go well later is tried again by the job. Raises: Refused, Unavailable."""
    try:
        return platforms.run(work)
    except (Away, Unclear) as error:
        raise Unavailable(error.message, error.hint) from error
    except Refused as error:
        if error.retry_after_s is None:
            raise
        raise Unavailable(error.message, error.hint) from error


def ended(ctx: Ctx, operation: Operation, state: OperationState, why: str) -> None:
    """End an upload whose task was cancelled or has failed. why: in words."""
    found = store_targets.target(ctx, operation.payload["audience_id"], lock=True)
    if found is None or found.state != "pushing":
        return
    tries = store_targets.MOST_TRIES if state == "cancelled" else found.tries + 1
    told = {"state": "failed", "message": why, "tries": tries, "told_at": ctx.clock.system_now()}
    store_targets.change(ctx, found.audience_id, told)


# --- what the platform tells ------------------------------------------------------------------------------
def ask(db: Database, clock: Clock, destination: Destination, target: Target) -> Held:
    """Ask a platform how an audience stands; one it does not know any more has expired. Raises: PlatformError."""
    session = platforms.open_session(db, clock, target.account_id)
    if session.account.id != target.remote_account_id:
        raise Conflict("This package lies in another account than the one that calls now lead to.", "Ask later.")
    try:
        return platforms.run(lambda: destination.held(session, target.remote_id))
    except Refused as error:
        if error.cause != "missing":
            raise
        return Held("expired", said=error.message)


def told(ctx: Ctx, asked: Target, held: Held, files: FileStore) -> None:
    """Write down how a package stands, unless another upload has begun since it was asked about."""
    found = store_targets.target(ctx, asked.audience_id, lock=True)
    if found is None or (found.state, found.delivery_id) != (asked.state, asked.delivery_id):
        return
    now = ctx.clock.system_now()
    figures = {"size": held.size, "matched": held.matched, "told_at": now}
    match held.state:
        case "expired":
            gone = {"state": "expired", "remote_id": "", "message": held.said, "told_at": now}
            store_targets.change(ctx, asked.audience_id, gone | {"size": 0, "matched": 0})
        case "failed":
            failed = {"state": "failed", "message": held.said, "tries": found.tries + 1}
            store_targets.change(ctx, asked.audience_id, failed | figures)
        case "processing":
            if found.state == "processing" and found.asked_at and found.asked_at + WAIT <= now:
                failed = {"state": "failed", "message": held.said, "tries": found.tries + 1}
                store_targets.change(ctx, asked.audience_id, failed | figures)
        case state:
            audience = store.get(ctx, asked.audience_id, lock=True)
            if audience is not None:
                making.confirm(ctx, files, audience, found.delivery_id)
            well = {"state": state, "message": held.said, "tries": 0, "fresh": False}
            store_targets.change(ctx, asked.audience_id, well | figures)
