"""What all channels through Aliyun have in common: whom it refuses, its receipts, and asking it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import BaseModel

from regulars.channels import sms_text
from regulars.channels.contract import PlatformChannel, Receipt, Receipts, Recipient, SendRequest, Sent
from regulars.core.errors import BadInput
from regulars.platforms import api_aliyun, api_aliyun_receipts
from regulars.platforms.api_aliyun_receipts import Report
from regulars.platforms.contract import Incoming, Session

ILLEGAL = "isv.MOBILE_NUMBER_ILLEGAL"
"""One number it does not take refuses all of a request, so such numbers are taken out before."""


class AliyunChannel(PlatformChannel):
    """Aliyun takes the same request as often as it comes: nothing unclear is repeated."""

    platform: ClassVar[str] = api_aliyun.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("phone",)
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"

    def receipts(self, session: Session, message: Incoming) -> Receipts:
        """Read a push: of messages, calls, cards, replies. Raises: BadInput.

        It carries no signature: the account's own address, which nobody can guess, stands for it.
        """
        del session
        try:
            reports = api_aliyun_receipts.reports(message)
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput("The receipts cannot be read.", "They are sent again later.") from error
        return Receipts(tuple(map(receipt_of, reports)), api_aliyun_receipts.ANSWER)

    async def ask(self, session: Session, config: BaseModel, sent: Sequence[Sent]) -> list[Receipt]:
        """Ask for each person of requests: Aliyun keeps them under our number, whether its answer arrived or not."""
        del config
        found: list[Receipt] = []
        for one in sent:
            day = one.at.astimezone(api_aliyun.ZONE).date()
            for person in one.recipients:
                details = await api_aliyun.sends_to(session, sms_text.mainland(person.address), day)
                found += [
                    Receipt(detail.state, detail.at, ref=person.ref, request_id=one.request_id,
                            provider_id=one.provider_id, address=person.address,
                            reason="" if detail.state == "delivered" else detail.code)
                    for detail in details
                    if detail.out_id == one.request_id and detail.state != "waiting"
                ]  # fmt: skip
        return found


def sorted_out(request: SendRequest) -> tuple[dict[str, Recipient], dict[int, str]]:
    """Return who can be sent to, by 11-digit number, and who cannot, with the code Aliyun would give."""
    good: dict[str, Recipient] = {}
    refused: dict[int, str] = {}
    for person in request.recipients:
        phone = sms_text.mainland(person.address)
        if not phone or phone in good:
            refused[person.uid] = ILLEGAL if not phone else "number.twice"
        else:
            good[phone] = person
    return good, refused


def receipt_of(report: Report) -> Receipt:
    """Return a report as the back door wants it."""
    state = report.state
    return Receipt(
        state="opted_out" if state == "replied" and sms_text.opts_out(report.text) else state,
        at=report.at,
        request_id=report.out_id,
        provider_id=report.number,
        address=report.phone,
        reason=report.code,
        text=report.text,
        parts=report.parts,
    )
