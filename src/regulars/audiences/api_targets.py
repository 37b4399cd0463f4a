"""The door of uploads: which ad account a package is delivered to, and how it stands there."""

from __future__ import annotations

import structlog

from regulars.audiences import api, kinds, pushing, store, store_targets
from regulars.audiences.contract import (
    Audience,
    Destination,
    Offer,
    Spec,
    Target,
    destinations,
)
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound, RegularsError
from regulars.core.registry import Registry
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.infra.files import files
from regulars.platforms import api as platforms
from regulars.workspace import api as workspace
from regulars.workspace.api import Task

log = structlog.get_logger()
MOST_RENEW_DAYS = 30


def destination_kinds() -> Registry[Destination]:
    """Return the destination kinds, loaded."""
    return destinations.load(kinds)


def offers(ctx: Ctx) -> list[Offer]:
    """Return the accounts of the brand that packages can be uploaded to; in practice mode those of the sandbox."""
    world = "practice" if platforms.practice(ctx).on else "live"
    return [
        Offer(kind.key, kind.title, one.id, one.name, kind.least, kind.writings)
        for kind in destination_kinds()
        for one in platforms.accounts(ctx, platform=kind.platform)
        if one.world == world
    ]


def run(task: Task) -> None:
    """Upload a delivery, in steps that commit; safe to run again from the start."""
    pushing.run(task, files(), destination_kinds().get)


ended = pushing.ended


def target(ctx: Ctx, audience_id: int) -> Target | None:
    """Return where a package is uploaded, if it is. Raises AudienceNotFound."""
    api.get(ctx, audience_id)
    return store_targets.target(ctx, audience_id)


def targets(ctx: Ctx, audiences: list[Audience]) -> dict[int, Target]:
    """Return where these packages are uploaded, by package, for those that are."""
    return store_targets.targets(ctx, [one.id for one in audiences])


def set_target(ctx: Ctx, audience_id: int, kind: str, account_id: int, *, renew_days: int) -> Target:
    """Deliver a package to an ad account from now on; every delivery is uploaded once it is made. Audited.

    renew_days: make and upload one by itself after so many days, 0 = only when asked.
    Raises AudienceNotFound, NotFound, BadInput (what the platform does not take), Conflict (it lies elsewhere).
    """
    api.require(ctx)
    audience = api.get(ctx, audience_id, lock=True)
    found = destination_kinds().get(kind)
    check(found, audience.spec)
    if not 0 <= renew_days <= MOST_RENEW_DAYS:
        raise BadInput(f"A package is renewed every 1 to {MOST_RENEW_DAYS} days, or 0: when asked.", "7 is usual.")
    account = platforms.account(ctx, account_id)
    if account.platform != found.platform:
        raise BadInput(f"Account {account.name!r} is of another platform.", "Choose an account of the destination.")
    before = store_targets.target(ctx, audience_id, lock=True)
    if before and before.remote_id and (before.kind, before.account_id) != (kind, account_id):
        raise Conflict(
            "This package has been uploaded to another account.", "Make a package of its own for this account."
        )
    given = {"kind": kind, "account_id": account_id, "renew_days": renew_days}
    store_targets.put(ctx, audience_id, given)
    workspace.audit(ctx, "audience.target_set", "audience", audience_id, before=_set(before), after=given)
    return _of(ctx, audience_id)


def check(kind: type[Destination], spec: Spec) -> None:
    """Refuse what a platform does not take. Raises: BadInput."""
    if pushing.writing_of(kind, spec) is None:
        known = ", ".join(one.id_type for one in kind.writings)
        raise BadInput("This platform does not take identifiers written so.", f"It takes one of: {known}.")
    if spec.least_people < kind.least:
        raise BadInput(
            f"This platform uses audiences of {kind.least:,} people or more.", "Let the package ask for as many."
        )


def remove_target(ctx: Ctx, audience_id: int) -> None:
    """Upload a package no more. Raises Conflict while the platform may hold some of it. Audited."""
    api.require(ctx)
    api.get(ctx, audience_id, lock=True)
    before = _of(ctx, audience_id)
    if before.remote_id and any(one.lines for one in store.ledger(ctx, audience_id)):
        raise Conflict(
            "The platform may still hold customers of this package.", "Take the package back first.",
            code="audience.held",
        )  # fmt: skip
    if before.state == "pushing":
        raise Conflict("It is being uploaded.", "Wait until that has ended.")
    store_targets.drop(ctx, audience_id)
    workspace.audit(ctx, "audience.target_removed", "audience", audience_id, before=_set(before))


def _set(found: Target | None) -> dict[str, object] | None:
    return {"kind": found.kind, "account_id": found.account_id, "renew_days": found.renew_days} if found else None


def _of(ctx: Ctx, audience_id: int) -> Target:
    found = store_targets.target(ctx, audience_id, lock=True)
    if found is None:
        raise NotFound("This package is not uploaded anywhere.", "Choose an account for it first.")
    return found


def renew(ctx: Ctx) -> int:
    """Prepare the packages of all brands that are due, or whose last upload has failed; return how many."""
    begun = 0
    for brand_id, audience_id in store_targets.due(ctx, ctx.clock.system_now()):
        try:
            api.prepare(ctx.for_brand(brand_id), audience_id)
            begun += 1
        except Conflict as error:  # somebody has just asked for one
            log.info("audience_not_renewed", audience=audience_id, code=error.code)
    return begun


def poll(db: Database, make_ctx: MakeCtx) -> int:
    """Ask platforms what came of uploads; return how many answered."""
    with db.tx() as tx:
        ctx = make_ctx(tx, 0)
        waiting, clock = store_targets.in_process(ctx), ctx.clock
    told = 0
    for brand_id, audience_id in waiting:
        with db.tx() as tx:
            one = store_targets.target(make_ctx(tx, brand_id), audience_id)
        if one is None:
            continue
        try:
            held = pushing.ask(db, clock, destination_kinds().get(one.kind)(), one)
        except RegularsError as error:
            log.warning("audience_not_told", audience=audience_id, code=error.code)
            continue
        with db.tx() as tx:
            pushing.told(make_ctx(tx, brand_id), one, held, files())
        told += 1
    return told
