"""The door of stored templates: make, look at, and what providers say of their signatures and templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import structlog

from regulars.channels import billing, planning, store_templates, template
from regulars.channels.contract import Message, PlatformChannel, Review, Reviewed, ReviewState
from regulars.core.clock import Clock
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound, RegularsError
from regulars.core.text import Text
from regulars.infra import jobs, sealing
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.platforms import api as platforms
from regulars.workspace import api as workspace

log = structlog.get_logger()
MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Template:
    """A stored template. config: of the channel, secrets sealed."""

    id: int
    name: str
    channel: str
    config: Mapping[str, Any]
    message: Message
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class TemplateDraft:
    """What an operator says of a template. config: a secret shown as hidden keeps its stored value."""

    name: str
    channel: str
    config: Mapping[str, Any]
    message: Message


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a review stands; asked_at None = its provider has not been asked yet."""

    review: Review
    asked_at: datetime | None


def variables() -> Mapping[str, Text]:
    """Return what a message may say of a person, by name."""
    return template.VARIABLES


# --- templates --------------------------------------------------------------------------------------------
def get(ctx: Ctx, template_id: int) -> Template:
    """Return a template of the brand. Raises: NotFound."""
    return _get(ctx, template_id)


def _get(ctx: Ctx, template_id: int, *, lock: bool = False) -> Template:
    row = store_templates.get(ctx, template_id, lock=lock)
    if row is None:
        raise NotFound(f"There is no template {template_id}.", "It may have been removed. Open the list of templates.")
    return _template(row)


def _template(row: Mapping[str, Any]) -> Template:
    return Template(
        row["id"], row["name"], row["channel"], row["config"], Message(**row["message"]), row["created_at"],
        row["changed_at"],
    )  # fmt: skip


def listed(ctx: Ctx) -> list[Template]:
    """Return the brand's templates, the last changed first."""
    return [_template(row) for row in store_templates.listed(ctx)]


def create(ctx: Ctx, draft: TemplateDraft) -> Template:
    """Make a template, audited; its provider is asked about it. Raises: BadInput, NotFound (channel), Conflict."""
    made = store_templates.add(ctx, _checked(draft))
    if made is None:
        raise _taken(draft.name)
    workspace.audit(ctx, "template.created", "template", made, after=_told(draft))
    ask_soon(ctx)
    return _get(ctx, made)


def update(ctx: Ctx, template_id: int, draft: TemplateDraft) -> Template:
    """Change a template, audited; campaigns made with it keep what they say. Raises: as `create`, NotFound."""
    before = _get(ctx, template_id, lock=True)
    if store_templates.name_taken(ctx, draft.name.strip(), template_id):
        raise _taken(draft.name)
    store_templates.change(ctx, template_id, _checked(draft, before))
    told = {"name": before.name, "channel": before.channel}
    workspace.audit(ctx, "template.changed", "template", template_id, before=told, after=_told(draft))
    ask_soon(ctx)
    return _get(ctx, template_id)


def remove(ctx: Ctx, template_id: int) -> None:
    """Take a template off the list, audited. Raises: NotFound."""
    before = _get(ctx, template_id, lock=True)
    store_templates.remove(ctx, template_id)
    workspace.audit(ctx, "template.removed", "template", template_id, before={"name": before.name})


def _checked(draft: TemplateDraft, before: Template | None = None) -> dict[str, Any]:
    name = draft.name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise BadInput(f"A template needs a name of 1 to {MAX_NAME} characters.", "Name it after what it says.")
    kept = before.config if before and before.channel == draft.channel else {}
    config = planning.sealed(draft.channel, sealing.kept(draft.config, kept))
    channel, parsed = planning.channel_of(draft.channel, config)
    template.check(draft.message, channel.texts(parsed))
    return {"name": name, "channel": draft.channel, "config": config, "message": asdict(draft.message)}


def _told(draft: TemplateDraft) -> dict[str, Any]:
    return {"name": draft.name.strip(), "channel": draft.channel}


def _taken(name: str) -> Conflict:
    return Conflict(f"There is a template named {name.strip()} already.", "Choose another name.")


# --- reviews ----------------------------------------------------------------------------------------------
def standings(ctx: Ctx, channel: str, config: Mapping[str, Any]) -> list[Standing]:
    """Return where the reviews of a channel's settings stand; empty where nothing is reviewed."""
    kind, parsed = planning.channel_of(channel, config)
    wanted = kind.reviewed(parsed)
    if not wanted:
        return []
    known = store_templates.reviews(ctx.tx, billing.account_of(parsed), wanted)
    return [
        Standing(Review(one, row["state"], row["reason"], row["text"]), row["asked_at"])
        if (row := known.get(one))
        else Standing(Review(one, "draft"), None)
        for one in wanted
    ]


def state_of(found: Sequence[Standing]) -> ReviewState:
    """Return where a whole stands: approved when every part is, else its worst part."""
    states = {one.review.state for one in found}
    worst: tuple[ReviewState, ...] = ("refused", "draft", "submitted")
    for state in worst:
        if state in states:
            return state
    return "approved"


def check_approved(ctx: Ctx, channel: str, config: Mapping[str, Any], *, stored: bool = False) -> None:
    """Raise Conflict when a provider has not approved what the settings name.

    stored: of a stored template, which must be known to be approved; else what nobody asked about yet passes, and its
    provider refuses what it does not know.
    """
    for one in standings(ctx, channel, config):
        if one.review.state == "approved" or (one.asked_at is None and not stored):
            continue
        raise Conflict(
            f"The {one.review.of.what} {one.review.of.code} is not approved by its provider.",
            one.review.reason or "Wait for its review, or choose another one.",
            code="template.not_approved",
            state=one.review.state,
        )


def ask_soon(ctx: Ctx) -> None:
    """Let providers be asked once the caller's transaction has committed."""
    jobs.enqueue(ctx.for_brand(0), "channels.reviews", {}, key="now", queue="sources")


def ask_all(db: Database, make_ctx: MakeCtx) -> int:
    """Ask providers about every stored template's parts; return how many answered. One that is away is passed."""
    with db.tx() as tx:
        clock = make_ctx(tx, 0).clock
        rows = store_templates.everywhere(tx)
    wanted: dict[tuple[int, Reviewed], PlatformChannel] = {}
    for row in rows:
        kind, parsed = planning.channel_of(row["channel"], row["config"])
        if isinstance(kind, PlatformChannel):
            wanted |= {(billing.account_of(parsed), one): kind for one in kind.reviewed(parsed)}
    return sum(_asked(db, clock, account_id, one, kind) for (account_id, one), kind in wanted.items())


def _asked(db: Database, clock: Clock, account_id: int, one: Reviewed, kind: PlatformChannel) -> bool:
    try:
        session = platforms.open_session(db, clock, account_id)
        found = platforms.run(lambda: kind.review(session, one))
    except RegularsError as error:
        log.warning("review_not_known", channel=kind.key, what=one.what, code=error.code)
        return False
    with db.tx() as tx:
        store_templates.keep_review(tx, account_id, found, clock.system_now())
    return True
