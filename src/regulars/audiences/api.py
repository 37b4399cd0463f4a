"""The door of audience packages."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from regulars.audiences import making, store, store_targets
from regulars.audiences.contract import (
    FORMS,
    Audience,
    AudienceNotFound,
    Delivery,
    DeliveryNotReady,
    Part,
    Recipient,
    Spec,
)
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict
from regulars.infra.files import files
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars.workspace.api import Task
from regulars.workspace.contract import Operation, OperationState

TASK = "audience"
MOST_KEEP_DAYS = 30


# --- packages -------------------------------------------------------------------------------------------
def recipients(ctx: Ctx) -> list[Recipient]:
    """Return for whom people of the brand agreed to share, most people first."""
    return store.recipients(ctx)


def create(ctx: Ctx, spec: Spec) -> Audience:
    """Make an audience package; nothing is written into files yet. Needs audiences.export for the whole brand, audited.

    Raises BadInput, SegmentNotFound, Forbidden.
    """
    require(ctx)
    _check(spec)
    segments.get(ctx, spec.segment_id)
    audience_id = store.add(ctx, spec)
    workspace.audit(ctx, "audience.created", "audience", audience_id, after=_for_audit(spec))
    return get(ctx, audience_id)


def require(ctx: Ctx) -> None:
    """Refuse who may not hand people of the whole brand over. Raises: Forbidden."""
    ctx.require("audiences.export")
    ctx.require_all_stores()


def _check(spec: Spec) -> None:
    if not 0 < len(spec.name.strip()) <= 100:
        raise BadInput("A package needs a name of 1 to 100 characters.", "Name it after where it goes.")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,39}", spec.recipient):
        raise BadInput(
            "The recipient is written as in the consents: 1 to 40 of a-z, 0-9, _ and -.", "For example oceanengine."
        )
    kinds = [one.kind for one in spec.identifiers]
    if not kinds or len(set(kinds)) != len(kinds):
        raise BadInput("A package has one kind of identifier or several, each once.", "Choose phone, for example.")
    for one in spec.identifiers:
        if one.form not in FORMS[one.kind]:
            known = ", ".join(form or "as it is" for form in FORMS[one.kind])
            raise BadInput(f"{one.kind} cannot be written as {one.form or 'it is'}.", f"Known: {known}.")
    if spec.least_people < 1 or not 1 <= spec.keep_days <= MOST_KEEP_DAYS:
        raise BadInput(f"At least 1 person; kept 1 to {MOST_KEEP_DAYS} days.", "1,000 people and 7 days are usual.")


def _for_audit(spec: Spec) -> dict[str, Any]:
    return {**asdict(spec), "identifiers": [asdict(one) for one in spec.identifiers]}


def get(ctx: Ctx, audience_id: int, *, lock: bool = False) -> Audience:
    """Return an audience package of the brand. Raises AudienceNotFound."""
    found = store.get(ctx, audience_id, lock=lock)
    if found is None:
        raise AudienceNotFound(f"There is no audience package {audience_id}.", "It may have been deleted.")
    return found


def listed(ctx: Ctx, *, segment_id: int | None = None) -> list[Audience]:
    """Return the brand's packages, newest first; of one segment when it is named."""
    return store.listed(ctx, segment_id)


def delete(ctx: Ctx, audience_id: int) -> None:
    """Delete a package. Raises Conflict while the recipient may hold some of it: take it back first. Audited."""
    require(ctx)
    audience = get(ctx, audience_id, lock=True)
    if any(one.lines for one in store.ledger(ctx, audience_id)):
        raise Conflict(
            f"{audience.spec.recipient} may still hold customers of {audience.spec.name}.",
            "Take the package back, hand the file of removals over and confirm it; then it can be deleted.",
            code="audience.held",
        )
    _refuse_running(ctx, audience_id)
    for one in store.deliveries(ctx, audience_id, 1_000):
        making.remove_files(files(), one.id)
    store_targets.drop(ctx, audience_id)
    store.remove(ctx, audience_id)
    workspace.audit(ctx, "audience.deleted", "audience", audience_id, before=_for_audit(audience.spec))


