"""What a person allows, per channel and purpose. Nothing recorded means no."""

from __future__ import annotations

from typing import ClassVar, Literal

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class ConsentChanged(Payload):
    """A person granted or withdrew consent. basis: where it comes from, shown beside it."""

    type: ClassVar[str] = "consent.changed"
    title: ClassVar[Text] = Text("授权变更", "Consent changed")
    channel: str
    purpose: Literal["marketing", "service", "profiling", "sharing"]
    state: Literal["granted", "withdrawn"]
    basis: str = ""


dictionary.add(ConsentChanged)
