"""The door of notices to staff: which kind of thing is told in which group, by robots.

What can be told is what waits for somebody (`workspace.needs`), and tasks that ended. Each pass of a minute says all
that is new to a group in one message, so that twenty a minute, the most a robot may say, are never reached.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from regulars.channels import kinds, store_notices
from regulars.channels.contract import channels
from regulars.channels.robots import Group, Notice, NoticeState, Robot, robots
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, RegularsError
from regulars.core.registry import Registry
from regulars.core.text import Lang, Text
from regulars.infra.db import Database
from regulars.infra.event_log import MakeCtx
from regulars.platforms import api as platforms
from regulars.platforms.contract import Away, Refused, Unclear
from regulars.workspace import api as workspace
from regulars.workspace.api import Need, Waiting

__all__ = [
    "JOURNEYS",
    "Group",
    "Notice",
    "NoticeState",
    "Rules",
    "groups",
    "kinds_of_notices",
    "pass_once",
    "recent",
    "rules",
    "set_rules",
    "tell",
    "try_out",
]
log = structlog.get_logger()
_SETTING = "notices"
EVERY = timedelta(hours=1)
"""A kind is told again at most so often: what waits may grow by the minute."""
KEEP = timedelta(days=1)
AT_ONCE = 30
ENDED = "tasks_ended"
ENDED_LATELY = timedelta(hours=2)
JOURNEYS = "journeys"
_OWN: Mapping[str, Text] = {
    ENDED: Text("任务完成（导入、人群计算等）", "A task has ended (imports and the like)"),
    JOURNEYS: Text("旅程里的通知节点", "Notices in journeys"),
}
_HEAD = "Regulars"


@dataclass(frozen=True, slots=True)
class Rules:
    """Which accounts are told of each kind, and in which language."""

    language: Lang
    groups: Mapping[str, tuple[int, ...]]


def robot_kinds() -> Registry[Robot]:
    """Return the robots, loaded."""
    channels.load(kinds)
    return robots.load(kinds)


def kinds_of_notices() -> dict[str, Text]:
    """Return what can be told, by kind."""
    return {**{kind: one.title for kind, one in workspace.told_needs().items()}, **_OWN}


def groups(ctx: Ctx) -> list[Group]:
    """Return the brand's accounts of robots; in practice mode those of the sandbox."""
    world = "practice" if platforms.practice(ctx).on else "live"
    return [
        Group(one.id, one.name, kind.key)
        for kind in robot_kinds()
        for one in platforms.accounts(ctx, platform=kind.platform)
        if one.world == world
    ]


def rules(ctx: Ctx) -> Rules:
    """Return who is told of what."""
    stored = workspace.setting(ctx, _SETTING, {})
    told = {kind: tuple(ids) for kind, ids in stored.get("groups", {}).items()}
    return Rules(stored.get("language", "zh"), told)


def set_rules(ctx: Ctx, given: Rules) -> Rules:
    """Change who is told of what. Audited. Raises BadInput, Forbidden."""
    ctx.require("settings.write")
    known, own = kinds_of_notices(), {one.account_id for one in groups(ctx)} | _told_now(ctx)
    for kind, ids in given.groups.items():
        if kind not in known:
            raise BadInput(f"Nothing is told as {kind!r}.", f"Known: {', '.join(sorted(known))}.")
        if strangers := sorted(set(ids) - own):
            raise BadInput(f"Account {strangers[0]} is no robot of this brand.", "Choose one of the list.")
    chosen = {kind: sorted(set(ids)) for kind, ids in given.groups.items() if ids}
    workspace.set_setting(ctx, _SETTING, {"language": given.language, "groups": chosen})
    return rules(ctx)


def _told_now(ctx: Ctx) -> set[int]:
    """Accounts already chosen stay so, also those of the other world (practice mode)."""
    return {one for ids in rules(ctx).groups.values() for one in ids}


def recent(ctx: Ctx, *, limit: int = 30) -> list[Notice]:
    """Return what was told lately, newest first."""
    return store_notices.recent(ctx, limit)


def tell(ctx: Ctx, kind: str, text: str) -> int:
    """Let the groups of a kind be told something of their own, in the caller's transaction; return how many groups."""
    accounts = rules(ctx).groups.get(kind, ())
    for account_id in accounts:
        store_notices.add(ctx, kind, account_id, text)
    return len(accounts)


def try_out(db: Database, ctx: Ctx, account_id: int) -> None:
    """Say a word of trial in a group. Raises BadInput, Conflict (the platform's no), Forbidden."""
    ctx.require("settings.write")
    if account_id not in {one.account_id for one in groups(ctx)}:
        raise BadInput(f"Account {account_id} is no robot of this brand.", "Choose one of the list.")
    word = Text("这是一条测试消息。", "This is a trial.")[rules(ctx).language]
    try:
        _say(db, ctx, account_id, word)
    except RegularsError as error:
        raise Conflict(error.message, error.hint) from error


