"""Text messages through Tencent Cloud, each with values of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import ClassVar, Literal

from pydantic import BaseModel

from regulars.channels import sms_text
from regulars.channels.contract import (
    Limits,
    Message,
    PlatformChannel,
    Receipt,
    Receipts,
    Recipient,
    Review,
    Reviewed,
    ReviewState,
    SendRequest,
    SendResult,
    Sent,
    channels,
)
from regulars.channels.sms_text import SmsConfig
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.platforms import api_tencent
from regulars.platforms.api_tencent import Report, Template
from regulars.platforms.contract import Incoming, Session

_ILLEGAL = "InvalidParameterValue.IncorrectPhoneNumber"
_STATES: Mapping[str, ReviewState] = {
    "pending": "submitted", "approved": "approved", "rejected": "refused", "missing": "draft"
}  # fmt: skip
_LOOKS_BACK = timedelta(minutes=5)
_LOOKS_AHEAD = timedelta(days=3)


@channels.add
class SmsTencent(PlatformChannel):
    """One person a request: Tencent gives all numbers of a request the same text. Variables are named "1", "2", ..."""

    key: ClassVar[str] = "sms_tencent"
    title: ClassVar[Text] = Text("短信（腾讯云）", "SMS (Tencent Cloud)")
    platform: ClassVar[str] = api_tencent.KEY
    dedupe: ClassVar[Literal["key", "none"]] = "none"
    reach: ClassVar[tuple[str, ...]] = ("phone",)
    receipt: ClassVar[Literal["person", "aggregate", "none"]] = "person"
    limits: ClassVar[Limits] = Limits(batch=1, counts="messages")
    Config: ClassVar[type[BaseModel]] = SmsConfig

    def consent_channel(self, config: BaseModel) -> str:
        """Return the name under which people consent: one for all providers of SMS."""
        del config
        return "sms"

    def texts(self, config: BaseModel) -> Mapping[str, str]:
        """Return the template's variables."""
        return SmsConfig.model_validate(config).texts()

    def cost_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of all parts of a message."""
        return sms_text.cost_fen(SmsConfig.model_validate(config), message.body)

    def parts(self, config: BaseModel, recipient: Recipient) -> int:
        """Return the parts of a person's text."""
        settings = SmsConfig.model_validate(config)
        return sms_text.parts(sms_text.shown(settings, sms_text.params_of(recipient), recipient.body))

    def part_fen(self, config: BaseModel, message: Message) -> int:
        """Return the price of a part."""
        del message
        return SmsConfig.model_validate(config).price_fen

    def preview(self, config: BaseModel, recipient: Recipient) -> str:
        """Return the text with its signature, its parts and their price."""
        return sms_text.preview(SmsConfig.model_validate(config), recipient)

    def reviewed(self, config: BaseModel) -> tuple[Reviewed, ...]:
        """Return the template; signatures are asked about by numbers that a sending does not name."""
        return (Reviewed("template", SmsConfig.model_validate(config).template_code),)

    async def review(self, session: Session, of: Reviewed) -> Review:
        """Ask where a template's review stands."""
        state, reason, text = await api_tencent.template_review(session, of.code)
        return Review(of, _STATES[state], reason, text)

    async def deliver(self, session: Session, config: BaseModel, request: SendRequest) -> SendResult:
        """Send one text to the people of a request; each is taken or refused by itself."""
        settings = SmsConfig.model_validate(config)
        refused: dict[int, str] = {}
        good: dict[str, Recipient] = {}
        for person in request.recipients:
            phone = sms_text.mainland(person.address)
            if not phone or phone in good:
                refused[person.uid] = _ILLEGAL if not phone else "number.twice"
            else:
                good[phone] = person
        if not good:
            return SendResult(refused=refused)
        values = sms_text.params_of(next(iter(good.values())))
        ordered = tuple(values[name] for name in sorted(values, key=lambda name: (len(name), name)))
        template = Template(settings.sign_name, settings.template_code, ordered)
        said = await api_tencent.send(session, template, [f"+86{phone}" for phone in good], context=request.request_id)
        taken = {sms_text.mainland(one.phone): one for one in said}
        unknown = frozenset(person.uid for phone, person in good.items() if phone not in taken)
        refused |= {
            person.uid: taken[phone].code
            for phone, person in good.items()
            if phone in taken and taken[phone].code != "Ok"
        }
        serials = [one.serial for one in said if one.serial]
        paid = {person.uid: taken[phone].parts for phone, person in good.items() if phone in taken}
        parts = {uid: n for uid, n in paid.items() if n and uid not in refused}
        return SendResult(serials[0] if len(good) == 1 and serials else "", refused, unknown, parts)

    def receipts(self, session: Session, message: Incoming) -> Receipts:
        """Read a callback; its address, which nobody can guess, stands for a signature. Raises: BadInput."""
        del session
        try:
            reports = api_tencent.reports(message)
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput("The receipts cannot be read.", "They are sent again later.") from error
        return Receipts(tuple(_receipt(report) for report in reports), api_tencent.ANSWER)

    async def ask(self, session: Session, config: BaseModel, sent: Sequence[Sent]) -> list[Receipt]:
        """Ask for each person of requests, and what they answered."""
        del config
        found: list[Receipt] = []
        for one in sent:
            begin, end = one.at - _LOOKS_BACK, one.at + _LOOKS_AHEAD
            for person in one.recipients:
                phone = f"+86{sms_text.mainland(person.address)}"
                known = await api_tencent.states(session, phone, begin, end)
                found += [_receipt(r, person.ref) for r in known if r.context == one.request_id]
                found += [_receipt(r) for r in await api_tencent.replies(session, phone, begin, end)]
        return found


def _receipt(report: Report, ref: str = "") -> Receipt:
    leaves = report.state == "replied" and sms_text.opts_out(report.text)
    return Receipt(
        "opted_out" if leaves else report.state, report.at, ref=ref, request_id=report.context,
        provider_id=report.serial, address=report.phone, reason=report.code, text=report.text,
    )  # fmt: skip
