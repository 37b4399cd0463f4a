"""Reading delivery reports of mail: what a server says in its own mail about one of ours.

Source: RFC 3464 (delivery status), RFC 6522 (multipart/report).
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage, Message

from regulars.channels.contract import Receipt

NO_REF = "0"


def message_id(request_id: str, ref: str, domain: str) -> str:
    """Return the Message-ID of one person's mail, from which `read` knows it again."""
    return f"<{request_id}.{ref or NO_REF}@{domain}>"


def read(raw: bytes, at: datetime) -> list[Receipt]:
    """Return what a report says of our mails: failed or delivered; delays say nothing yet. Raises ValueError."""
    report = message_from_bytes(raw, policy=policy.default)
    parts = list(report.walk())
    named = next((name for part in parts for name in _original(part)), "")
    if report.get_content_type() != "multipart/report" or not named:
        raise ValueError("not a delivery report of a mail of ours")
    request_id, _, ref = named.strip("<> ").partition("@")[0].partition(".")
    found: list[Receipt] = []
    for block in (block for part in parts for block in _blocks(part)):
        action = str(block.get("Action", "")).strip().lower()
        address = str(block.get("Final-Recipient", "")).partition(";")[2].strip()
        if address and action in ("failed", "delivered"):
            found.append(
                Receipt(
                    "failed" if action == "failed" else "delivered", at, ref="" if ref == NO_REF else ref,
                    request_id=request_id, address=address,
                    reason=str(block.get("Status", "")) if action == "failed" else "",
                )
            )  # fmt: skip
    return found


def _original(part: Message) -> Iterator[str]:
    """Yield the Message-ID of the mail that a part repeats, whole or its headers."""
    if part.get_content_type() == "text/rfc822-headers":
        headers = message_from_bytes(bytes(part.get_payload(decode=True) or b""), policy=policy.default)
        yield str(headers.get("Message-ID", ""))
    elif part.get_content_type() == "message/rfc822" and isinstance(part, EmailMessage):
        yield str(part.get_content().get("Message-ID", ""))


def _blocks(part: Message) -> list[Message]:
    payload = part.get_payload() if part.get_content_type() == "message/delivery-status" else []
    return [block for block in payload if isinstance(block, Message)] if isinstance(payload, list) else []
