"""The profiles room's door."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa

from regulars.core.clock import day_start
from regulars.core.ctx import Ctx
from regulars.core.event import dictionary
from regulars.core.rule import PersonView
from regulars.core.text import Text
from regulars.identity import api as identity
from regulars.infra.crypto import mask, vault
from regulars.infra.numbers import Numbers
from regulars.profiles import fields, intake
from regulars.profiles import rebuild as rebuilding
from regulars.profiles.contract import (
    AttributeFact,
    Consent,
    ConsentFact,
    MembershipFact,
    Moment,
    Order,
    Page,
    Person,
    SettledLines,
)
from regulars.profiles.cursors import packed, unpacked
from regulars.profiles.fields import events_of_people
from regulars.profiles.listing import (
    columns,
    date_field,
    labels,
    register_segment_members,
    rows_as_csv,
    search,
    searchable,
    values,
)
from regulars.profiles.person_port import ProfileData, View, state_values
from regulars.profiles.reach import not_found, own_brands, reached
from regulars.profiles.rebuild import Progress
from regulars.profiles.store import aside, derived, reads, state
from regulars.profiles.store import facts as store_facts
from regulars.profiles.store import lines as store_lines
from regulars.profiles.store import timeline as store_timeline
from regulars.profiles.store.cuts import cuts_in_force

__all__ = [
    "alone_aside",
    "aside_source",
    "columns",
    "consent",
    "consents",
    "counts",
    "date_field",
    "events_of_people",
    "figures",
    "fold_changes",
    "labels",
    "on_new_states",
    "orders",
    "person",
    "person_data",
    "put_aside",
    "rebuild",
    "record_attributes",
    "record_consents",
    "record_memberships",
    "register_panel",
    "register_segment_members",
    "roll_day",
    "rows_as_csv",
    "search",
    "searchable",
    "settle",
    "settle_lines",
    "state_halves",
    "state_on",
    "state_source",
    "suids_of_batch",
    "tagged_at",
    "tags",
    "timeline",
    "timeline_types",
    "title",
    "unmatched_refunds",
    "values",
    "view",
    "write_lines",
    "write_settled",
]

fields.register()
person_data = ProfileData()

_EVER, _ALWAYS = datetime(1970, 1, 1, tzinfo=UTC), datetime(2149, 6, 6, tzinfo=UTC)

Panel = Callable[[Ctx, int], list[dict[str, Any]]]
"""Gives a section of a person's page: (ctx, uid) -> JSON-safe rows."""

_panels: dict[str, Panel] = {}
_followers: dict[str, Callable[[Ctx, Sequence[int] | None], None]] = {}


# --- facts in ---------------------------------------------------------------------------------------------
def write_lines(ctx: Ctx, table: pa.Table, *, token: str, whole: bool = False) -> list[int]:
    """Write order lines of the brand and return the suids whose people must be rebuilt.

    table: columns suid, shop, document_id, ordinal (from 1), kind (sale, refund, stock, cash), occurred_at
    (aware), business_on, quantity, amount_fen (signed: refunds negative); optional item_id, item_name, category,
    unit_price, currency, store, region, refund_of (order given back), origin, batch_id.
    The natural key shop + kind + document_id + ordinal stands for ever: a line again replaces the line, and a
    document keeps the suid it had when first seen, whatever the table says. whole: each document is complete, so
    its lines known before and not here go. token: the same non-empty token twice changes nothing.
    Lines of an erased person are left out. Raises BadInput: a column is missing, a sale or refund without suid.
    """
    return intake.write_lines(ctx, table, token=token, whole=whole)


def settle_lines(ctx: Ctx, table: pa.Table) -> SettledLines:
    """Do the first half of `write_lines`: keep whose documents these lines are of, and write nothing else.

    table: as for `write_lines`. For a caller that repeats a write after a crash: committed before the first attempt,
    it makes every attempt write the same rows.
    """
    return intake.settle_lines(ctx, table)


def write_settled(ctx: Ctx, settled: SettledLines, *, token: str) -> list[int]:
    """Do the second half of `write_lines`. Whoever settles the same documents between both halves wins."""
    return intake.write_settled(ctx, settled, token=token)


def suids_of_batch(ctx: Ctx, batch_id: str) -> list[int]:
    """Return the suids with lines of a batch (column batch_id): whose people an import must rebuild."""
    return store_lines.suids_of_batch(ctx, batch_id)


