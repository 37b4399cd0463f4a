"""The door of posts: to groups and feeds, made as tasks that guides confirm, and what became of each part.

A call is said to be under way before it is made and settled after, in transactions of its own; the platforms have no
key against doubles, so a call whose answer is missing is listed as unknown and never made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import structlog
from pydantic import BaseModel

from regulars.channels import kinds, store_posts
from regulars.channels.contract import channels
from regulars.channels.posts import (
    Call,
    CallState,
    Outcome,
    Post,
    PostConfig,
    PostKind,
    Result,
    Told,
    post_kinds,
)
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound, RegularsError, Unavailable
from regulars.core.registry import Registry
from regulars.infra import jobs
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.platforms import api as platforms
from regulars.platforms.contract import Away, Refused, Unclear
from regulars.workspace import api as workspace

__all__ = [
    "Call",
    "CallState",
    "Outcome",
    "Post",
    "PostKind",
    "Result",
    "add",
    "ask",
    "get",
    "kinds_of_posts",
    "listed",
    "make",
    "remind",
]
log = structlog.get_logger()
JOB = "channels.post"
ASK_FOR = timedelta(days=7)
"""Who has not confirmed by then will not."""
LONGEST_TEXT = 1_300
"""Characters: 4,000 bytes of UTF-8, which WeCom takes, hold as many Chinese ones."""


def kinds_of_posts() -> Registry[PostKind]:
    """Return the kinds of posts, loaded."""
    channels.load(kinds)
    return post_kinds.load(kinds)


def add(ctx: Ctx, kind: str, key: str, text: str, *, config: Mapping[str, Any]) -> Post:
    """Make a post, to be called in the background; the same key is one post for ever. Audited. The caller commits.

    Needs campaigns.publish for the whole brand. Raises NotFound, BadInput, Conflict (enough for today).
    """
    ctx.require("campaigns.publish")
    ctx.require_all_stores()
    known = store_posts.by_key(ctx, key)
    if known is not None:
        return get(ctx, known)
    parsed = _checked(kind, text, config)
    account = platforms.account(ctx, parsed.account_id)
    if account.platform != kinds_of_posts().get(kind).platform:
        raise BadInput(f"Account {account.name!r} is of another platform.", "Choose an account of the post's platform.")
    if store_posts.made_today(ctx, kind, account.id) >= parsed.daily:
        raise Conflict(
            f"{parsed.daily} a day is the most for this account, and today has them.",
            "Post it tomorrow, or raise the number if the platform lets you.",
        )
    row = {"kind": kind, "key": key, "account_id": account.id, "text": text.strip()}
    senders = kinds_of_posts().get(kind)().senders(parsed)
    post_id = store_posts.add(ctx, {**row, "config": parsed.model_dump(mode="json")}, senders)
    if post_id is None:  # somebody else has just made it
        raise Conflict("This post is being made already.", "Look at the list of posts.")
    workspace.audit(ctx, "post.created", "post", post_id, after={**row, "calls": len(senders)})
    jobs.enqueue(ctx, JOB, {"post_id": post_id}, key=str(post_id), queue="sources")
    return get(ctx, post_id)


def _checked(kind: str, text: str, config: Mapping[str, Any]) -> PostConfig:
    if not 0 < len(text.strip()) <= LONGEST_TEXT:
        raise BadInput(f"A post has 1 to {LONGEST_TEXT:,} characters.", "Shorten it, or write something.")
    parsed: BaseModel = kinds_of_posts().parse(kind, dict(config))
    if not isinstance(parsed, PostConfig):
        raise TypeError(f"The Config of {kind} must derive from PostConfig.")
    return parsed


def get(ctx: Ctx, post_id: int) -> Post:
    """Return a post of the brand. Raises NotFound."""
    found = store_posts.post(ctx, post_id)
    if found is None:
        raise NotFound(f"There is no post {post_id}.", "Open the list of posts.")
    return found


def listed(ctx: Ctx, *, limit: int = 50) -> list[Post]:
    """Return the brand's posts, newest first."""
    return store_posts.posts(ctx, limit)