# --- deliveries -----------------------------------------------------------------------------------------
def prepare(ctx: Ctx, audience_id: int, *, take_back: bool = False) -> Delivery:
    """Let a worker make the files of a new delivery, and upload them when the package has a target.

    Needs audiences.export for the whole brand. take_back: with nobody in it, so that all that the recipient may hold
    is in the removals. The caller commits. Raises AudienceNotFound, Forbidden, Conflict while one is being made.
    """
    require(ctx)
    audience = get(ctx, audience_id, lock=True)
    _refuse_running(ctx, audience_id)
    target = store_targets.target(ctx, audience_id, lock=True)
    if target is not None:
        if target.state == "pushing":
            raise Conflict("The last delivery is being uploaded.", "Wait until that has ended.")
        store_targets.change(ctx, audience_id, {"asked_at": ctx.clock.system_now()})
    payload = {"audience_id": audience_id}
    operation = workspace.ask(ctx, TASK, audience.spec.name, payload=payload)
    delivery_id = store.begin(ctx, audience_id, operation_id=operation.id, withdrawn=take_back)
    return delivery(ctx, audience_id, delivery_id)


def _refuse_running(ctx: Ctx, audience_id: int) -> None:
    if any(one.state == "running" for one in store.deliveries(ctx, audience_id, 1)):
        raise Conflict("Its files are being made already.", "Wait until they are ready, or cancel the task.")


def run(task: Task) -> None:
    """Make a delivery's files, in steps that commit; safe to run again from the start."""
    making.run(task, files())


def ended(ctx: Ctx, operation: Operation, state: OperationState, why: str) -> None:
    """End the delivery of a task that was cancelled or has failed. why: in words. For the task alone."""
    found = making.of_task(ctx, operation)
    if found is not None:
        store.change(ctx, found.id, {"state": state, "message": why})


def delivery(ctx: Ctx, audience_id: int, delivery_id: int) -> Delivery:
    """Return a delivery. Raises AudienceNotFound."""
    get(ctx, audience_id)
    found = store.delivery(ctx, audience_id, delivery_id)
    if found is None:
        raise AudienceNotFound(f"There is no delivery {delivery_id} of this package.", "Open the list of deliveries.")
    return found


def deliveries(ctx: Ctx, audience_id: int, *, limit: int = 50) -> list[Delivery]:
    """Return a package's deliveries, newest first. Raises AudienceNotFound."""
    get(ctx, audience_id)
    return store.deliveries(ctx, audience_id, limit)


def download(ctx: Ctx, audience_id: int, delivery_id: int, part: Part) -> Iterator[bytes]:
    """Return a file of a delivery in pieces; audited with who, what and how many before the first piece leaves.

    Needs audiences.export for the whole brand. From now on the recipient may hold these lines. The pieces need no
    transaction. Raises AudienceNotFound, DeliveryNotReady.
    """
    require(ctx)
    audience = get(ctx, audience_id, lock=True)
    found = _ready(ctx, audience_id, delivery_id)
    store.change(ctx, delivery_id, {"downloaded_at": ctx.clock.system_now()})
    lines = {"whole": found.lines, "added": found.added, "removed": found.removed}[part]
    workspace.audit(
        ctx, "audience.downloaded", "audience", audience_id,
        after={"delivery": delivery_id, "recipient": audience.spec.recipient, "file": part, "lines": lines},
    )  # fmt: skip
    return files().chunks(making.file_id(delivery_id, part))


def _ready(ctx: Ctx, audience_id: int, delivery_id: int) -> Delivery:
    found = delivery(ctx, audience_id, delivery_id)
    if found.state != "ready" or (found.expires_at and found.expires_at <= ctx.clock.system_now()):
        raise DeliveryNotReady("The files of this delivery are not there.", "Prepare a new one.")
    return found


def confirm(ctx: Ctx, audience_id: int, delivery_id: int) -> Delivery:
    """Note that a delivery was handed over: the next one's differences count from it. Audited.

    Raises AudienceNotFound, DeliveryNotReady (its files are gone, or nobody has downloaded them).
    """
    require(ctx)
    audience = get(ctx, audience_id, lock=True)
    found = _ready(ctx, audience_id, delivery_id)
    if found.downloaded_at is None and (found.added or found.removed):
        raise DeliveryNotReady("Nobody has downloaded these files yet.", "Download them and hand them over first.")
    if store_targets.target(ctx, audience_id) is not None:
        raise Conflict("This package is uploaded; its platform confirms.", "Wait until the platform has processed it.")
    making.confirm(ctx, files(), audience, delivery_id)
    return delivery(ctx, audience_id, delivery_id)


def expire(ctx: Ctx) -> int:
    """Delete the files of all brands that have stood as long as agreed; return of how many packages."""
    due = store.done_with(ctx, ctx.clock.system_now())
    for brand_id, audience_id in due:
        own = ctx.for_brand(brand_id)
        for one in store.deliveries(own, audience_id, 1_000):
            if one.state == "ready" and one.expires_at and one.expires_at <= ctx.clock.system_now():
                making.expire(own, files(), audience_id, one)
    return len(due)