def record_attributes(ctx: Ctx, attributes: Sequence[AttributeFact]) -> None:
    """Record what was learnt about people of the brand; the newest value per key counts.

    gender, province, city and birth_md (month * 100 + day) stay in plain; every other key is encrypted.
    The caller rebuilds the people.
    """
    intake.record_attributes(ctx, attributes)


def record_memberships(ctx: Ctx, memberships: Sequence[MembershipFact]) -> None:
    """Record who joined the brand's club; the first time counts. The caller rebuilds the people."""
    intake.record_memberships(ctx, memberships)


def record_consents(ctx: Ctx, changes: Sequence[ConsentFact]) -> int:
    """Add changes of consent to the brand's history and return how many were new. The caller rebuilds."""
    return intake.record_consents(ctx, changes)


# --- derived ----------------------------------------------------------------------------------------------
def rebuild(ctx: Ctx, uids: Sequence[int] | None, progress: Progress | None = None, *, recut: bool = True) -> None:
    """Make refund matches, orders and states anew, of the brand (of all, for the group) and of the group.

    uids: the people touched, None = everybody; numbers that are nobody any more lose their state. The lake must
    know who is who by now (identity.publish_aliases). recut: a whole run takes the day's RFM cut points anew; False
    keeps the day and cut points in force, so that the answer equals what the incremental runs arrived at.
    """
    if uids is None:
        rebuilding.rebuild_all(ctx, progress, recut=recut)
    else:
        rebuilding.rebuild_touched(ctx, uids)
    _tell_followers(ctx, uids)


def roll_day(ctx: Ctx) -> bool:
    """Bring all states to today's business day; tell whether that was due."""
    due = rebuilding.roll_day(ctx)
    if due:
        _tell_followers(ctx, None)
    return bool(due)


def fold_changes(ctx: Ctx) -> bool:
    """Fold the changes of people into the stored whole where they are many; nobody's state changes by it."""
    return bool(rebuilding.fold_changes(ctx))


def settle(ctx: Ctx) -> None:
    """Let each line, order and attribute lie once in the lake, so that reading them costs no merging."""
    derived.settle_facts(ctx)
    derived.settle(ctx)


def on_new_states(name: str, follow: Callable[[Ctx, Sequence[int] | None], None]) -> None:
    """Let a room above follow when states were made anew other than through the log (import, a new day).

    follow: called with ctx as rebuilt for, and the uids; None = everybody's.
    """
    _followers[name] = follow


def _tell_followers(ctx: Ctx, uids: Sequence[int] | None) -> None:
    for name in sorted(_followers):
        _followers[name](ctx, uids)


def state_on(ctx: Ctx) -> date | None:
    """Return the business day from which the brand's stored states count back, None before the first."""
    cuts = cuts_in_force(ctx, ctx.brand_id)
    return cuts.as_of_on if cuts else None


def scored_buyers(ctx: Ctx) -> int:
    """Return over how many of the brand's buyers the cut points of RFM scores were taken, 0 before the first."""
    cuts = cuts_in_force(ctx, ctx.brand_id)
    return cuts.people if cuts else 0


def state_halves(ctx: Ctx) -> tuple[str, str]:
    """Return two lake SELECTs with the columns of user_state, both over {brand_id:UInt16}: base and changes.

    base: everybody as the base has them, also people who have changed since. changes: those, as they are now. Who
    is in the delta and in neither is nobody any more.
    """
    return state.BASE, state.CHANGES


def state_source(ctx: Ctx, as_of: date | None) -> str:
    """Return a lake SELECT in brackets, without parameters, with the columns of user_state of the brand's people.

    as_of None: as stored. A day: as known at its start - orders, refunds, events and attributes of that day and
    later are not known, windows count back from it. Corrections of an order, and attributes learnt again later, are
    not kept by day: an order counts as it is known today, an attribute whose newest value is later as not known.
    """
    return state.stored(ctx.brand_id) if as_of is None else rebuilding.past_source(ctx, as_of)


def alone_aside(ctx: Ctx) -> AbstractContextManager[None]:
    """Keep the place for people put aside to oneself, and empty it in the end; the lock lasts for the transaction."""
    return aside.alone(ctx)


def put_aside(ctx: Ctx, people: Mapping[int, Sequence[int]], asked: Mapping[str, str]) -> None:
    """Put a few people's states of the brand, and their rows of the relations asked, where reading them costs little.

    people: uid -> all suids; they replace those before. asked: key of a rule's relation -> its own SELECT. Only
    within `alone_aside`.
    """
    aside.put(ctx, people, asked)


