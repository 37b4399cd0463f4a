"""WeCom: guides, their friends with tags, customer groups; by callback at once, and by pulling all of it.

Source: developer.work.weixin.qq.com/document/path/92130 (events). Not confirmed: that a callback's CreateTime is the
friendship's createtime; where they differ by a second, the fact is there twice, and the friendship is the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar

from pydantic import BaseModel, Field

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
from regulars.platforms import api_wecom as wecom
from regulars.platforms import api_wecom_contacts as contacts
from regulars.platforms.contract import Incoming, Refused, Session

GROUPS_A_PAGE = 20
_HOURLY, _DAILY = 3_600, 86_400
_GONE = frozenset({"84061", "40096", "49008"})


class WecomConfig(ConnectorConfig):
    """phones: take the numbers that guides have noted as the customer's own. Guides note wrong ones, too."""

    phones: bool = Field(default=False, title="Phone numbers from guides' notes")


@connector_registry.add
class Wecom(Connector):
    """Pages of all streams are cursors; "=<id>" is the page of one customer or one group that a message named."""

    key: ClassVar[str] = "wecom"
    title: ClassVar[Text] = Text("企业微信", "WeCom")
    platform: ClassVar[str] = "wecom"
    Config: ClassVar[type[BaseModel]] = WecomConfig
    streams: ClassVar[tuple[Stream, ...]] = (
        Stream("friends", Text("好友与标签", "Friends and tags"), "cursor", every_s=_DAILY),
        Stream("groups", Text("客户群与群成员", "Groups and their members"), "cursor", every_s=_DAILY),
        Stream("guides", Text("导购", "Guides"), "cursor", every_s=_HOURLY),
    )

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Return one page; the last one leaves nothing to go on from, the next time begins anew."""
        if session is None:
            raise TypeError("WeCom is pulled through an account.")
        settings = WecomConfig.model_validate(config)
        if stream == "friends":
            return await _friends(session, settings, page, window.end)
        return await (_groups if stream == "groups" else _guides)(session, page, window.end)

    def receive(self, session: Session | None, config: BaseModel, message: Incoming) -> Received:
        """Read a message; WeCom repeats it up to three times until it is answered within five seconds."""
        if session is None:
            raise TypeError("WeCom's messages are opened with an account's keys.")
        try:
            told = wecom.read_message(wecom.settings_of(session), message)
        except Forbidden as error:
            raise NotTheirs(error.message, error.hint) from error
        if told.echo or told.at is None:
            return Received(answer=told.echo.encode())
        return _heard(told.fields, told.at, wecom.settings_of(session).corp_id)


# --- friends ----------------------------------------------------------------------------------------------
async def _friends(session: Session, settings: WecomConfig, page: str, now: datetime) -> Page:
    if page.startswith("="):
        external_userid, _, at = page[1:].partition("@")
        try:
            found, following = [await contacts.friend(session, external_userid)], ""
        except Refused as error:
            if error.platform_code not in _GONE:
                raise
            return Page(())  # the friendship has ended since the message that named it
    else:
        at = ""
        found, following = await _listed(session, page)
    names = await _tag_names(session, found)
    corp_id = wecom.settings_of(session).corp_id
    return Page(tuple(s for one in found for s in _of_friend(one, (corp_id, names, at), settings, now)), following)


async def _listed(session: Session, page: str) -> tuple[list[contacts.Friend], str]:
    """Return friends of up to 100 guides, and the next page: "<first guide>|<cursor>"."""
    first, _, cursor = page.partition("|")
    guides = [one for one in await wecom.guide_ids(session) if one >= first]
    own, rest = guides[: contacts.GUIDES_AT_ONCE], guides[contacts.GUIDES_AT_ONCE :]
    if not own:
        return [], ""
    found = await contacts.friends(session, own, cursor=cursor)
    following = f"{own[0]}|{found.next}" if found.next else f"{rest[0]}|" if rest else ""
    return list(found.friends), following


async def _tag_names(session: Session, found: list[contacts.Friend]) -> dict[str, str]:
    ids = sorted({tag for one in found for follow in one.follows for tag in follow.tag_ids})
    return {tag.id: tag.name for tag in await contacts.tags(session, ids)} if ids else {}


def _of_friend(
    one: contacts.Friend, known: tuple[str, Mapping[str, str], str], settings: WecomConfig, now: datetime
) -> Iterator[Statement]:
    """Yield what a customer is, and each friendship. known: corp ID, tag names, the message's time or ""."""
    corp_id, names, at = known
    phones = sorted({p for follow in one.follows for p in follow.phones}) if settings.phones else []
    named = (
        Named("external_userid", one.external_userid, corp_id),
        *((Named("unionid", one.unionid),) if one.unionid else ()),
    )
    props = {"name": one.name, "gender": one.gender, **({"phone": phones[0]} if phones else {})}
    own = f"{corp_id}/{one.external_userid}"
    yield Statement("person.identified", now, f"{own}/{_digest(one.unionid, *props.values())}", props, named)
    for follow in one.follows:
        if follow.added_at is None:
            continue
        added = {"guide": follow.userid, "code": follow.state, "add_way": follow.add_way}
        yield Statement("friend.added", follow.added_at, _added_id(own, follow.userid, follow.added_at), added, named)
        if follow.tag_ids or at:
            tags = {
                "guide": follow.userid,
                "tags": [names.get(tag, tag) for tag in follow.tag_ids],
                "tag_ids": [*follow.tag_ids],
            }
            state = _digest(*follow.tag_ids)
            yield Statement("friend.tagged", now, f"{own}/{follow.userid}/tags/{at}/{state}", tags, named)


