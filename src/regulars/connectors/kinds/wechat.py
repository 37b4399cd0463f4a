"""A WeChat official account: who follows it, how they came, what they write and choose.

Source: developers.weixin.qq.com/doc/service/guide/product/message (messages, events). Not confirmed: that the time of
a "subscribe" message is the follower's subscribe_time; where they differ, the fact is there twice.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel

from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Named,
    NotTheirs,
    Page,
    Received,
    Statement,
    Stream,
    Window,
    connector_registry,
)
from regulars.core.errors import Forbidden
from regulars.core.text import Text
from regulars.platforms import api_wechat as wechat
from regulars.platforms.contract import Incoming, Session

_ANSWERS = {"accept": "allowed", "reject": "refused"}
_CODE = "qrscene_"


@connector_registry.add
class Wechat(Connector):
    """The page of a stream is the last openid and how far into its list; "=<openid>" is the page of one follower."""

    key: ClassVar[str] = "wechat"
    title: ClassVar[Text] = Text("微信公众号", "WeChat official account")
    platform: ClassVar[str] = "wechat"
    Config: ClassVar[type[BaseModel]] = ConnectorConfig
    streams: ClassVar[tuple[Stream, ...]] = (Stream("followers", Text("粉丝", "Followers"), "cursor", every_s=86_400),)

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Return up to 100 followers; the last page leaves nothing to go on from, the next time begins anew."""
        del config, stream, window
        if session is None:
            raise TypeError("WeChat is pulled through an account.")
        app_id = wechat.settings_of(session).app_id
        if page.startswith("="):
            found, following = [await wechat.follower(session, page[1:])], ""
        else:
            found, following = await _listed(session, page)
        return Page(tuple(s for one in found for s in _of_follower(one, app_id)), following)

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Read a message; WeChat repeats it up to three times until it is answered within five seconds."""
        del config
        if session is None:
            raise TypeError("WeChat's messages are opened with an account's keys.")
        settings = wechat.settings_of(session)
        try:
            told = wechat.read_message(settings, message)
        except Forbidden as error:
            raise NotTheirs(error.message, error.hint) from error
        if told.at is None:
            return Received(answer=told.echo.encode())
        made = _heard(told.fields, told.at, settings.app_id)
        newcomer = told.fields.get("Event") == "subscribe"
        changed = {"followers": f"={told.fields.get('FromUserName', '')}"} if newcomer else {}
        return Received(made, b"success", changed=changed)


async def _listed(session: Session, page: str) -> tuple[list[wechat.Follower], str]:
    """Return 100 followers of a list of 10,000, and the next page: "<openid the list begins after>|<how many read>"."""
    after, _, read = page.partition("|")
    ids, last = await wechat.follower_ids(session, after=after)
    start = int(read or 0)
    own = ids[start : start + wechat.DETAILS_AT_ONCE]
    end = start + len(own)
    following = f"{after}|{end}" if end < len(ids) else f"{last}|" if last else ""
    return (await wechat.followers(session, own) if own else []), following


def _names(openid: str, app_id: str, unionid: str = "") -> tuple[Named, ...]:
    return (Named("openid", openid, app_id), *((Named("unionid", unionid),) if unionid else ()))


def _of_follower(one: wechat.Follower, app_id: str) -> list[Statement]:
    if not one.follows or one.followed_at is None:
        return []
    props = {"account": app_id, "scene": one.scene, "code": one.code}
    own = f"{app_id}/{one.openid}/{int(one.followed_at.timestamp())}"
    named = _names(one.openid, app_id, one.unionid)
    made = [Statement("follower.followed", one.followed_at, own, props, named)]
    if one.unionid:  # a message tells only the openid; this ties it to the person, also when the message came first
        made.append(Statement("person.aliased", one.followed_at, f"{app_id}/{one.openid}/{one.unionid}", {}, named))
    return made


def _heard(fields: Mapping[str, Any], at: datetime, app_id: str) -> tuple[Statement, ...]:
    """Read a message or an event.

    A message is known by its MsgId, an event by sender and second; the kind of event is part of what makes it the same.
    """
    openid, event, key = (
        str(fields.get("FromUserName", "")),
        str(fields.get("Event", "")),
        str(fields.get("EventKey", "")),
    )
    named, own = _names(openid, app_id), f"{app_id}/{openid}/{int(at.timestamp())}"
    about = {"account": app_id}
    if str(fields.get("MsgType")) != "event":
        props = {**about, "kind": str(fields.get("MsgType", "")), "text": str(fields.get("Content", ""))}
        return (Statement("follower.wrote", at, f"{app_id}/message/{fields.get('MsgId') or own}", props, named),)
    if event == "subscribe":
        code = key.removeprefix(_CODE)
        props = {**about, "scene": "ADD_SCENE_QR_CODE" if code else "", "code": code}
        return (Statement("follower.followed", at, own, props, named),)
    if event == "unsubscribe":
        return (Statement("follower.unfollowed", at, f"{own}/unfollowed", about, named),)
    if event == "SCAN":
        return (Statement("follower.scanned", at, f"{own}/scan/{key}", {**about, "code": key}, named),)
    if event in {"CLICK", "VIEW", "view_miniprogram"}:
        return (Statement("follower.clicked", at, f"{own}/{event}/{key}", {**about, "target": key}, named),)
    return tuple(
        Statement(
            "follower.answered", at, f"{own}/{one['TemplateId']}/{answer}",
            {**about, "template": str(one["TemplateId"]), "answer": answer}, named,
        )
        for one, answer in _answers(fields, event)
    )  # fmt: skip


def _answers(fields: Mapping[str, Any], event: str) -> list[tuple[Mapping[str, Any], str]]:
    """Return what somebody answered to templates: at the question, or later in their settings (only "no" is told)."""
    part = {
        "subscribe_msg_popup_event": "SubscribeMsgPopupEvent",
        "subscribe_msg_change_event": "SubscribeMsgChangeEvent",
    }
    table: Any = fields.get(part.get(event, ""), {})
    rows = wechat.many(table.get("List")) if isinstance(table, Mapping) else []
    said = {"reject": "withdrawn"} if event == "subscribe_msg_change_event" else _ANSWERS
    return [(row, said[status]) for row in rows if (status := str(row.get("SubscribeStatusString", ""))) in said]
