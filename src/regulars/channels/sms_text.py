"""The text of a short message: its parts, its price, and the words people leave with."""

from __future__ import annotations

import re
from collections.abc import Mapping

from pydantic import Field

from regulars.channels.contract import AccountConfig, Recipient

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_TWO = frozenset("^{}\\[~]|€")
_LEAVING = frozenset({"R", "T", "TD", "N", "STOP", "退订", "拒收", "退", "拒收短信"})
_VARIABLE = re.compile(r"\$\{(\w+)\}|\{(\d+)\}")
_LIQUID = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
_MAINLAND = re.compile(r"(?:\+?86)?(1\d{10})")
_GUESS = "0" * 6
"""What a variable counts for before it is known whose it is."""
PARAM = "params."
"""Before the names of parameters among a channel's Liquid texts."""


class SmsConfig(AccountConfig):
    """What a template SMS needs. template_text: as approved, with the platform's own variables, for the preview."""

    sign_name: str = Field(min_length=2, max_length=20, title="Signature, without 【】")
    template_code: str = Field(min_length=1, max_length=60, title="Template code")
    template_text: str = Field(default="", max_length=1_000, title="Template text, as approved")
    params: dict[str, str] = Field(default_factory=dict, title="Template variables")
    opt_out: str = Field(default="", max_length=20, title="How to leave, e.g. 拒收请回复R; empty for service messages")
    price_fen: int = Field(default=5, ge=0, title="Price of one part, fen")

    def texts(self) -> dict[str, str]:
        """Return the Liquid texts of the variables, by name."""
        return {PARAM + name: text for name, text in self.params.items()}


def params_of(recipient: Recipient) -> dict[str, str]:
    """Return a person's values of the template's variables."""
    return {name.removeprefix(PARAM): text for name, text in recipient.texts.items() if name.startswith(PARAM)}


def parts(text: str) -> int:
    """Return how many parts a text is sent and paid as; the signature belongs to the text.

    Source: 3GPP TS 23.038 and 23.040: 160 characters of GSM-7 or 70 of UCS-2 alone, 153 or 67 in each of several.
    """
    if all(c in _GSM or c in _GSM_TWO for c in text):
        units, alone, each = len(text) + sum(c in _GSM_TWO for c in text), 160, 153
    else:
        units, alone, each = len(text.encode("utf-16-be")) // 2, 70, 67
    return 1 if units <= alone else -(-units // each)


def filled(template: str, values: Mapping[str, str]) -> str:
    """Return a platform's template with its variables, ${name} or {1}; one without a value stays as it is."""
    return _VARIABLE.sub(lambda v: values.get(v[1] or v[2], v[0]), template)


def shown(config: SmsConfig, values: Mapping[str, str], body: str) -> str:
    """Return what stands on the phone. values: of the template's variables. body: where no template text is known."""
    text = filled(config.template_text, values) or body
    leave = config.opt_out if config.opt_out and config.opt_out not in text else ""
    return f"【{config.sign_name}】{text}{leave}"


def preview(config: SmsConfig, recipient: Recipient) -> str:
    """Return the text, its parts and what they cost."""
    text = shown(config, params_of(recipient), recipient.body)
    count = parts(text)
    return f"{text}\n{count} × ¥{config.price_fen / 100:.2f} = ¥{count * config.price_fen / 100:.2f}"


def cost_fen(config: SmsConfig, body: str) -> int:
    """Return what a message will cost, its variables guessed."""
    values = {name: _LIQUID.sub(_GUESS, text) for name, text in config.params.items()}
    return parts(shown(config, values, _LIQUID.sub(_GUESS, body))) * config.price_fen


def opts_out(reply: str) -> bool:
    """Return whether somebody's answer asks to be left alone."""
    return reply.strip().strip("。.!！").upper() in _LEAVING


def mainland(phone: str) -> str:
    """Return a mainland number's 11 digits, "" for any other."""
    found = _MAINLAND.fullmatch(phone)
    return found[1] if found else ""
