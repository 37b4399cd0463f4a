"""Who may be contacted now. The same questions are asked at planning and again just before the call."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import time, timedelta
from typing import Any

from pydantic import BaseModel

from regulars.channels import people, store
from regulars.channels.contract import Channel, Frequency, Message, QuietHours
from regulars.core.ctx import Ctx

ADDRESS_MISSING = "address.missing"
CONSENT_MISSING = "consent.missing"
OPPOSED = "consent.opposed"
FREQUENCY_REACHED = "frequency.reached"
SAME_PERSON = "person.same"
SUPPRESSED = "suppressed."
UNREACHABLE = frozenset({ADDRESS_MISSING, CONSENT_MISSING, OPPOSED})
"""Why somebody is not reached by this channel but may be by another."""

Guard = Callable[[Ctx, str, Sequence[int]], Mapping[int, str]]
"""Says who of an order's people must not be sent to any more, and why: (ctx, key of the order, uids)."""
_guards: dict[str, Guard] = {}


def register_guard(name: str, guard: Guard) -> None:
    """Let a room that orders messages be asked right before a request starts; the same name again replaces it."""
    _guards[name] = guard


def guarded(ctx: Ctx, batch: Mapping[str, Any], uids: Sequence[int]) -> dict[int, str]:
    """Return who must not be sent to any more by the word of the room that ordered it; a replay reaches nobody."""
    stopped: dict[int, str] = {}
    for guard in _guards.values() if uids and batch["origin"] != "replay" else ():
        stopped.update(guard(ctx, batch["key"], uids))
    return stopped


@dataclass(frozen=True, slots=True)
class Rules:
    """What a batch asks of a person and of the hour. lane: 0 = real contacts, else the replay's own count."""

    channel: Channel
    config: BaseModel
    purpose: str
    quiet_hours: QuietHours | None
    frequency: Frequency | None
    lane: int

    @property
    def counted(self) -> bool:
        """Tell whether quiet hours and budgets apply: to marketing, never to service messages."""
        return self.purpose == "marketing"


def rules_of(batch: Mapping[str, Any], channel: Channel, config: BaseModel) -> Rules:
    """Read the rules of a stored batch."""
    quiet, frequency = batch["quiet_hours"], batch["frequency"]
    return Rules(
        channel=channel,
        config=config,
        purpose=batch["purpose"],
        quiet_hours=QuietHours(time.fromisoformat(quiet["from"]), time.fromisoformat(quiet["to"])) if quiet else None,
        frequency=Frequency(frequency["messages"], frequency["days"]) if frequency else None,
        lane=batch["id"] if batch["origin"] == "replay" else 0,
    )


def message_of(batch: Mapping[str, Any]) -> Message:
    """Read the message of a stored batch."""
    return Message(batch["message"]["title"], batch["message"]["body"], batch["message"].get("link", ""))


def forbidden(ctx: Ctx, rules: Rules, uids: Sequence[int]) -> dict[int, str]:
    """Return who must not be contacted whatever the budget says: suppression list, consent, no address.

    Of uids that have become one person since they were planned, one stays.
    """
    now = people.now(ctx, uids)
    listed = now.gathered(store.suppressed(ctx, now.every_uid(), rules.channel.channel_class))
    stopped = {uid: SUPPRESSED + min(reasons) for uid, reasons in listed.items()}
    allowed = people.consenting(ctx, now, rules.channel.consent_channel(rules.config), rules.purpose)
    reachable = people.reachable(ctx, now, rules.channel.reach)
    seen: set[int] = set()
    for uid in uids:
        if uid not in stopped and uid not in allowed:
            stopped[uid] = CONSENT_MISSING if rules.counted else OPPOSED
        elif uid not in stopped and uid not in reachable:
            stopped[uid] = ADDRESS_MISSING
        elif uid not in stopped and now.uid_of[uid] in seen:
            stopped[uid] = SAME_PERSON
        seen.add(now.uid_of[uid])
    return stopped


def check(ctx: Ctx, rules: Rules, uids: Sequence[int]) -> dict[int, str]:
    """Return who must not be contacted now, with the reason; the budget is read, not used."""
    stopped = forbidden(ctx, rules, uids)
    if rules.frequency and rules.counted:
        rest = [uid for uid in uids if uid not in stopped]
        used = _used(ctx, rules, rest)
        stopped.update({uid: FREQUENCY_REACHED for uid in rest if used.get(uid, 0) >= rules.frequency.messages})
    return stopped


def _used(ctx: Ctx, rules: Rules, uids: Sequence[int]) -> dict[int, int]:
    now = people.now(ctx, uids)
    found = now.gathered(store.budget_used(ctx, now.every_uid(), _window(ctx, rules)))
    return {uid: sum(counts) for uid, counts in found.items()}


def lately(ctx: Ctx, uids: Sequence[int], *, days: int, channel_class: str) -> dict[int, int]:
    """Return how many counted messages people really got within business days, by planned uid."""
    now = people.now(ctx, uids)
    window = {"channel_class": channel_class, "first": ctx.today - timedelta(days=days), "last": ctx.today, "lane": 0}
    found = now.gathered(store.budget_used(ctx, now.every_uid(), window))
    return {uid: sum(counts) for uid, counts in found.items()}


def take_budget(ctx: Ctx, rules: Rules, uids: Sequence[int]) -> set[int]:
    """Count a message for each person and return those it was too much for (they are not counted).

    Counting first and reading after, while the rows are locked, keeps two senders from both seeing room for one.
    """
    if not rules.counted or not uids:
        return set()
    store.change_budget(ctx, uids, {**_today(ctx, rules), "by": 1})
    if rules.frequency is None:
        return set()
    used = _used(ctx, rules, uids)
    over = {uid for uid, n in used.items() if n > rules.frequency.messages}
    give_back(ctx, rules, sorted(over))
    return over


def give_back(ctx: Ctx, rules: Rules, uids: Sequence[int]) -> None:
    """Undo today's count for people who were certainly not contacted."""
    if rules.counted and uids:
        store.change_budget(ctx, uids, {**_today(ctx, rules), "by": -1})


def _today(ctx: Ctx, rules: Rules) -> dict[str, Any]:
    return {"channel_class": rules.channel.channel_class, "day": ctx.today, "lane": rules.lane}


def _window(ctx: Ctx, rules: Rules) -> dict[str, Any]:
    days = rules.frequency.days if rules.frequency else 1
    return {
        "channel_class": rules.channel.channel_class,
        "first": ctx.today - timedelta(days=days),
        "last": ctx.today,
        "lane": rules.lane,
    }