def aside_source(relation: str) -> str:
    """Return a SELECT of just the rows of those put aside. relation: key of a rule's relation.

    Of the person relation: their states, and who is not on record has none. Rows are there of the relations asked.
    """
    return aside.source(relation)


# --- people -----------------------------------------------------------------------------------------------
def counts(ctx: Ctx) -> dict[str, int]:
    """Return how many people of the brand lie within the scope: identified, anonymous."""
    return reads.counted(ctx)


def person(ctx: Ctx, uid: int) -> Person:
    """Return one person with the sections that rooms above add. Raises PersonNotFound."""
    suids = reached(ctx, uid)
    stored = reads.stored_state(ctx, uid)
    if stored is None:
        raise not_found(uid)
    return Person(
        uid=uid,
        label=labels(ctx, [uid])[uid],
        anonymous=bool(stored["anonymous"]),
        state=stored,
        identifiers=tuple(identity.identifiers(ctx, uid)),
        consents=tuple(consents(ctx, uid)),
        attributes=_attributes(ctx, suids),
        panels={name: _panels[name](ctx, uid) for name in sorted(_panels)},
    )


def _attributes(ctx: Ctx, suids: Sequence[int]) -> dict[str, str]:
    found: dict[str, str] = {}
    for row in store_facts.attributes(ctx, suids):
        if row["secret"] is None:
            found[row["key"]] = row["value"]
        else:
            plain = vault().decrypt(row["secret"], intake.secret_context(row["suid"], row["key"])).decode()
            found[row["key"]] = mask(row["key"], plain)
    return found


def tags(ctx: Ctx, uid: int) -> dict[int, tuple[str, datetime]]:
    """Return a person's newest word on each tag of facts, "" = taken away, and since when. Raises PersonNotFound."""
    return store_facts.tags(ctx, reached(ctx, uid))


def tagged_at(ctx: Ctx, tag: int, known_at: datetime) -> list[int]:
    """Return the suids that have a value of a tag since just this instant, ascending."""
    return store_facts.tagged_at(ctx, tag, known_at)


def register_panel(name: str, panel: Panel) -> None:
    """Let a room above add a section to a person's page (boot)."""
    _panels[name] = panel


def orders(ctx: Ctx, uid: int, cursor: str | None = None, limit: int = 50) -> Page[Order]:
    """Return a person's orders of the brand, newest first. Raises PersonNotFound."""
    suids = reached(ctx, uid)
    rows = reads.orders(ctx, own_brands(ctx), suids, before=_moment_of(cursor), limit=limit)
    following = _cursor(rows, limit, "ordered_at")
    return Page(tuple(_order(row) for row in rows), following)


def _order(row: Mapping[str, Any]) -> Order:
    told = {name: value for name, value in row.items() if name != "key"}
    return Order(**{**told, "ordered_at": row["ordered_at"].replace(tzinfo=UTC)})


def timeline(
    ctx: Ctx, uid: int, cursor: str | None = None, limit: int = 50, *, types: Sequence[str] = (), on: date | None = None
) -> Page[Moment]:
    """Return what happened with a person, newest first; an order or refund is one moment.

    types: only these; none = any. on: only that day of the brand. Raises PersonNotFound, BadInput.
    """
    suids, wanted = reached(ctx, uid), _wanted(ctx, types, on)
    rows = store_timeline.moments(ctx, own_brands(ctx), suids, wanted, before=_moment_of(cursor), limit=limit)
    return Page(tuple(_moment(row) for row in rows), _cursor(rows, limit, "occurred_at"))


def timeline_types(ctx: Ctx, uid: int, on: date | None = None) -> dict[str, int]:
    """Return event type -> how often it happened with a person, most often first. Raises PersonNotFound."""
    suids = reached(ctx, uid)
    found = store_timeline.counted(ctx, own_brands(ctx), suids, _wanted(ctx, (), on))
    return {row["type"]: row["n"] for row in found}


def _wanted(ctx: Ctx, types: Sequence[str], on: date | None) -> store_timeline.Wanted:
    if on is None:
        return store_timeline.Wanted(tuple(types), _EVER, _ALWAYS)
    until = day_start(on + timedelta(days=1), ctx.zone) - timedelta(milliseconds=1)
    return store_timeline.Wanted(tuple(types), day_start(on, ctx.zone), until)