def _added_id(own: str, guide: str, at: datetime) -> str:
    return f"{own}/{guide}/{int(at.timestamp())}"


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]


# --- groups and guides ------------------------------------------------------------------------------------
async def _groups(session: Session, page: str, now: datetime) -> Page:
    if page.startswith("="):
        ids, following = [page[1:]], ""
    else:
        ids, following = await contacts.group_ids(session, cursor=page, limit=GROUPS_A_PAGE)
    corp_id = wecom.settings_of(session).corp_id
    made: list[Statement] = []
    for chat_id in ids:
        try:
            made += _of_group(await contacts.group(session, chat_id), corp_id, now)
        except Refused as error:
            if error.platform_code not in _GONE:
                raise
    return Page(tuple(made), following)


def _of_group(one: contacts.Group, corp_id: str, now: datetime) -> Iterator[Statement]:
    guests = [member for member in one.members if member.type == "customer" and member.joined_at]
    about = {"group": one.chat_id, "name": one.name, "guide": one.owner}
    state = _digest(one.name, one.owner, *sorted(guest.id for guest in guests))
    yield Statement("group.updated", now, f"{corp_id}/{one.chat_id}/{state}", {**about, "members": len(guests)})
    for guest in guests:
        at = guest.joined_at or now
        named = (
            Named("external_userid", guest.id, corp_id),
            *((Named("unionid", guest.unionid),) if guest.unionid else ()),
        )
        own = f"{corp_id}/{one.chat_id}/{guest.id}/{int(at.timestamp())}"
        yield Statement("group.joined", at, own, {**about, "scene": guest.scene, "code": guest.state}, named)


async def _guides(session: Session, page: str, now: datetime) -> Page:
    """Return the guides of one part of the company a page, by its number."""
    parts = {part.id: part for part in await wecom.departments(session)}
    ids = sorted(part for part in parts if part >= int(page or 0))
    if not ids:
        return Page(())
    corp_id, path = wecom.settings_of(session).corp_id, _path(parts, ids[0])
    made: list[Statement] = []
    for one in await wecom.guides(session, ids[0]):
        state = {1: "active", 5: "left"}.get(one.status, "inactive")
        props = {"guide": one.userid, "name": one.name, "department": path, "state": state}
        made.append(Statement("guide.updated", now, f"{corp_id}/{one.userid}/{_digest(*props.values())}", props))
    return Page(tuple(made), str(ids[1]) if len(ids) > 1 else "")


