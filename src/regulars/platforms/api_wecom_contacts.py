"""WeCom: customers as friends of guides, live codes, welcome words, tags, groups, and handing friends over.

Source: developer.work.weixin.qq.com/document/path/92109 (customer contact); answers held against the public samples.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from regulars.platforms.api_wecom import get, instant, pages, post, wanted
from regulars.platforms.contract import Session

GUIDES_AT_ONCE = 100
FRIENDS_AT_ONCE = 100
GROUPS_AT_ONCE = 1000
HANDED_AT_ONCE = 100
Handed = Literal["done", "waiting", "refused", "limit", "none"]
_HANDED: Mapping[int, Handed] = {1: "done", 2: "waiting", 3: "refused", 4: "limit", 5: "none"}


@dataclass(frozen=True, slots=True)
class Tag:
    """A label of the company's own library. group: the heading it stands under."""

    id: str
    name: str
    group: str


@dataclass(frozen=True, slots=True)
class Follow:
    """One guide's side of a friendship. state: of the live code it came by. phones: as the guide noted them.

    add_way: WeCom's number of how it began (1 = scanned a code, 2 = searched by phone, ...).
    """

    userid: str
    added_at: datetime | None
    state: str = ""
    add_way: int = 0
    remark: str = ""
    phones: tuple[str, ...] = ()
    tag_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Friend:
    """A customer. unionid: "" where no WeChat account of the company is bound. gender: "f", "m" or ""."""

    external_userid: str
    name: str
    unionid: str
    gender: str
    follows: tuple[Follow, ...]


@dataclass(frozen=True, slots=True)
class FriendPage:
    """Friends of some guides, one row a friendship. next: cursor, "" = the last."""

    friends: tuple[Friend, ...]
    next: str


@dataclass(frozen=True, slots=True)
class GroupMember:
    """Somebody in a customer group. type: "guide" or "customer". state: of the join code, where it was one."""

    id: str
    type: Literal["guide", "customer"]
    unionid: str
    joined_at: datetime | None
    scene: int
    state: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """A customer group."""

    chat_id: str
    name: str
    owner: str
    made_at: datetime | None
    members: tuple[GroupMember, ...]


@dataclass(frozen=True, slots=True)
class ContactWay:
    """A live code ("contact me"). config_id: needed to change it, and never shown again by WeCom."""

    config_id: str
    qr_code: str


# --- friends ----------------------------------------------------------------------------------------------
async def friend_ids(session: Session, userid: str) -> list[str]:
    """Return the external_userids of one guide's friends. Raises Refused 84061 when there is none."""
    said = await get(session, "externalcontact/list", userid=userid)
    return [str(one) for one in wanted(said, "external_userid")]


async def friends(session: Session, userids: Sequence[str], *, cursor: str = "") -> FriendPage:
    """Return a page of the friends of up to 100 guides, one row a friendship. Source: document/path/92994."""
    body = {"userid_list": list(userids), "cursor": cursor, "limit": FRIENDS_AT_ONCE}
    said = await post(session, "externalcontact/batch/get_by_user", body, repeatable=True)
    rows = said.get("external_contact_list") or []
    found = tuple(_friend(row["external_contact"], [_named(row["follow_info"])]) for row in rows)
    return FriendPage(found, str(said.get("next_cursor") or ""))


async def friend(session: Session, external_userid: str) -> Friend:
    """Return one customer with all guides who have them as a friend."""
    follows: list[Any] = []
    cursor = ""
    while True:
        said = await get(session, "externalcontact/get", external_userid=external_userid, cursor=cursor)
        follows += said.get("follow_user") or []
        cursor = str(said.get("next_cursor") or "")
        if not cursor:
            return _friend(wanted(said, "external_contact"), follows)


def _named(follow: Mapping[str, Any]) -> dict[str, Any]:
    """Bring a row of the batch into the shape of the single answer: its guide is called userid there."""
    return {**follow, "userid": follow.get("userid") or follow.get("oper_userid", "")}


def _friend(contact: Mapping[str, Any], follows: Iterable[Mapping[str, Any]]) -> Friend:
    return Friend(
        str(contact["external_userid"]),
        str(contact.get("name", "")),
        str(contact.get("unionid") or ""),
        {1: "m", 2: "f"}.get(int(contact.get("gender") or 0), ""),
        tuple(_follow(one) for one in follows),
    )


def _follow(row: Mapping[str, Any]) -> Follow:
    tags = row.get("tag_id") or [tag.get("tag_id") for tag in row.get("tags") or ()]
    return Follow(
        str(row.get("userid", "")),
        instant(row.get("createtime")),
        str(row.get("state") or ""),
        int(row.get("add_way") or 0),
        str(row.get("remark") or ""),
        tuple(str(phone) for phone in row.get("remark_mobiles") or ()),
        tuple(sorted(str(tag) for tag in tags if tag)),
    )


# --- live codes and welcome -------------------------------------------------------------------------------
async def add_contact_way(session: Session, userids: Sequence[str], *, state: str, remark: str = "") -> ContactWay:
    """Make a live code for up to 100 guides; everybody may add without asking. state: at most 30 characters.

    Source: document/path/92572. Not repeated when unclear: a code too many stays in the company's quota.
    """
    body = {
        "type": 1 if len(userids) == 1 else 2, "scene": 2, "skip_verify": True, "state": state, "remark": remark,
        "user": list(userids),
    }  # fmt: skip
    said = await post(session, "externalcontact/add_contact_way", body)
    return ContactWay(str(wanted(said, "config_id")), str(said.get("qr_code", "")))


