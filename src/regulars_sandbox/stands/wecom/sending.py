"""What WeCom answers about messages and moments that guides must confirm."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from regulars_sandbox.stands.wecom.company import Company, Message, Moment, No
from regulars_sandbox.stands.wecom.contacts import Given, Handler, page, wanted

_LONGEST_TEXT = 4_000
_DAY = timedelta(hours=24)


def _said(given: Given) -> str:
    text = str((given.get("text") or {}).get("content") or "")
    attachments = given.get("attachments") or []
    if (not text and not attachments) or len(text.encode()) > _LONGEST_TEXT or len(attachments) > 9:
        raise No(40058, "invalid Request Parameter, text or attachments")
    return text


def add_message(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/add_msg_template: a task for guides, nothing is sent yet."""
    text, kind = _said(given), str(given.get("chat_type") or "single")
    sender = str(given.get("sender") or "")
    if sender and sender not in of.guides:
        raise No(40003, "invalid UserID")
    to, failed = _to_groups(of, given, sender) if kind == "group" else _to_friends(of, given, sender)
    one = Message(of.new_id("msg"), text, to)
    of.messages[one.msgid] = one
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    counted = [f"task/{kind}/{userid}/{own}/{mark}" for userid, people in to.items() for own in people]
    return {"msgid": one.msgid, "fail_list": failed, "_counted": counted}


def _to_friends(of: Company, given: Given, sender: str) -> tuple[dict[str, list[str]], list[str]]:
    asked = given.get("external_userid") or ([one.external_userid for one in of.friends_of(sender)] if sender else [])
    if not 1 <= len(asked) <= 10_000:
        raise No(40058, "invalid Request Parameter, external_userid")
    to: dict[str, list[str]] = {}
    failed: list[str] = []
    for own in dict.fromkeys(asked):
        guides = [one.userid for one in of.guides_of(own) if not sender or one.userid == sender]
        if guides:
            to.setdefault(guides[0], []).append(own)
        else:
            failed.append(own)
    return to, failed


def _to_groups(of: Company, given: Given, sender: str) -> tuple[dict[str, list[str]], list[str]]:
    if not sender:
        raise No(40058, "invalid Request Parameter, missing sender")
    own = [group.chat_id for group in of.groups.values() if group.owner == sender]
    asked = given.get("chat_id_list") or own
    if len(asked) > 2_000:
        raise No(40058, "invalid Request Parameter, chat_id_list too long")
    return {sender: [chat for chat in asked if chat in own]}, [chat for chat in asked if chat not in own]


def _message(of: Company, given: Given) -> Message:
    wanted(given, "msgid")
    if given["msgid"] not in of.messages:
        raise No(41047, "invalid msgid")
    return of.messages[given["msgid"]]


def tasks(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_groupmsg_task."""
    one = _message(of, given)
    rows = [
        {"userid": userid, "status": 2, "send_time": one.confirmed[userid]}
        if userid in one.confirmed
        else {"userid": userid, "status": 0}
        for userid in one.to
    ]
    shown, cursor = page(rows, given, 1000)
    return {"task_list": shown, "next_cursor": cursor}


def results(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_groupmsg_send_result."""
    one = _message(of, given)
    wanted(given, "userid")
    userid = str(given["userid"])
    rows: list[Mapping[str, Any]] = []
    for own in one.to.get(userid, ()):
        status, at = one.status.get((userid, own), (0, 0))
        name = "chat_id" if own in of.groups else "external_userid"
        rows.append({name: own, "userid": userid, "status": status, **({"send_time": at} if status == 1 else {})})
    shown, cursor = page(rows, given, 1000)
    return {"send_list": shown, "next_cursor": cursor}


def remind(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/remind_groupmsg_send: three times in 24 hours."""
    one, now = _message(of, given), of.house.now()
    one.reminded = [at for at in one.reminded if now - at < _DAY]
    if len(one.reminded) >= 3:
        raise No(45009, "api freq out of limit")
    one.reminded.append(now)
    return {}


def add_moment(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/add_moment_task."""
    text, seen = _said(given), given.get("visible_range") or {}
    senders = (seen.get("sender_list") or {}).get("user_list") or [
        g.userid for g in of.guides.values() if g.status == 1
    ]
    tags = (seen.get("external_contact_list") or {}).get("tag_list") or []
    good = [one for one in senders if one in of.guides]
    job, own = of.new_id("job"), of.new_id("mom")
    of.moments[own] = Moment(own, job, good, [tag for tag in tags if tag in of.tags], text)
    mark = hashlib.sha256(text.encode()).hexdigest()[:12]
    return {"jobid": job, "_counted": [f"moment/{userid}/{mark}" for userid in good]}


def moment_job(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_moment_task_result: made when asked for the second time."""
    wanted(given, "jobid")
    one = next((moment for moment in of.moments.values() if moment.job_id == given["jobid"]), None)
    if one is None:
        raise No(41063, "invalid jobid")
    one.asked += 1
    if one.asked < 2:
        return {"status": 2, "type": "add_moment_task", "result": {}}
    return {
        "status": 3,
        "type": "add_moment_task",
        "result": {"errcode": 0, "errmsg": "ok", "moment_id": one.moment_id},
    }


def _moment(of: Company, given: Given) -> Moment:
    wanted(given, "moment_id")
    if given["moment_id"] not in of.moments:
        raise No(41063, "invalid moment_id")
    return of.moments[given["moment_id"]]


def moment_tasks(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_moment_task."""
    one = _moment(of, given)
    rows = [{"userid": userid, "publish_status": int(userid in one.published)} for userid in one.senders]
    shown, cursor = page(rows, given, 1000)
    return {"task_list": shown, "next_cursor": cursor}


def moment_seen(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_moment_send_result."""
    one = _moment(of, given)
    wanted(given, "userid")
    rows = [{"external_userid": own} for own in one.published.get(str(given["userid"]), [])]
    shown, cursor = page(rows, given, 5000)
    return {"customer_list": shown, "next_cursor": cursor}


GETS: dict[str, Handler] = {"externalcontact/get_moment_task_result": moment_job}
POSTS: dict[str, Handler] = {
    "externalcontact/add_msg_template": add_message, "externalcontact/get_groupmsg_task": tasks,
    "externalcontact/get_groupmsg_send_result": results, "externalcontact/remind_groupmsg_send": remind,
    "externalcontact/add_moment_task": add_moment, "externalcontact/get_moment_task": moment_tasks,
    "externalcontact/get_moment_send_result": moment_seen,
}  # fmt: skip
