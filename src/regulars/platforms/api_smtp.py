"""Sending mail through an SMTP server, one message to one address at a time.

SMTP has no key against doubles: after the message's last line only the server's reply says whether it was taken.
Source: RFC 5321, RFC 3463 (codes).
"""

from __future__ import annotations

import contextlib
import re
import smtplib
import ssl
from dataclasses import dataclass
from typing import Literal

import anyio.to_thread
from pydantic import Field, SecretStr

from regulars.platforms import json_answer
from regulars.platforms.contract import Away, Cause, Credentials, Refused, Session, Unclear

KEY = "smtp"
MESSAGES_PER_SECOND = 10
"""A default for a relay of one's own; providers say theirs."""
WAIT_S = 30.0
_LATER_S = 300.0
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_TAKEN = range(200, 300)
_CAUSES: dict[int, Cause] = {535: "signature", 534: "signature", 530: "signature", 552: "input", 554: "input"}


class SmtpCredentials(Credentials):
    """A mail server."""

    host: str = Field(min_length=1, max_length=255, title="Server")
    port: int = Field(default=465, gt=0, lt=65_536, title="Port")
    tls: Literal["tls", "starttls", "none"] = Field(default="tls", title="Encryption")
    user: str = Field(default="", max_length=320, title="User")
    password: SecretStr = Field(default=SecretStr(""), title="Password")


@dataclass(frozen=True, slots=True)
class Mail:
    """A message as it goes over the wire. sender: where bounces go. data: headers and body, ASCII or 8 bit."""

    sender: str
    to: str
    data: bytes


async def send(session: Session, mail: Mail) -> str:
    """Hand a message over and return the server's words about it. Raises: PlatformError."""
    await session.pace("messages", MESSAGES_PER_SECOND)
    settings = SmtpCredentials.model_validate(session.credentials)
    return await anyio.to_thread.run_sync(_sent, settings, mail)


async def check(session: Session) -> None:
    """Connect and log in, and send nothing. Raises: PlatformError."""
    settings = SmtpCredentials.model_validate(session.credentials)
    await anyio.to_thread.run_sync(lambda: _ended(_opened(settings)))


def _sent(settings: SmtpCredentials, mail: Mail) -> str:
    link = _opened(settings)
    try:
        _envelope(link, mail)
        try:
            code, words = link.data(mail.data)
        except smtplib.SMTPDataError as error:  # the server did not want to hear it
            raise _refusal(error.smtp_code, error.smtp_error) from error
        except (OSError, smtplib.SMTPException) as error:
            raise Unclear(KEY, "The mail server did not answer.", "It may have been done all the same.") from error
        if not 200 <= code < 600:
            raise Unclear(KEY, "The mail server's answer cannot be read.", "It may have been done all the same.")
        if code not in _TAKEN:
            raise _refusal(code, words)
        return json_answer.masked(words.decode(errors="replace"))
    finally:
        _ended(link)


def _opened(settings: SmtpCredentials) -> smtplib.SMTP:
    link: smtplib.SMTP | None = None
    try:
        if settings.tls == "tls":
            context = ssl.create_default_context()
            link = smtplib.SMTP_SSL(settings.host, settings.port, timeout=WAIT_S, context=context)
        else:
            link = smtplib.SMTP(settings.host, settings.port, timeout=WAIT_S)
        if settings.tls == "starttls":
            link.starttls(context=ssl.create_default_context())
        if settings.user:
            link.login(settings.user, settings.password.get_secret_value())
    except (OSError, smtplib.SMTPException) as error:
        if link is not None:
            link.close()
        if isinstance(error, smtplib.SMTPResponseException):
            raise _refusal(error.smtp_code, error.smtp_error) from error
        raise Away(KEY, "The mail server cannot be reached.", "Check the network; it is tried again.") from error
    return link


def _envelope(link: smtplib.SMTP, mail: Mail) -> None:
    try:
        for code, words in (link.mail(mail.sender), link.rcpt(mail.to)):
            if code not in _TAKEN:
                raise _refusal(code, words)
    except (OSError, smtplib.SMTPException) as error:
        raise Away(KEY, "The mail server cannot be reached.", "Check the network; it is tried again.") from error


def _ended(link: smtplib.SMTP) -> None:
    with contextlib.suppress(OSError, smtplib.SMTPException):
        link.quit()
    link.close()


def _refusal(code: int, said: bytes | str) -> Refused:
    words = said.decode(errors="replace") if isinstance(said, bytes) else said
    status = _STATUS.search(words)
    later = 400 <= code < 500
    cause: Cause = "busy" if later else _CAUSES.get(code, "missing" if code in (550, 551, 553) else "other")
    return Refused(
        KEY,
        f"The mail server: {json_answer.masked(words)}",
        platform_code=status[1] if status else str(code),
        cause=cause,
        retry_after_s=_LATER_S if later else None,
    )