async def change_contact_way(session: Session, config_id: str, userids: Sequence[str], *, state: str) -> None:
    """Change who is behind a live code."""
    body = {"config_id": config_id, "user": list(userids), "state": state}
    await post(session, "externalcontact/update_contact_way", body, repeatable=True)


async def remove_contact_way(session: Session, config_id: str) -> None:
    """Take a live code out of use."""
    await post(session, "externalcontact/del_contact_way", {"config_id": config_id})


async def welcome(session: Session, code: str, text: str, attachments: Sequence[Mapping[str, object]] = ()) -> None:
    """Greet a new friend, once. code: of the message "friend added", good for 20 seconds and one use.

    Source: document/path/92137. Not repeated: after a lost answer the second use would be refused and hide the first.
    Raises: Refused 41050 (ended or used), 41051 (they are in talk already).
    """
    body: dict[str, object] = {"welcome_code": code, "text": {"content": text}}
    if attachments:
        body["attachments"] = list(attachments)
    await post(session, "externalcontact/send_welcome_msg", body)


# --- tags -------------------------------------------------------------------------------------------------
async def tags(session: Session, ids: Sequence[str] = ()) -> list[Tag]:
    """Return the company's tags, all or those of some ids. Source: document/path/92117."""
    found: list[Tag] = []
    for first in range(0, max(1, len(ids)), 100):
        body = {"tag_id": list(ids[first : first + 100])} if ids else {}
        said = await post(session, "externalcontact/get_corp_tag_list", body, repeatable=True)
        found += [
            Tag(str(tag["id"]), str(tag["name"]), str(group.get("group_name", "")))
            for group in said.get("tag_group") or ()
            for tag in group.get("tag") or ()
            if not tag.get("deleted")
        ]
    return [tag for tag in found if not ids or tag.id in set(ids)]


async def add_tags(session: Session, group: str, names: Sequence[str]) -> list[Tag]:
    """Add tags under a heading, made when it is new; a name that is there already is refused (40071)."""
    body = {"group_name": group, "tag": [{"name": name} for name in names]}
    said = wanted(await post(session, "externalcontact/add_corp_tag", body), "tag_group")
    return [Tag(str(tag["id"]), str(tag["name"]), str(said.get("group_name", group))) for tag in said["tag"]]


async def mark_tags(
    session: Session, userid: str, external_userid: str, *, add: Sequence[str] = (), remove: Sequence[str] = ()
) -> None:
    """Put tags on a friend of a guide, or take them off. Source: document/path/92118. WeCom reports no change by API.

    The same again changes nothing, so it is repeatable.
    """
    body = {"userid": userid, "external_userid": external_userid, "add_tag": list(add), "remove_tag": list(remove)}
    await post(session, "externalcontact/mark_tag", body, repeatable=True)


# --- groups -----------------------------------------------------------------------------------------------
async def group_ids(session: Session, *, cursor: str = "", limit: int = GROUPS_AT_ONCE) -> tuple[list[str], str]:
    """Return a page of the company's customer groups: ids, and the next cursor or "". Source: document/path/92120."""
    body = {"status_filter": 0, "limit": limit, **({"cursor": cursor} if cursor else {})}
    said = await post(session, "externalcontact/groupchat/list", body, repeatable=True)
    return [str(one["chat_id"]) for one in said.get("group_chat_list") or ()], str(said.get("next_cursor") or "")


async def group(session: Session, chat_id: str) -> Group:
    """Return a customer group with its members. Source: document/path/92122."""
    said = await post(session, "externalcontact/groupchat/get", {"chat_id": chat_id, "need_name": 1}, repeatable=True)
    row = wanted(said, "group_chat")
    members = tuple(
        GroupMember(
            str(one["userid"]), "guide" if int(one.get("type", 0)) == 1 else "customer",
            str(one.get("unionid") or ""), instant(one.get("join_time")), int(one.get("join_scene") or 0),
            str(one.get("state") or ""),
        )
        for one in row.get("member_list") or ()
    )  # fmt: skip
    made_at = instant(row.get("create_time"))
    return Group(str(row["chat_id"]), str(row.get("name") or ""), str(row.get("owner", "")), made_at, members)


# --- handing over -----------------------------------------------------------------------------------------
async def hand_over(
    session: Session, friends: Sequence[str], *, from_userid: str, to_userid: str, left: bool = False, words: str = ""
) -> dict[str, str]:
    """Begin to hand up to 100 friends to another guide; return the refused ones with WeCom's code.

    left: the guide has left the company. words: said to the customer, only while the guide is still there.
    Source: document/path/92125, 94081: customers may refuse within 24 hours; ask `handed_over` for the end.
    """
    path = "externalcontact/resigned/transfer_customer" if left else "externalcontact/transfer_customer"
    body: dict[str, object] = {
        "handover_userid": from_userid,
        "takeover_userid": to_userid,
        "external_userid": list(friends),
    }
    if words and not left:
        body["transfer_success_msg"] = words
    rows = (await post(session, path, body)).get("customer") or []
    return {str(row["external_userid"]): str(row["errcode"]) for row in rows if row.get("errcode")}


async def handed_over(
    session: Session, *, from_userid: str, to_userid: str, left: bool = False
) -> dict[str, tuple[Handed, datetime | None]]:
    """Return how handing over stands: by external_userid, with the time when it was done."""
    path = "externalcontact/resigned/transfer_result" if left else "externalcontact/transfer_result"
    body = {"handover_userid": from_userid, "takeover_userid": to_userid}
    found: dict[str, tuple[Handed, datetime | None]] = {}
    async for row in pages(session, path, body, items="customer"):
        state = _HANDED.get(int(row.get("status", 5)), "none")
        found[str(row["external_userid"])] = (state, instant(row.get("takeover_time")))
    return found
