"""What WeCom answers about people: directory, friends, tags, live codes, welcome words, groups, handing over."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Any

from regulars_sandbox.stands.wecom.company import Company, Friendship, No, Transfer

Given = Mapping[str, Any]
Handler = Callable[[Company, Given], dict[str, Any]]
_WELCOME_LIVES = timedelta(seconds=20)
_HANDED = 100


def wanted(given: Given, *names: str) -> None:
    """Raise No when a parameter is missing."""
    for name in names:
        if given.get(name) in (None, "", []):
            raise No(40058, f"invalid Request Parameter, missing {name}")


def page(rows: Sequence[Any], given: Given, most: int) -> tuple[list[Any], str]:
    """Return a page by cursor and limit, and the next cursor."""
    cursor, limit = str(given.get("cursor") or ""), int(given.get("limit") or 0)
    start = int(cursor.removeprefix("c")) if cursor.removeprefix("c").isdigit() else 0
    if cursor and not cursor.startswith("c"):
        raise No(41058, "invalid cursor")
    end = start + (limit if 1 <= limit <= most else most)
    return list(rows[start:end]), f"c{end}" if end < len(rows) else ""


def _guide(of: Company, userid: object) -> str:
    if str(userid) not in of.guides:
        raise No(60111, "userid not found")
    return str(userid)


# --- directory --------------------------------------------------------------------------------------------
def departments(of: Company, given: Given) -> dict[str, Any]:
    """Answer department/list."""
    del given
    return {
        "department": [{"id": no, "name": name, "parentid": of_no, "order": 1} for no, name, of_no in of.departments]
    }


def users(of: Company, given: Given) -> dict[str, Any]:
    """Answer user/list."""
    wanted(given, "department_id")
    found = [g for g in of.guides.values() if str(g.department) == str(given["department_id"]) and g.status != 5]
    rows = [{"userid": g.userid, "name": g.name, "department": [g.department], "status": g.status} for g in found]
    return {"userlist": rows}


def follow_users(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_follow_user_list."""
    del given
    return {"follow_user": [g.userid for g in of.guides.values() if g.status == 1]}