def _path(parts: Mapping[int, wecom.Department], part_id: int) -> str:
    names: list[str] = []
    while part_id in parts and len(names) < len(parts):
        names.append(parts[part_id].name)
        part_id = parts[part_id].parent_id
    return " / ".join(reversed(names))


# --- messages ---------------------------------------------------------------------------------------------
def _heard(fields: Mapping[str, Any], at: datetime, corp_id: str) -> Received:
    change = str(fields.get("ChangeType", ""))
    if fields.get("Event") == "change_external_contact":
        return _heard_of_friend(fields, change, at, corp_id)
    if fields.get("Event") == "change_external_chat":
        return _heard_of_group(fields, change, at, corp_id)
    return Received()


def _heard_of_friend(fields: Mapping[str, Any], change: str, at: datetime, corp_id: str) -> Received:
    """Read a change of a friendship.

    A message's own key (sender and second) would join customers who came in the same second: guide and customer are
    part of what makes it the same message.
    """
    guide, customer = str(fields.get("UserID", "")), str(fields.get("ExternalUserID", ""))
    own, named = f"{corp_id}/{customer}", (Named("external_userid", customer, corp_id),)
    asked = {"friends": f"={customer}@{int(at.timestamp())}"}
    if change == "add_external_contact":
        props = {
            "guide": guide, "code": str(fields.get("State", "")), "welcome_code": str(fields.get("WelcomeCode", "")),
        }  # fmt: skip
        made = Statement("friend.added", at, _added_id(own, guide, at), props, named)
        return Received((made,), changed=asked)
    ended = {"del_external_contact": "guide", "del_follow_user": "customer"}.get(change)
    if ended:
        own_id = f"{_added_id(own, guide, at)}/deleted"
        return Received((Statement("friend.deleted", at, own_id, {"guide": guide, "by": ended}, named),))
    if change == "transfer_fail":
        props = {"guide": guide, "reason": str(fields.get("FailReason", ""))}
        return Received((Statement("friend.kept", at, f"{_added_id(own, guide, at)}/kept", props, named),))
    return Received(changed=asked) if change in {"edit_external_contact", "add_half_external_contact"} else Received()


def _heard_of_group(fields: Mapping[str, Any], change: str, at: datetime, corp_id: str) -> Received:
    """Read a change of a group. Who came is asked for, because the message does not say by which code."""
    chat_id, stamp = str(fields.get("ChatId", "")), int(at.timestamp())
    if change == "dismiss":
        props = {"group": chat_id, "dismissed": True}
        return Received((Statement("group.updated", at, f"{corp_id}/{chat_id}/{stamp}/dismissed", props),))
    asked = {"groups": f"={chat_id}"}
    if fields.get("UpdateDetail") != "del_member":
        return Received(changed=asked)
    by = "guide" if str(fields.get("QuitScene", "0")) == "1" else "customer"
    left = tuple(
        Statement(
            "group.left", at, f"{corp_id}/{chat_id}/{who}/{stamp}/left", {"group": chat_id, "by": by},
            (Named("external_userid", who, corp_id),),
        )
        for who in _changed_members(fields.get("MemChangeList"))
        if who.startswith(("wm", "wo"))
    )  # fmt: skip
    return Received(left, changed=asked)


def _changed_members(value: object) -> list[str]:
    """Return who came or went; older messages have them in one text, newer ones as items."""
    if isinstance(value, Mapping):
        return [str(one) for one in wecom.many(value.get("Item"))]
    return [one.strip() for one in str(value or "").split(",") if one.strip()]
