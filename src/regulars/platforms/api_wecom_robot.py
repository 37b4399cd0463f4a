"""WeCom group robots: messages to staff in a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms.contract import Cause, Credentials, Refused, Session, Unclear

KEY = "wecom_robot"
PER_MINUTE = 20
"""Source: developer.work.weixin.qq.com/document/path/91770: 20 messages a minute."""
_CAUSES: Mapping[str, Cause] = {
    "93000": "token", "45009": "busy", "-1": "busy", "40008": "input", "40058": "input", "44004": "input",
    "45002": "input",
}  # fmt: skip
"""93000: no robot of this key."""


class WecomRobotCredentials(Credentials):
    """A robot of a group. key: the last part of its address."""

    key: SecretStr = Field(title="Key", min_length=1)


async def send_text(session: Session, text: str, *, at_phones: Sequence[str] = ()) -> None:
    """Say something in the robot's group, once, at most 2,048 bytes. Raises: PlatformError.

    WeCom has no key against doubles: what is unclear is not repeated.
    """
    await _call(session, {"msgtype": "text", "text": {"content": text, "mentioned_mobile_list": list(at_phones)}})


async def send_markdown(session: Session, text: str) -> None:
    """Say something with headings, links and colours, once, at most 4,096 bytes. Raises: PlatformError."""
    await _call(session, {"msgtype": "markdown", "markdown": {"content": text}})


async def _call(session: Session, message: Mapping[str, object]) -> None:
    settings = WecomRobotCredentials.model_validate(session.credentials)
    await session.pace("robot", PER_MINUTE / 60)
    request = httpx2.Request(
        "POST",
        f"{session.account.base_url}/cgi-bin/webhook/send",
        params={"key": settings.key.get_secret_value()},
        json=dict(message),
    )
    answer = await session.call(request, api="webhook.send")
    if answer.status_code == 429:
        raise Refused(KEY, "WeCom asks for fewer calls.", platform_code="429", cause="busy", retry_after_s=60)
    try:
        said = answer.json()
        code, words = str(said["errcode"]), str(said.get("errmsg", "")).split(", hint:")[0]
    except (ValueError, KeyError, TypeError) as error:
        raise Unclear(KEY, "WeCom's answer cannot be read.", "It may have been done all the same.") from error
    if code != "0":
        cause = _CAUSES.get(code, "other")
        retry_after_s = 60 if cause == "busy" else None
        raise Refused(KEY, f"WeCom: {words}", platform_code=code, cause=cause, retry_after_s=retry_after_s)
