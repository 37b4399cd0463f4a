"""A company on WeCom: its guides, their friends, tags, groups, and the tasks that wait for guides."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any

from regulars_sandbox.contract import House
from regulars_sandbox.world import Person

CHINA = timezone(timedelta(hours=8))
_MOVED = timedelta(hours=24)
_TRANSFERS, _TRANSFER_DAYS = 2, timedelta(days=90)


class No(Exception):
    """WeCom's refusal: code and words."""

    def __init__(self, code: int, words: str) -> None:
        super().__init__(words)
        self.code, self.words = code, words


@dataclass(slots=True)
class Guide:
    """A member of the company. status: 1 = active, 5 = left."""

    userid: str
    name: str
    department: int
    status: int = 1


@dataclass(slots=True)
class Friendship:
    """A guide and a customer."""

    userid: str
    external_userid: str
    since: int
    state: str = ""
    add_way: int = 1
    remark: str = ""
    mobiles: list[str] = field(default_factory=list[str])
    tags: list[str] = field(default_factory=list[str])


@dataclass(slots=True)
class Group:
    """A customer group. members: id -> how they came (userid or external_userid)."""

    chat_id: str
    name: str
    owner: str
    made: int
    members: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])


@dataclass(slots=True)
class Message:
    """A message that guides must confirm. to: who gets it from whom; status as WeCom counts it, with its time."""

    msgid: str
    text: str
    to: dict[str, list[str]]
    confirmed: dict[str, int] = field(default_factory=dict[str, int])
    status: dict[tuple[str, str], tuple[int, int]] = field(default_factory=dict[tuple[str, str], tuple[int, int]])
    reminded: list[datetime] = field(default_factory=list[datetime])


@dataclass(slots=True)
class Moment:
    """A moment that guides must publish. published: guide -> those who see it."""

    moment_id: str
    job_id: str
    senders: list[str]
    tags: list[str]
    text: str
    asked: int = 0
    published: dict[str, list[str]] = field(default_factory=dict[str, list[str]])


@dataclass(slots=True)
class Transfer:
    """A friend being handed over. status: 1 done, 2 waiting, 3 refused."""

    external_userid: str
    of: str
    to: str
    begun: datetime
    left: bool
    status: int = 2
    done: int = 0


def unionid(person: Person) -> str:
    """Return somebody as all of WeChat knows them."""
    return "o" + person.token("unionid", length=27)


