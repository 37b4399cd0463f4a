"""WeCom messages to customer groups: a task that each owner confirms for the groups that are theirs."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, Field

from regulars.channels.posts import Outcome, PostConfig, PostKind, Result, Told, post_kinds
from regulars.core.text import Text
from regulars.platforms import api_wecom_messages as wecom
from regulars.platforms.contract import Session

_OUTCOMES: dict[wecom.Outcome, Outcome] = {"waiting": "waiting", "sent": "sent", "not_friend": "gone", "limit": "limit"}


class GroupPostConfig(PostConfig):
    """senders: owners of groups, one task each. groups: of theirs, these alone; none = all."""

    senders: list[str] = Field(min_length=1, max_length=500, title="Group owners")
    groups: list[str] = Field(default_factory=list, max_length=wecom.GROUPS_AT_ONCE, title="Groups")


@post_kinds.add
class WecomGroupPost(PostKind):
    """How often a group may be reached is WeCom's to say; it tells by the outcome limit."""

    key: ClassVar[str] = "wecom_group_post"
    title: ClassVar[Text] = Text("企业微信群群发（群主确认）", "WeCom group message (confirmed by owners)")
    platform: ClassVar[str] = "wecom"
    reminds: ClassVar[bool] = True
    Config: ClassVar[type[BaseModel]] = GroupPostConfig

    def senders(self, config: BaseModel) -> list[str]:
        """Return the owners: WeCom takes one at a time."""
        return list(dict.fromkeys(GroupPostConfig.model_validate(config).senders))

    async def make(self, session: Session, config: BaseModel, text: str, *, sender: str) -> Told:
        """Make an owner's task; groups of others are refused at once."""
        groups = GroupPostConfig.model_validate(config).groups
        made = await wecom.add_group_task(session, text, sender, groups=groups)
        return Told(made.msgid, refused=made.refused)

    async def ask(self, session: Session, provider_id: str, *, sender: str) -> Told:
        """Ask for each group's end."""
        found = await wecom.results(session, provider_id, sender)
        return Told(provider_id, tuple(Result(sender, one.id, _OUTCOMES[one.outcome], at=one.at) for one in found))

    async def remind(self, session: Session, provider_id: str) -> None:
        """Remind, at most three times in 24 hours."""
        await wecom.remind(session, provider_id)