# --- friends ----------------------------------------------------------------------------------------------
def friend_ids(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/list."""
    wanted(given, "userid")
    found = of.friends_of(_guide(of, given["userid"]))
    if not found:
        raise No(84061, "not external contact")
    return {"external_userid": [one.external_userid for one in found]}


def _contact(of: Company, external_userid: str) -> dict[str, Any]:
    person = of.people[external_userid]
    return {
        "external_userid": external_userid, "name": person.name, "avatar": "", "type": 1,
        "gender": person.no % 3, "unionid": of.unionid(external_userid),
    }  # fmt: skip


def _follow(of: Company, one: Friendship) -> dict[str, Any]:
    row: dict[str, Any] = {
        "userid": one.userid, "remark": one.remark, "description": "", "createtime": one.since,
        "remark_mobiles": one.mobiles, "add_way": one.add_way, "oper_userid": one.userid,
        "tags": [
            {"group_name": of.tags[tag][0], "tag_name": of.tags[tag][1], "tag_id": tag, "type": 1} for tag in one.tags
        ],
    }  # fmt: skip
    return {**row, "state": one.state} if one.state else row


def friend(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get."""
    wanted(given, "external_userid")
    own = str(given["external_userid"])
    follows = of.guides_of(own)
    if own not in of.people:
        raise No(40096, "invalid external userid")
    if not follows:
        raise No(84061, "not external contact")
    return {"external_contact": _contact(of, own), "follow_user": [_follow(of, one) for one in follows]}


def friends(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/batch/get_by_user."""
    wanted(given, "userid_list")
    if len(given["userid_list"]) > 100:
        raise No(40058, "invalid Request Parameter, userid_list too long")
    rows = [one for userid in given["userid_list"] for one in of.friends_of(_guide(of, userid))]
    shown, cursor = page(rows, given, 100)
    found: list[dict[str, Any]] = []
    for one in shown:
        follow = _follow(of, one)
        follow["tag_id"] = [tag["tag_id"] for tag in follow.pop("tags")]
        found.append({"external_contact": _contact(of, one.external_userid), "follow_info": follow})
    return {"external_contact_list": found, "next_cursor": cursor}


# --- live codes and welcome -------------------------------------------------------------------------------
def add_way(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/add_contact_way."""
    wanted(given, "type", "scene")
    users = given.get("user") or []
    if len(str(given.get("state", ""))) > 30 or len(users) > 100 or (given["type"] == 1 and len(users) != 1):
        raise No(40058, "invalid Request Parameter")
    for userid in users:
        _guide(of, userid)
    config_id = of.new_id("way")
    of.ways[config_id] = dict(given)
    return {"config_id": config_id, "qr_code": f"https://wework.qpic.cn/wwpic/{config_id}/0"}


def change_way(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/update_contact_way."""
    wanted(given, "config_id")
    if given["config_id"] not in of.ways:
        raise No(41044, "invalid config_id")
    of.ways[given["config_id"]].update(given)
    return {}


def remove_way(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/del_contact_way."""
    change_way(of, given)
    del of.ways[given["config_id"]]
    return {}


def welcome(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/send_welcome_msg: a code lives 20 seconds and is good once."""
    code = str(given.get("welcome_code") or "")
    if not code:
        raise No(41049, "missing welcome_code")
    to, since, used = of.welcome.get(code, ("", of.house.now(), True))
    if used or of.house.now() - since > _WELCOME_LIVES:
        raise No(41050, "invalid welcome code")
    text = (given.get("text") or {}).get("content", "")
    if not text and not given.get("attachments"):
        raise No(40058, "invalid Request Parameter, missing text")
    of.welcome[code] = (to, since, True)
    of.told.append((to, text))
    return {"_counted": [f"welcome/{to}/{code}"]}


# --- tags -------------------------------------------------------------------------------------------------
def tags(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/get_corp_tag_list."""
    ids = set(given.get("tag_id") or of.tags)
    by_group: dict[str, list[dict[str, Any]]] = {}
    for own, (group, name) in of.tags.items():
        if own in ids:
            by_group.setdefault(group, []).append({"id": own, "name": name, "create_time": 1, "order": 0})
    rows = [{"group_id": f"eg{name}", "group_name": name, "order": 0, "tag": tag} for name, tag in by_group.items()]
    return {"tag_group": rows}


def add_tags(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/add_corp_tag."""
    wanted(given, "tag", "group_name")
    made = [{"id": of.add_tag(given["group_name"], tag["name"]), "name": tag["name"]} for tag in given["tag"]]
    return {"tag_group": {"group_id": f"eg{given['group_name']}", "group_name": given["group_name"], "tag": made}}


def mark_tag(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/mark_tag."""
    wanted(given, "userid", "external_userid")
    one = of.friendships.get((given["userid"], given["external_userid"]))
    if one is None:
        raise No(84061, "not external contact")
    add, remove = given.get("add_tag") or [], given.get("remove_tag") or []
    if (not add and not remove) or any(tag not in of.tags for tag in (*add, *remove)):
        raise No(40068, "invalid tagid")
    one.tags = [tag for tag in dict.fromkeys((*one.tags, *add)) if tag not in remove]
    return {}


# --- groups -----------------------------------------------------------------------------------------------
def group_ids(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/groupchat/list."""
    wanted(given, "limit")
    if not 1 <= int(given["limit"]) <= 1000:
        raise No(40058, "invalid Request Parameter, limit")
    owners = (given.get("owner_filter") or {}).get("userid_list") or []
    rows = [{"chat_id": g.chat_id, "status": 0} for g in of.groups.values() if not owners or g.owner in owners]
    shown, cursor = page(rows, given, 1000)
    return {"group_chat_list": shown, **({"next_cursor": cursor} if cursor else {})}


def group(of: Company, given: Given) -> dict[str, Any]:
    """Answer externalcontact/groupchat/get."""
    wanted(given, "chat_id")
    one = of.groups.get(given["chat_id"])
    if one is None:
        raise No(49008, "chat not exist")
    row = {"chat_id": one.chat_id, "name": one.name, "owner": one.owner, "create_time": one.made}
    return {"group_chat": {**row, "member_list": list(one.members.values()), "admin_list": []}}


# --- handing over -----------------------------------------------------------------------------------------
def transfer(of: Company, given: Given, *, left: bool = False) -> dict[str, Any]:
    """Answer externalcontact/transfer_customer, or that of those who left."""
    wanted(given, "handover_userid", "takeover_userid", "external_userid")
    if len(given["external_userid"]) > _HANDED:
        raise No(40058, "invalid Request Parameter, external_userid too long")
    by, to = _guide(of, given["handover_userid"]), _guide(of, given["takeover_userid"])
    if left != (of.guides[by].status == 5):
        raise No(40058, "invalid Request Parameter, handover_userid")
    rows = [
        {"external_userid": own, "errcode": of.transfer((by, to, own), left=left)} for own in given["external_userid"]
    ]
    return {"customer": rows}


def transferred(of: Company, given: Given, *, left: bool = False) -> dict[str, Any]:
    """Answer externalcontact/transfer_result, or that of those who left."""
    wanted(given, "handover_userid", "takeover_userid")
    newest: dict[str, Transfer] = {}
    for one in of.transfers:
        if (one.of, one.to, one.left) == (given["handover_userid"], given["takeover_userid"], left):
            newest[one.external_userid] = one
    rows = [{"external_userid": own, "status": t.status, "takeover_time": t.done} for own, t in newest.items()]
    shown, cursor = page(rows, given, 1000)
    return {"customer": shown, "next_cursor": cursor}


GETS: dict[str, Handler] = {
    "department/list": departments, "user/list": users, "externalcontact/get_follow_user_list": follow_users,
    "externalcontact/list": friend_ids, "externalcontact/get": friend,
}  # fmt: skip
POSTS: dict[str, Handler] = {
    "externalcontact/batch/get_by_user": friends, "externalcontact/add_contact_way": add_way,
    "externalcontact/update_contact_way": change_way, "externalcontact/del_contact_way": remove_way,
    "externalcontact/send_welcome_msg": welcome, "externalcontact/get_corp_tag_list": tags,
    "externalcontact/add_corp_tag": add_tags, "externalcontact/mark_tag": mark_tag,
    "externalcontact/groupchat/list": group_ids, "externalcontact/groupchat/get": group,
    "externalcontact/transfer_customer": transfer, "externalcontact/transfer_result": transferred,
    "externalcontact/resigned/transfer_customer": lambda of, given: transfer(of, given, left=True),
    "externalcontact/resigned/transfer_result": lambda of, given: transferred(of, given, left=True),
}  # fmt: skip
