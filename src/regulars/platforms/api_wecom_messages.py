"""WeCom: messages and moments that a guide must confirm, and what became of them.

Source: developer.work.weixin.qq.com/document/path/92135 (messages), 93338 (results), 95094 (moments). A call makes a
task in the guides' app and sends nothing. How often a customer may be reached differs between pages (once a day; four
times a month): WeCom tells by the result "limit". It has no key against doubles.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.platforms.api_wecom import get, instant, pages, post, wanted
from regulars.platforms.contract import Session

PEOPLE_AT_ONCE = 10_000
GROUPS_AT_ONCE = 2_000
LONGEST_TEXT_BYTES = 4_000
Confirmed = Literal["waiting", "confirmed", "sent"]
Outcome = Literal["waiting", "sent", "not_friend", "limit"]
_CONFIRMED: Mapping[int, Confirmed] = {0: "waiting", 1: "confirmed", 2: "sent"}
_OUTCOME: Mapping[int, Outcome] = {0: "waiting", 1: "sent", 2: "not_friend", 3: "limit"}
"""Source: document/path/93338: 2 = no friend (any more), 3 = reached by another message already, which is the limit."""


@dataclass(frozen=True, slots=True)
class Made:
    """A task that was made. refused: external_userids for whom there is none."""

    msgid: str
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Task:
    """A guide's part of a task."""

    userid: str
    state: Confirmed
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a message to one customer or one group. id: external_userid or chat_id."""

    id: str
    userid: str
    outcome: Outcome
    at: datetime | None


async def add_message_task(
    session: Session, text: str, to: Sequence[str], *, sender: str = "",
    attachments: Sequence[Mapping[str, object]] = (),
) -> Made:  # fmt: skip
    """Ask guides to send one text to up to 10,000 friends. sender: this guide alone; "" = each friend's own guide."""
    body: dict[str, object] = {"chat_type": "single", "external_userid": list(to), **_said(text, attachments)}
    if sender:
        body["sender"] = sender
    said = await post(session, "externalcontact/add_msg_template", body)
    return Made(str(wanted(said, "msgid")), tuple(str(one) for one in said.get("fail_list") or ()))


async def add_group_task(
    session: Session, text: str, sender: str, *, groups: Sequence[str] = (),
    attachments: Sequence[Mapping[str, object]] = (),
) -> Made:  # fmt: skip
    """Ask a guide to send one text to up to 2,000 of the groups that are theirs; none named = all of them."""
    body: dict[str, object] = {"chat_type": "group", "sender": sender, **_said(text, attachments)}
    if groups:
        body["chat_id_list"] = list(groups)
    said = await post(session, "externalcontact/add_msg_template", body)
    return Made(str(wanted(said, "msgid")), tuple(str(one) for one in said.get("fail_list") or ()))


def _said(text: str, attachments: Sequence[Mapping[str, object]]) -> dict[str, object]:
    said: dict[str, object] = {"text": {"content": text}} if text else {}
    return {**said, "attachments": list(attachments)} if attachments else said


async def tasks(session: Session, msgid: str) -> list[Task]:
    """Return each guide's part of a message task."""
    found: list[Task] = []
    async for row in pages(
        session, "externalcontact/get_groupmsg_task", {"msgid": msgid, "limit": 1000}, items="task_list"
    ):
        state = _CONFIRMED.get(int(row.get("status", 0)), "waiting")
        found.append(Task(str(row["userid"]), state, instant(row.get("send_time"))))
    return found


async def results(session: Session, msgid: str, userid: str) -> list[Result]:
    """Return what became of the messages of one guide's part."""
    found: list[Result] = []
    body = {"msgid": msgid, "userid": userid, "limit": 1000}
    async for row in pages(session, "externalcontact/get_groupmsg_send_result", body, items="send_list"):
        outcome = _OUTCOME.get(int(row.get("status", 0)), "waiting")
        to = str(row.get("external_userid") or row.get("chat_id", ""))
        found.append(Result(to, str(row.get("userid", userid)), outcome, instant(row.get("send_time"))))
    return found


async def remind(session: Session, msgid: str) -> None:
    """Remind the guides who have not confirmed, at most three times in 24 hours. Source: document/path/97610."""
    await post(session, "externalcontact/remind_groupmsg_send", {"msgid": msgid})


# --- moments ----------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class MomentJob:
    """A moment being made. moment_id: "" until it is. refused: senders and tags WeCom did not take."""

    state: Literal["begun", "making", "made"]
    moment_id: str = ""
    refused: tuple[str, ...] = ()


async def add_moment_task(
    session: Session, text: str, *, senders: Sequence[str] = (), tags: Sequence[str] = (),
    attachments: Sequence[Mapping[str, object]] = (),
) -> str:  # fmt: skip
    """Ask guides to publish a moment for friends with any of the tags; return the job's id, good for 24 hours.

    Source: document/path/95094; at most one a day is shown to a friend. senders, tags: none = all.
    """
    seen: dict[str, Any] = {}
    if senders:
        seen["sender_list"] = {"user_list": list(senders)}
    if tags:
        seen["external_contact_list"] = {"tag_list": list(tags)}
    body = {**_said(text, attachments), "visible_range": seen}
    return str(wanted(await post(session, "externalcontact/add_moment_task", body), "jobid"))


async def moment_job(session: Session, job_id: str) -> MomentJob:
    """Return how far a moment is."""
    said = await get(session, "externalcontact/get_moment_task_result", jobid=job_id)
    result: Mapping[str, Any] = said.get("result") or {}
    senders: Mapping[str, Any] = result.get("invalid_sender_list") or {}
    seen: Mapping[str, Any] = result.get("invalid_external_contact_list") or {}
    refused = (*senders.get("user_list", ()), *seen.get("tag_list", ()))
    states: Mapping[int, Literal["begun", "making", "made"]] = {1: "begun", 2: "making", 3: "made"}
    return MomentJob(states.get(int(said.get("status", 1)), "begun"), str(result.get("moment_id", "")), refused)


async def moment_tasks(session: Session, moment_id: str) -> dict[str, bool]:
    """Return who has published a moment: guide -> published."""
    body = {"moment_id": moment_id, "limit": 500}
    rows = pages(session, "externalcontact/get_moment_task", body, items="task_list")
    return {str(row["userid"]): int(row.get("publish_status", 0)) == 1 async for row in rows}


async def moment_seen_by(session: Session, moment_id: str, userid: str) -> list[str]:
    """Return the friends to whom a guide's moment is shown."""
    body = {"moment_id": moment_id, "userid": userid, "limit": 500}
    rows = pages(session, "externalcontact/get_moment_send_result", body, items="customer_list")
    return [str(row["external_userid"]) async for row in rows]
