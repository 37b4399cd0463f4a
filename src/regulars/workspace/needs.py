"""What waits for somebody: every room tells its own, and the first page lists them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import structlog

from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.workspace import store, store_access
from regulars.workspace.contract import Operation

log = structlog.get_logger()

FAILED_LATELY = timedelta(days=3)
"""A task that failed longer ago waits for nobody any more."""
STUCK_AFTER = timedelta(minutes=30)
"""A running task that told nothing for so long is not getting on."""
ENDS_WITHIN = timedelta(days=2)
"""An invitation that ends so soon is worth a word to whoever was invited."""
NAMED = 3
"""How many things are named, where a kind has many."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that waits. id: under which its own page finds it. note: what is to be known of it, in data."""

    id: str
    name: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """What waits of one kind. first: a few of them by name, where they have names. failed: could not be told."""

    kind: str
    count: int
    first: tuple[Waiting, ...] = ()
    failed: bool = False


Find = Callable[[Ctx], tuple[int, Sequence[Waiting]]]
"""Returns how many wait, and some of them by name."""


@dataclass(frozen=True, slots=True)
class Told:
    """How a kind is told in a staff group. names: whether the things' names may be, as they are nobody's."""

    title: Text
    names: bool = False


_finds: dict[str, tuple[str, Find]] = {}
_told: dict[str, Told] = {}


def register_need(kind: str, permission: str, find: Find, *, told: Told | None = None) -> None:
    """Let a room say what waits of a kind, to whoever may deal with it (boot). told: also to groups of staff."""
    _finds[kind] = (permission, find)
    if told is not None:
        _told[kind] = told


def told_needs() -> dict[str, Told]:
    """Return the kinds that can be told to groups of staff, and how."""
    return dict(_told)


def needs(ctx: Ctx) -> list[Need]:
    """Return what waits for the actor, in order of kind. A room that cannot tell says so; the others go on."""
    found: list[Need] = []
    for kind, (permission, find) in sorted(_finds.items()):
        if not ctx.scope.allows(permission):
            continue
        try:
            with ctx.tx.transaction():
                count, some = find(ctx)
        except Exception:
            log.exception("need_untold", kind=kind)
            found.append(Need(kind, 0, failed=True))
            continue
        if count:
            found.append(Need(kind, count, tuple(some[:NAMED])))
    return found


def _failed_tasks(ctx: Ctx) -> tuple[int, list[Waiting]]:
    return _tasks(store.failed_since(ctx, ctx.clock.system_now() - FAILED_LATELY))


def _stuck_tasks(ctx: Ctx) -> tuple[int, list[Waiting]]:
    return _tasks(store.silent_since(ctx, ctx.clock.system_now() - STUCK_AFTER))


def _tasks(found: Sequence[Operation]) -> tuple[int, list[Waiting]]:
    return len(found), [Waiting(str(one.id), one.title, one.message) for one in found]


def _ending_invitations(ctx: Ctx) -> tuple[int, list[Waiting]]:
    end = ctx.clock.system_now() + ENDS_WITHIN
    ending = [one for one in store_access.invitations(ctx) if one.expires_at <= end]
    return len(ending), [Waiting(str(one.id), one.email, one.expires_at.isoformat()) for one in ending]


register_need("tasks_failed", "ingest.read", _failed_tasks, told=Told(Text("任务失败", "Tasks failed"), names=True))
register_need("tasks_stuck", "ingest.read", _stuck_tasks, told=Told(Text("任务无进展", "Tasks are stuck"), names=True))
register_need("invitations_ending", "access.write", _ending_invitations)