# --- passes -----------------------------------------------------------------------------------------------
def pass_once(db: Database, make_ctx: MakeCtx) -> int:
    """Find what is new in all brands, then tell each group all of it in one message; return how many messages."""
    with db.tx() as tx:
        ctx = make_ctx(tx, 0)
        brands = [one.id for one in workspace.brands(tx)]
        store_notices.left_telling(tx)
        store_notices.drop_old(tx, ctx.clock.system_now() - KEEP)
    for brand_id in brands:
        with db.tx() as tx:
            find(make_ctx(tx, brand_id))
    with db.tx() as tx:
        waiting = store_notices.accounts_waiting(tx)
    return sum(_tell(db, make_ctx, account_id) for account_id in waiting)


def find(ctx: Ctx) -> int:
    """Write a notice for each group of each kind of which there is something new; return how many."""
    given = rules(ctx)
    if not any(given.groups.values()):
        return 0
    known, now, written = store_notices.seen(ctx), ctx.clock.system_now(), 0
    waits = {one.kind: one for one in [*workspace.needs(ctx), _ended(ctx)] if not one.failed}
    for kind, accounts in given.groups.items():
        need = waits.get(kind, Need(kind, 0))
        before = known.get(kind, {"count": 0, "ids": [], "told_at": None})
        ids = [one.id for one in need.first]
        new = need.count > before["count"] or not set(ids) <= set(before["ids"])
        late = before["told_at"] is None or now - before["told_at"] >= EVERY
        if new and need.count and not late:
            continue  # told with what comes until then
        if new and need.count:
            for account_id in accounts:
                store_notices.add(ctx, kind, account_id, line(need, given.language))
                written += 1
        store_notices.mark_seen(ctx, kind, need.count, ids, told_at=now if new and need.count else None)
    return written


def _ended(ctx: Ctx) -> Need:
    since = ctx.clock.system_now() - ENDED_LATELY
    ended = [
        one
        for one in workspace.operations(ctx, 50)
        if one.state == "done" and one.finished_at is not None and one.finished_at >= since
    ]
    return Need(ENDED, len(ended), tuple(Waiting(str(one.id), one.title) for one in ended))


def line(need: Need, language: Lang) -> str:
    """Return what is said of a need: its title, how many, and names where they are nobody's."""
    told = workspace.told_needs().get(need.kind)
    title = kinds_of_notices()[need.kind][language]
    names = [one.name for one in need.first[:3] if one.name] if told is None or told.names else []
    more = need.count - len(names)
    said = ("、" if language == "zh" else ", ").join(names)
    if names and more > 0:
        said += f" 等 {need.count} 项" if language == "zh" else f" and {more} more"
    if not names:
        said = str(need.count)
    return f"{title}：{said}" if language == "zh" else f"{title}: {said}"


def _tell(db: Database, make_ctx: MakeCtx, account_id: int) -> int:
    """Tell a group what waits for it, in one message; 1 when it was told."""
    with db.tx() as tx:
        rows = store_notices.take(tx, account_id, AT_ONCE)
    if not rows:
        return 0
    ids = [row["id"] for row in rows]
    state: NoticeState = "told"
    error = ""
    with db.tx() as tx:
        ctx = make_ctx(tx, 0)
    try:
        _say(db, ctx, account_id, "\n".join(dict.fromkeys(row["text"] for row in rows)))
    except Unclear as no:
        state, error = "unknown", no.message
    except Away as no:
        state, error = "waiting", no.message
    except Refused as no:
        state, error = ("waiting" if no.retry_after_s is not None else "failed"), no.message
    except RegularsError as no:  # the account is gone, or of the other world
        state, error = "failed", no.message
    if error:
        log.warning("staff_not_told", account=account_id, state=state)
    with db.tx() as tx:
        store_notices.settle(tx, ids, state, error=error, told_at=ctx.clock.system_now() if state == "told" else None)
    return int(state == "told")


def _say(db: Database, ctx: Ctx, account_id: int, text: str) -> None:
    session = platforms.open_session(db, ctx.clock, account_id)
    robot = next(kind for kind in robot_kinds() if kind.platform == session.account.platform)
    platforms.run(lambda: robot().say(session, _HEAD, _cut(text, robot.longest - len(_HEAD))))


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1] + "…"


def chosen(given: Mapping[str, Sequence[int]], language: Lang) -> Rules:
    """Return rules as they are given over HTTP."""
    return Rules(language, {kind: tuple(ids) for kind, ids in given.items()})
