"""WeCom moments: a task that each guide confirms, shown to their friends, of some tags if told."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, Field

from regulars.channels.posts import PostConfig, PostKind, Result, Told, post_kinds
from regulars.core.text import Text
from regulars.platforms import api_wecom_messages as wecom
from regulars.platforms.contract import Session

_JOB = "job:"
"""A moment being made has a job's number, good for 24 hours; then one of its own."""


class MomentConfig(PostConfig):
    """senders: guides who are asked, none = all. tags: WeCom's tags of friends who see it, any of them; none = all."""

    senders: list[str] = Field(default_factory=list, max_length=500, title="Guides")
    tags: list[str] = Field(default_factory=list, max_length=100, title="Tags of friends")


@post_kinds.add
class WecomMoment(PostKind):
    """A friend is shown one moment a day of a company."""

    key: ClassVar[str] = "wecom_moment"
    title: ClassVar[Text] = Text("企业微信客户朋友圈（导购确认）", "WeCom moment (confirmed by guides)")
    platform: ClassVar[str] = "wecom"
    Config: ClassVar[type[BaseModel]] = MomentConfig

    def senders(self, config: BaseModel) -> list[str]:
        """One call asks all guides."""
        del config
        return [""]

    async def make(self, session: Session, config: BaseModel, text: str, *, sender: str) -> Told:
        """Begin to make the moment."""
        settings = MomentConfig.model_validate(config)
        job = await wecom.add_moment_task(session, text, senders=settings.senders, tags=settings.tags)
        return Told(_JOB + job)

    async def ask(self, session: Session, provider_id: str, *, sender: str) -> Told:
        """Ask who has published, and for how many friends; while it is being made nothing is known."""
        refused: tuple[str, ...] = ()
        if provider_id.startswith(_JOB):
            job = await wecom.moment_job(session, provider_id.removeprefix(_JOB))
            if job.state != "made" or not job.moment_id:
                return Told(provider_id)
            provider_id, refused = job.moment_id, job.refused
        found: list[Result] = []
        for guide, published in (await wecom.moment_tasks(session, provider_id)).items():
            seen = len(await wecom.moment_seen_by(session, provider_id, guide)) if published else 0
            found.append(Result(guide, guide, "sent" if published else "waiting", seen))
        return Told(provider_id, tuple(found), refused)