def make(db: Database, make_ctx: MakeCtx, brand_id: int, post_id: int) -> None:
    """Make the calls of a post that are still to be made (worker). Raises Unavailable: the rest later."""
    with db.tx() as tx:
        ctx = make_ctx(tx, brand_id)
        one, clock = get(ctx, post_id), ctx.clock
        store_posts.left_calling(tx, post_id)
    kind = kinds_of_posts().get(one.kind)()
    config = kinds_of_posts().parse(one.kind, one.config)
    session = platforms.open_session(db, clock, one.config["account_id"])
    while True:
        with db.tx() as tx:
            row = store_posts.take(tx, post_id)
        if row is None:
            return
        sender: str = row["sender"]
        later: RegularsError | None = None
        try:
            told = platforms.run(lambda sender=sender: kind.make(session, config, one.text, sender=sender))
            ended: dict[str, Any] = _made(told) | {"made_at": clock.system_now()}
        except Unclear as error:
            ended = {"state": "unknown", "error": error.message}
        except Refused as error:
            later = error if error.retry_after_s is not None else None
            ended = {"state": "planned" if later else "failed", "error": error.message}
        except Away as error:
            later, ended = error, {"state": "planned", "error": error.message}
        with db.tx() as tx:
            store_posts.settle(tx, row["id"], ended)
        if later is not None:
            raise Unavailable(later.message, later.hint) from later


def give_up(ctx: Ctx, payload: dict[str, Any], why: str) -> None:
    """End the calls of a post that could not be made however often it was tried. why: in words."""
    store_posts.fail_planned(ctx.tx, payload["post_id"], why)


def _made(told: Told) -> dict[str, Any]:
    return {"state": "made", "provider_id": told.provider_id, "refused": list(told.refused), "error": ""}


def ask(db: Database, make_ctx: MakeCtx) -> int:
    """Ask what became of posts whose parts have not all ended; return how many calls were told about."""
    with db.tx() as tx:
        clock = make_ctx(tx, 0).clock
        store_posts.close(tx, clock.system_now() - ASK_FOR)
        rows = store_posts.to_ask(tx, clock.system_now() - ASK_FOR)
    told = 0
    for row in rows:
        kind = kinds_of_posts().get(row["kind"])()
        try:
            session = platforms.open_session(db, clock, row["account_id"])
            found = platforms.run(
                lambda kind=kind, session=session, row=row: kind.ask(session, row["provider_id"], sender=row["sender"])
            )
        except RegularsError as error:
            log.warning("post_not_told", call=row["id"], code=error.code)
            continue
        over = bool(found.results) and all(one.outcome != "waiting" for one in found.results)
        changes: dict[str, Any] = {"state": "ended" if over else "made", "provider_id": found.provider_id}
        with db.tx() as tx:
            store_posts.settle(tx, row["id"], changes | ({"refused": list(found.refused)} if found.refused else {}))
            store_posts.write_results(tx, row["id"], found.results)
        told += 1
    return told


def remind(db: Database, ctx: Ctx, post_id: int) -> int:
    """Remind the guides of a post who have not confirmed; return of how many calls. Audited.

    Raises NotFound, Conflict (nobody left to remind, or the platform refuses), Forbidden.
    """
    ctx.require("campaigns.publish")
    one = get(ctx, post_id)
    waiting = [call for call in one.calls if call.state == "made"]
    kind = kinds_of_posts().get(one.kind)()
    if not waiting or not kind.reminds:
        raise Conflict("Nobody can be reminded.", "All have confirmed, or the platform reminds nobody of such a post.")
    session = platforms.open_session(db, ctx.clock, one.config["account_id"])
    try:
        for call in waiting:
            platforms.run(lambda call=call: kind.remind(session, call.provider_id))
    except RegularsError as error:
        raise Conflict(error.message, error.hint) from error
    workspace.audit(ctx, "post.reminded", "post", post_id, after={"calls": len(waiting)})
    return len(waiting)
