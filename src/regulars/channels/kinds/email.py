"""E-mail through an SMTP server: text and HTML, leaving by one click, bounces read."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.channels import bounces
from regulars.channels.contract import (
    AccountConfig,
    Limits,
    Message,
    PlatformChannel,
    Receipts,
    Recipient,
    SendRequest,
    SendResult,
    channels,
)
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.platforms import api_smtp
from regulars.platforms.api_smtp import Mail
from regulars.platforms.contract import Incoming, Session

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_BAD_ADDRESS = "5.1.3"
"""RFC 3463: bad destination mailbox address syntax."""


class EmailConfig(AccountConfig):
    """Who writes, and how one leaves. html, unsubscribe_url: Liquid texts."""

    sender: str = Field(pattern=f"^{_ADDRESS.pattern}$", max_length=254, title="Sender's address")
    sender_name: str = Field(default="", max_length=80, pattern=r"^[^\r\n]*$", title="Sender's name")
    reply_to: str = Field(default="", max_length=254, pattern=rf"^$|^{_ADDRESS.pattern}$", title="Answers go to")
    html: str = Field(default="", max_length=200_000, title="HTML; empty: made from the text")
    unsubscribe_url: str = Field(default="", max_length=500, pattern="^$|^https://", title="Address to leave (https)")
    price_milli_fen: int = Field(default=0, ge=0, title="Price of 1,000 messages, fen")


@channels.add
class Email(PlatformChannel):
    """One message, one person, one hand-over. DKIM is the relay's to sign; it must cover List-Unsubscribe."""

    key: ClassVar[str] = "email"
    title: ClassVar[Text] = Text("电子邮件", "E-mail")
    platform: ClassVar[str] = api_smtp.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("email",)
    channel_class: ClassVar[str] = "email"
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=1)
    Config: ClassVar[type[BaseModel]] = EmailConfig

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the HTML and the address to leave."""
        settings = EmailConfig.model_validate(config)
        return {"html": settings.html, "unsubscribe_url": settings.unsubscribe_url}

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of one message, rounded up."""
        del message
        return -(-EmailConfig.model_validate(config).price_milli_fen // 1_000)

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return sender, subject and text."""
        settings = EmailConfig.model_validate(config)
        return f"{settings.sender_name} <{settings.sender}>\n{recipient.title}\n\n{recipient.body}".strip()

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Hand over the message of the one person of a request."""
        settings = EmailConfig.model_validate(config)
        person = request.recipients[0]
        if not _ADDRESS.fullmatch(person.address):
            return SendResult(refused={person.uid: _BAD_ADDRESS})
        data = composed(settings, person, request.request_id, at=request.at)
        said = await api_smtp.send(session, Mail(settings.sender, person.address, data))
        return SendResult(said[:200])

    def receipts(self, session: Session, message: Incoming) -> Receipts:
        """Read a bounce that the relay posts as it is (message/rfc822). Raises: BadInput.

        The address it is posted to, which nobody can guess, stands for a signature.
        """
        del session
        try:
            return Receipts(tuple(bounces.read(message.body, message.at)), b"", "text/plain")
        except (ValueError, KeyError, LookupError) as error:
            raise BadInput("The bounce cannot be read.", "Only delivery reports of our own mail are read.") from error


def composed(settings: EmailConfig, person: Recipient, request_id: str, *, at: datetime) -> bytes:
    """Return the message as it is sent.

    Source: RFC 5322; RFC 2369 and 8058 (leaving by one click).
    """
    mail = EmailMessage(policy=SMTP)
    domain = settings.sender.partition("@")[2]
    mail["From"] = Address(settings.sender_name, addr_spec=settings.sender)
    mail["To"] = person.address
    mail["Subject"] = " ".join(person.title.split())
    mail["Date"] = at
    mail["Message-ID"] = bounces.message_id(request_id, person.ref, domain)
    if settings.reply_to:
        mail["Reply-To"] = settings.reply_to
    if leave := person.texts.get("unsubscribe_url", "").strip():
        mail["List-Unsubscribe"] = f"<{leave}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(person.body)
    page = person.texts.get("html") or f"<p>{html.escape(person.body).replace(chr(10), '<br>')}</p>"
    mail.add_alternative(page, subtype="html")
    return mail.as_bytes()
