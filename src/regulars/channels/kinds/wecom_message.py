"""WeCom messages to friends: a task that each friend's guide must confirm.

The provider is asked what became of it: waiting until the guide confirms, then sent, no friend any more, or refused
because the customer has had another message already.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels.contract import (
    AccountConfig,
    Limits,
    PlatformChannel,
    Receipt,
    Recipient,
    SendRequest,
    SendResult,
    Sent,
    channels,
)
from regulars.core.text import Text
from regulars.platforms import api_wecom_messages as wecom
from regulars.platforms.contract import Refused, Session

REFUSED = "fail_list"


class WecomMessageConfig(AccountConfig):
    """sender: this guide alone sends; empty = each friend's own guide."""

    sender: str = Field(default="", max_length=64, title="Guide")


@channels.add
class WecomMessage(PlatformChannel):
    """One text for everybody of a request: WeCom's tasks cannot be personal.

    WeCom has no key against doubles and gives nothing of ours back, so what is unclear stays unknown.
    """

    key: ClassVar[str] = "wecom_message"
    title: ClassVar[Text] = Text("企业微信群发（导购确认）", "WeCom message (confirmed by guides)")
    platform: ClassVar[str] = "wecom"
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("external_userid",)
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=wecom.PEOPLE_AT_ONCE)
    Config: ClassVar[type[BaseModel]] = WecomMessageConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people allow messages on WeCom."""
        del config
        return "wecom"

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Make the task; people without a friendship are refused at once."""
        settings = WecomMessageConfig.model_validate(config)
        made = await wecom.add_message_task(
            session, _text(request.recipients), [one.address for one in request.recipients], sender=settings.sender
        )
        gone = set(made.refused)
        return SendResult(made.msgid, {one.uid: REFUSED for one in request.recipients if one.address in gone})

    async def ask(self, session: Session, config: BaseModel, sent: Sequence[Sent]) -> list[Receipt]:
        """Ask for the ends that there are; whoever waits for a guide gets no receipt yet."""
        del config
        found: list[Receipt] = []
        for one in sent:
            if one.provider_id:
                refs = {person.address: person.ref for person in one.recipients}
                found += await _ends(session, one.provider_id, refs)
        return found


def _text(recipients: Sequence[Recipient]) -> str:
    said = {f"{one.title}\n{one.body}".strip() for one in recipients}
    text = said.pop() if len(said) == 1 else ""
    if not text:
        words = "WeCom sends the same text to everybody: take the variables out of it."
        raise Refused("wecom", words, platform_code="same_text", cause="input")
    if len(text.encode()) > wecom.LONGEST_TEXT_BYTES:
        raise Refused("wecom", "The text is too long for WeCom.", platform_code="too_long", cause="input")
    return text


async def _ends(session: Session, msgid: str, refs: Mapping[str, str]) -> list[Receipt]:
    """Return how it ended for each friend. refs: by address, since WeCom names its own ids alone."""
    found: list[Receipt] = []
    now = session.clock.system_now()
    for task in await wecom.tasks(session, msgid):
        if task.state == "waiting":
            continue
        for end in await wecom.results(session, msgid, task.userid):
            if end.outcome == "waiting":
                continue
            at = end.at or task.at or now
            done = end.outcome == "sent"
            found.append(
                Receipt(
                    "delivered" if done else "failed", at, ref=refs.get(end.id, ""), provider_id=msgid, address=end.id,
                    reason="" if done else end.outcome,
                )
            )  # fmt: skip
    return found
