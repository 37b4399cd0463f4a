"""What the back door asks of the rooms below: who somebody is now, who consents, what a message may say of them.

A uid in the outbox is the person's when the request was planned. Since then people may have been found to be one,
so every question is asked of who they are now, and of every uid they ever had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from regulars.channels import store
from regulars.core.ctx import Ctx
from regulars.identity import api as identity
from regulars.identity.contract import ANYWHERE
from regulars.profiles import api as profiles

_STATE = frozenset({"purchase_number", "days_since_last_order", "favourite_category"})


@dataclass(frozen=True, slots=True)
class Now:
    """Who people are now. uid_of: planned uid -> today's uid; suids_of: today's uid -> every uid they ever had."""

    uid_of: Mapping[int, int]
    suids_of: Mapping[int, Sequence[int]]

    def every_uid(self) -> list[int]:
        """Return all uids under which something may be written about these people."""
        return sorted({*self.uid_of, *(s for suids in self.suids_of.values() for s in suids)})

    def gathered(self, found: Mapping[int, Any]) -> dict[int, list[Any]]:
        """Return what was found under any uid of a person, by planned uid; people without anything are absent."""
        by_person: dict[int, list[Any]] = {}
        for uid, now in self.uid_of.items():
            values = [found[s] for s in {uid, now, *self.suids_of.get(now, ())} if s in found]
            if values:
                by_person[uid] = values
        return by_person


def now(ctx: Ctx, uids: Sequence[int]) -> Now:
    """Find out who these people are now."""
    known = identity.uid_of(ctx, list(uids))
    uid_of = {uid: known.get(uid, uid) for uid in uids}
    return Now(uid_of, identity.suids_of(ctx, sorted(set(uid_of.values()))))


def consenting(ctx: Ctx, people: Now, channel: str, purpose: str) -> set[int]:
    """Return the planned uids of whom this purpose may be said to on this channel.

    Marketing: who granted it; nothing recorded means no. Service, what an order, a delivery or an account needs: who
    did not oppose it. Source: Personal Information Protection Law of the PRC, article 13 (1) 2.
    """
    asked = sorted(set(people.uid_of.values()))
    if purpose == "service":
        allowed = set(asked) - profiles.opposed(ctx, asked, channel, purpose)
    else:
        allowed = profiles.consent(ctx, asked, channel, purpose)
    return {uid for uid, today in people.uid_of.items() if today in allowed}


def reachable(ctx: Ctx, people: Now, reach: Sequence[str]) -> set[int]:
    """Return the planned uids of who has an identifier of one of these namespaces; everybody when there are none."""
    if not reach:
        return set(people.uid_of)
    having = identity.holders(ctx, sorted(set(people.uid_of.values())), dict.fromkeys(reach, ANYWHERE))
    anyone = {uid for uids in having.values() for uid in uids}
    return {uid for uid, today in people.uid_of.items() if today in anyone}


def addresses(ctx: Ctx, uids: Sequence[int], reach: Sequence[str]) -> dict[int, tuple[str, str]]:
    """Return (namespace, plain value) under which people are reached, by planned uid.

    The first namespace of `reach` that somebody has counts. Only the sender asks, just before it sends.
    """
    if not reach or not uids:
        return {}
    people = now(ctx, uids)
    found: dict[int, dict[str, str]] = {}
    for uid, ns, value in identity.values_of(ctx, sorted(set(people.uid_of.values())), dict.fromkeys(reach, ANYWHERE)):
        found.setdefault(uid, {}).setdefault(ns, value)
    best = {uid: next((ns, known[ns]) for ns in reach if ns in known) for uid, known in found.items()}
    return {uid: best[today] for uid, today in people.uid_of.items() if today in best}


def values(ctx: Ctx, uids: Sequence[int], used: Sequence[str], as_of: date | None) -> dict[int, dict[str, Any]]:
    """Return the template variables of people by planned uid; only what the message uses is fetched.

    as_of: the business day of a replay, None = today.
    """
    if not uids or not used:
        return {uid: {} for uid in uids}
    people = now(ctx, uids)
    asked = sorted(set(people.uid_of.values()))
    found: dict[int, dict[str, Any]] = {uid: {} for uid in asked}
    if not _STATE.isdisjoint(used):
        for row in store.state_of(ctx, profiles.state_source(ctx, as_of), asked):
            last = row["last_order_on"]
            found[row["uid"]].update(
                purchase_number=row["purchase_number"],
                days_since_last_order=(ctx.today - last).days if last else None,
                favourite_category=row["favourite_category"] or None,
            )
    if "person.label" in used:
        for uid, label in identity.labels(ctx, asked).items():
            found[uid]["person.label"] = label
    return {uid: found[people.uid_of[uid]] for uid in uids}