def _moment(row: dict[str, Any]) -> Moment:
    props: dict[str, Any] = json.loads(row["props"]) if row["props"] else {}
    if row["document_id"]:
        props = {n: row[n] for n in ("document_id", "lines", "amount_fen", "currency")}
    return Moment(row["occurred_at"].replace(tzinfo=UTC), row["type"], row["origin"], row["shop"], props)


def _cursor(rows: Sequence[dict[str, Any]], limit: int, at: str) -> str | None:
    if len(rows) < limit:
        return None
    last = rows[-1]
    return packed([last[at].replace(tzinfo=UTC).isoformat(), last["key"]])


def _moment_of(cursor: str | None) -> tuple[datetime, str] | None:
    if cursor is None:
        return None
    at, key = unpacked(cursor, str, str)
    return datetime.fromisoformat(at), key


def view(ctx: Ctx, uid: int) -> PersonView:
    """Return a person as rules see it, for evaluation in Python. Raises PersonNotFound."""
    suids = reached(ctx, uid)
    values = state_values(ctx, uid)
    if values is None:
        raise not_found(uid)
    return View(ctx, suids, values)


def title(event_type: str) -> Text:
    """Return what an event is called."""
    return dictionary.get(event_type).title if event_type in dictionary else Text(event_type, event_type)


# --- consent ----------------------------------------------------------------------------------------------
def consent(ctx: Ctx, uids: Iterable[int], channel: str, purpose: str) -> set[int]:
    """Return those who allow this channel and purpose in the brand. Nothing recorded means no."""
    owners = {suid: uid for uid, suids in identity.suids_of(ctx, list(uids)).items() for suid in suids}
    return store_facts.who_said(ctx, owners, "granted", channel, purpose) if owners else set()


def allowing(ctx: Ctx, channel: str, purpose: str) -> Numbers:
    """Return all who allow this channel and purpose in the brand, as the states say: seconds behind `consent`."""
    return reads.allowing(ctx, f"{channel}:{purpose}")


def opposed(ctx: Ctx, uids: Iterable[int], channel: str, purpose: str) -> set[int]:
    """Return those who said no to this channel and purpose in the brand. Nothing recorded is no such word."""
    owners = {suid: uid for uid, suids in identity.suids_of(ctx, list(uids)).items() for suid in suids}
    return store_facts.who_said(ctx, owners, "withdrawn", channel, purpose) if owners else set()


def consents(ctx: Ctx, uid: int) -> list[Consent]:
    """Return a person's newest word per channel and purpose in the brand."""
    return [Consent(**row) for row in store_facts.consents(ctx, identity.suids_of(ctx, [uid])[uid])]


# --- figures ----------------------------------------------------------------------------------------------
def figures(ctx: Ctx) -> dict[str, Any]:
    """Return what is on record in the brand, in figures.

    lines, invoices (documents of any kind), customers (identified, with lines), cancelled_invoices (refund
    documents), value_all (quantity * unit price, major units, as text), positive_* (identified, quantity and price
    above 0), anonymous_lines (without an identified person), stock_lines, cash_lines, refunds {lines, matched (whole
    quantity), unmatched, partly, unmatched_fen; of identified people}, people {identified, anonymous}.
    """
    lines, refunds = reads.figures(ctx)
    return {**lines, "refunds": refunds, "people": counts(ctx)}


def paid_orders(ctx: Ctx, shop: str, start: datetime, end: datetime) -> dict[str, int]:
    """Return a shop's orders of start <= time < end with what was paid for each, in minor units."""
    return store_lines.paid(ctx, shop, start, end)


def unmatched_refunds(ctx: Ctx, cursor: str | None = None, limit: int = 50) -> Page[dict[str, Any]]:
    """Return refund lines of which a part found no earlier sale, newest first; they count in the cash net only."""
    day, shop, document_id, ordinal = unpacked(cursor, str, str, str, int) if cursor else ("2149-06-06", "", "", 0)
    after = {"refund_on": date.fromisoformat(day), "shop": shop, "document_id": document_id, "ordinal": ordinal}
    rows = reads.unmatched(ctx, after, limit)
    last = rows[-1] if len(rows) == limit else None
    following = None
    if last:
        following = packed([last["refund_on"].isoformat(), last["shop"], last["document_id"], last["ordinal"]])
    return Page(tuple(rows), following)
