"""The door of one person's messages: what was said, where it went, what became of it, what it cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.channels import api, links, people, planning, store_log, template
from regulars.channels.billing import Bill
from regulars.channels.contract import Message, Recipient
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.identity import api as identity
from regulars.profiles import api as profiles

SENT = ("message.sent", "message.failed")
PAGE = 50


@dataclass(frozen=True, slots=True)
class Happened:
    """A state of a message, since when, and why."""

    state: str
    at: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class PersonMessage:
    """A message to a person. state: the last. text: as the channel kept it, or rendered again with today's values.

    address: masked, where the person is reached by that channel today.
    """

    channel: str
    campaign_id: int
    state: str
    reason: str
    at: datetime
    states: tuple[Happened, ...]
    text: str
    text_is: Literal["kept", "again", ""]
    address: str
    parts: int
    cost_fen: int


def of_person(ctx: Ctx, uid: int, cursor: str | None = None) -> tuple[list[PersonMessage], str | None]:
    """Return a page of a person's messages, newest first, and the cursor of the next.

    What was kept back stands on the first page. Raises: NotFound when the person is beyond the actor's scope, BadInput.
    """
    page = profiles.timeline(ctx, uid, cursor, PAGE, types=list(SENT))
    suids = identity.suids_of(ctx, [uid])[uid]
    moments = [one for one in page.items if one.origin != "replay" and one.props.get("message_id")]
    requests = [_request(one.props) for one in moments]
    known = store_log.messages(ctx, requests, suids)
    masked: dict[str, str] = {}
    for one in identity.identifiers(ctx, uid):
        masked.setdefault(one.ns, one.masked)
    found = [
        _message(ctx, uid, masked, known[request], Happened(one.type.partition(".")[2], one.occurred_at, _why(one)))
        for request, one in zip(requests, moments, strict=True)
        if request in known
    ]
    if cursor is None:
        found += [_kept_back(masked, row) for row in store_log.kept_back(ctx, suids)]
        found.sort(key=lambda one: one.at, reverse=True)
    return found, page.next_cursor


def _request(props: Mapping[str, Any]) -> str:
    return str(props["message_id"]).partition(":")[0]


def _why(moment: Any) -> str:  # noqa: ANN401 - a Moment of profiles
    return str(moment.props.get("reason") or "")


def _message(ctx: Ctx, uid: int, masked: Mapping[str, str], row: Mapping[str, Any], first: Happened) -> PersonMessage:
    states = (first, *(_told(receipt) for receipt in row["receipts"]))
    last = max(states, key=lambda one: one.at)
    bill = Bill.read(row["bill"])
    parts = bill.parts_of(uid) if first.state == "sent" else 0
    text, text_is = _text(ctx, uid, row)
    return PersonMessage(
        row["channel"], row["campaign_id"], last.state, last.reason, first.at, states, text, text_is,
        _address(row["channel"], masked), parts, parts * bill.part_fen,
    )  # fmt: skip


def _told(receipt: Mapping[str, Any]) -> Happened:
    state = "not_delivered" if receipt["state"] == "failed" else receipt["state"]
    return Happened(state, datetime.fromisoformat(receipt["at"]), receipt["reason"])


def _text(ctx: Ctx, uid: int, row: Mapping[str, Any]) -> tuple[str, Literal["kept", "again", ""]]:
    if row["body"] is not None:
        return f"{row['title']}\n{row['body']}".strip(), "kept"
    message = Message(**row["message"])
    try:
        kind, config = planning.channel_of(row["channel"], row["config"])
        texts = kind.texts(config)
        used = template.check(message, texts)
        values = {**people.values(ctx, [uid], used, None)[uid], **links.sample()}
        said, more = template.render(message, values), template.render_texts(texts, values)
    except BadInput:
        return "", ""
    return kind.preview(config, Recipient(uid, said.title, said.body, more)), "again"


def _address(channel: str, masked: Mapping[str, str]) -> str:
    kinds = {kind.key: kind for kind in api.channel_kinds()}
    reach: Sequence[str] = kinds[channel].reach if channel in kinds else ()
    return next((masked[ns] for ns in reach if ns in masked), "")


def _kept_back(masked: Mapping[str, str], row: Mapping[str, Any]) -> PersonMessage:
    happened = Happened(row["state"], row["at"], row["reason"])
    return PersonMessage(
        row["channel"], row["campaign_id"], row["state"], row["reason"], row["at"], (happened,), "", "",
        _address(row["channel"], masked), 0, 0,
    )  # fmt: skip