class Company:
    """The state. 150 people are friends of five guides, 30 of them in three groups, when it begins."""

    def __init__(self, house: House, corp_id: str) -> None:
        self.house, self.corp_id = house, corp_id
        self.guides = {f"guide{n}": Guide(f"guide{n}", f"导购{n}", 2 + n % 2) for n in range(1, 6)}
        self.departments = [(1, "总部", 0), (2, "杭州店", 1), (3, "上海店", 1)]
        self.tags: dict[str, tuple[str, str]] = {}
        for group, names in (("会员等级", ("银卡", "金卡", "黑卡")), ("来源", ("门店", "直播"))):
            for name in names:
                self.add_tag(group, name)
        self.people: dict[str, Person] = {}
        self.friendships: dict[tuple[str, str], Friendship] = {}
        self.groups: dict[str, Group] = {}
        self.messages: dict[str, Message] = {}
        self.moments: dict[str, Moment] = {}
        self.transfers: list[Transfer] = []
        self.welcome: dict[str, tuple[str, datetime, bool]] = {}
        self.ways: dict[str, dict[str, Any]] = {}
        self.got: Counter[tuple[str, str]] = Counter()
        self.told: list[tuple[str, str]] = []
        self._made = 0
        self._begin()

    def _begin(self) -> None:
        now = self.stamp()
        for no in range(150):
            one = self.befriend(f"guide{no % 5 + 1}", no, since=now - 86_400 * (no + 1), state="")
            one.tags = [list(self.tags)[no % 5]] if no % 3 == 0 else []
        for n in range(3):
            group = self.make_group(f"guide{n + 1}", f"会员群{n + 1}")
            for no in range(n * 10, n * 10 + 10):
                self.join(group, no, scene=3, state=f"code{n}")

    def stamp(self) -> int:
        """Return the time in seconds."""
        return int(self.house.now().timestamp())

    def new_id(self, prefix: str) -> str:
        """Return an id nobody has yet."""
        self._made += 1
        return f"{prefix}{self._made:012d}"

    # --- people -----------------------------------------------------------------------------------------------
    def external(self, no: int) -> str:
        """Return a person's external_userid in this company."""
        person = self.house.world.person(no)
        own = "wm" + person.token("wecom", self.corp_id, length=28)
        self.people[own] = person
        return own

    def unionid(self, external_userid: str) -> str:
        """Return a person's unionid, the same on all of WeChat."""
        return unionid(self.people[external_userid])

    def befriend(self, userid: str, no: int, *, since: int, state: str) -> Friendship:
        """Make a friendship."""
        one = Friendship(userid, self.external(no), since, state, 1 if state else 2)
        if no % 4 == 0:
            one.mobiles = [self.house.world.person(no).phone]
        self.friendships[userid, one.external_userid] = one
        return one

    def friends_of(self, userid: str) -> list[Friendship]:
        """Return a guide's friendships, the oldest first."""
        found = [one for one in self.friendships.values() if one.userid == userid]
        return sorted(found, key=lambda one: (one.since, one.external_userid))

    def guides_of(self, external_userid: str) -> list[Friendship]:
        """Return a customer's friendships, the newest first."""
        found = [one for one in self.friendships.values() if one.external_userid == external_userid]
        return sorted(found, key=lambda one: (-one.since, one.userid))

    def add_tag(self, group: str, name: str) -> str:
        """Add a tag. Raises No when it is there already."""
        if (group, name) in self.tags.values():
            raise No(40071, "label name is duplicated")
        own = f"et{len(self.tags) + 1:030d}"
        self.tags[own] = (group, name)
        return own

    # --- groups -----------------------------------------------------------------------------------------------
    def make_group(self, owner: str, name: str) -> Group:
        """Make a group with its owner in it."""
        group = Group(f"wr{len(self.groups) + 1:030d}", name, owner, self.stamp())
        group.members[owner] = {"userid": owner, "type": 1, "join_time": group.made, "join_scene": 1}
        self.groups[group.chat_id] = group
        return group

    def join(self, group: Group, no: int, *, scene: int, state: str) -> str:
        """Let a person join a group; return their id."""
        own = self.external(no)
        row: dict[str, Any] = {"userid": own, "type": 2, "join_time": self.stamp(), "join_scene": scene}
        row["unionid"] = self.unionid(own)
        if state and scene == 3:
            row["state"] = state
        group.members[own] = row
        return own

    # --- messages ---------------------------------------------------------------------------------------------
    def confirm(self, message: Message, userid: str) -> None:
        """Let a guide confirm their part: everybody gets it who is still a friend and has had none today."""
        now = self.stamp()
        day = f"{self.house.now().astimezone(CHINA):%Y-%m-%d}"
        message.confirmed[userid] = now
        for to in message.to[userid]:
            if to in self.groups:
                status = 1 if to in self.groups and self.got[to, day] < 1 else 3
            elif (userid, to) not in self.friendships:
                status = 2
            else:
                status = 1 if self.got[to, day] < 1 else 3
            if status == 1:
                self.got[to, day] += 1
                self.told.append((to, message.text))
            message.status[userid, to] = (status, now)

    def publish(self, moment: Moment, userid: str) -> None:
        """Let a guide publish a moment: friends with any of its tags see it."""
        wanted = set(moment.tags)
        seen = [one for one in self.friends_of(userid) if not wanted or wanted & set(one.tags)]
        moment.published[userid] = [one.external_userid for one in seen]

    # --- handing over -----------------------------------------------------------------------------------------
    def transfer(self, given: tuple[str, str, str], *, left: bool) -> int:
        """Begin to hand a friend over; return WeCom's code. given: from, to, external_userid."""
        of, to, external_userid = given
        now = self.house.now()
        own = [one for one in self.transfers if one.external_userid == external_userid]
        if of == to:
            return 40130
        if (of, external_userid) not in self.friendships:
            return 40131
        if any(one.status == 2 for one in own):
            return 40129
        if not left and sum(now - one.begun < _TRANSFER_DAYS and one.status == 1 for one in own) >= _TRANSFERS:
            return 40128
        self.transfers.append(Transfer(external_userid, of, to, now, left))
        return 0

    def settle(self) -> None:
        """Let friends who did not refuse within 24 hours belong to their new guide."""
        for one in self.transfers:
            before = self.friendships.get((one.of, one.external_userid))
            if one.status == 2 and self.house.now() - one.begun >= _MOVED and before is not None:
                one.status, one.done = 1, self.stamp()
                del self.friendships[one.of, one.external_userid]
                moved = Friendship(one.to, one.external_userid, one.done, before.state, 202, tags=list(before.tags))
                self.friendships[one.to, one.external_userid] = moved
