"""DingTalk group robots: messages to staff in a group."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import httpx2
from pydantic import Field, SecretStr

from regulars.platforms.contract import Cause, Credentials, Refused, Session, Unclear
from regulars.platforms.signing import dingtalk as signing

KEY = "dingtalk"
PER_MINUTE = 20
"""Source: open.dingtalk.com/document/robots/custom-robot-access: 20 messages a minute, then 10 minutes of refusal."""
_CAUSES: Mapping[str, Cause] = {
    "310000": "signature",
    "300001": "token",
    "400102": "token",
    "130101": "busy",
    "-1": "busy",
    "460101": "input",
    "40035": "input",
}


class DingtalkCredentials(Credentials):
    """A robot of a group. access_token: the last part of its address. secret: of its "signed" security setting."""

    access_token: SecretStr = Field(title="access_token", min_length=1)
    secret: SecretStr = Field(title="Secret (SEC…)", min_length=1)


async def send_text(session: Session, text: str, *, at_phones: Sequence[str] = ()) -> None:
    """Say something in the robot's group, once. Raises: PlatformError.

    DingTalk has no key against doubles: what is unclear is not repeated.
    """
    await session.pace("robot", PER_MINUTE / 60)
    await _call(session, {"msgtype": "text", "text": {"content": text}, "at": {"atMobiles": list(at_phones)}})


async def send_markdown(session: Session, title: str, text: str, *, at_phones: Sequence[str] = ()) -> None:
    """Say something with headings, links and pictures, once. title: shown in the list of chats. Raises: PlatformError.

    Whoever is to be called needs "@<phone>" in the text as well.
    """
    await session.pace("robot", PER_MINUTE / 60)
    said = {"title": title, "text": text}
    await _call(session, {"msgtype": "markdown", "markdown": said, "at": {"atMobiles": list(at_phones)}})


async def _call(session: Session, message: Mapping[str, object]) -> None:
    settings = DingtalkCredentials.model_validate(session.credentials)
    at_ms = int(session.clock.system_now().timestamp() * 1000)
    request = httpx2.Request(
        "POST",
        f"{session.account.base_url}/robot/send",
        params={
            "access_token": settings.access_token.get_secret_value(),
            "timestamp": str(at_ms),
            "sign": signing.sign(settings.secret.get_secret_value(), at_ms),
        },
        json=dict(message),
    )
    answer = await session.call(request, api="robot.send")
    if answer.status_code == 429:
        raise Refused(KEY, "DingTalk asks for fewer calls.", platform_code="429", cause="busy", retry_after_s=600)
    try:
        said = answer.json()
        code, words = str(said["errcode"]), str(said.get("errmsg", ""))
    except (ValueError, KeyError, TypeError) as error:
        raise Unclear(KEY, "DingTalk's answer cannot be read.", "It may have been done all the same.") from error
    if code != "0":
        cause = _CAUSES.get(code, "other")
        retry_after_s = 600 if cause == "busy" else None
        raise Refused(KEY, f"DingTalk: {words}", platform_code=code, cause=cause, retry_after_s=retry_after_s)
