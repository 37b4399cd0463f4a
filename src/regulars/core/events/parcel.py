"""Parcels on their way to a buyer."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from regulars.core.event import Payload, dictionary
from regulars.core.text import Text


class _Parcel(Payload):
    """parcel_no: the carrier's number. order_id: of the shop's order, "" = not known."""

    parcel_no: str = Field(min_length=1, max_length=64)
    carrier: str = ""
    order_id: str = ""
    shop: str = Field(default="", max_length=100)


class ParcelCollected(_Parcel):
    """The carrier has it."""

    type: ClassVar[str] = "parcel.collected"
    title: ClassVar[Text] = Text("快递揽收", "Parcel collected")


class ParcelArrived(_Parcel):
    """It has arrived where the buyer is, and is being brought or waits to be fetched."""

    type: ClassVar[str] = "parcel.arrived"
    title: ClassVar[Text] = Text("快递到达派送", "Parcel arrived")


class ParcelSigned(_Parcel):
    """The buyer has it."""

    type: ClassVar[str] = "parcel.signed"
    title: ClassVar[Text] = Text("快递签收", "Parcel signed for")


class ParcelDelayed(_Parcel):
    """Something holds it up: nobody was there, the address is wrong, it is late."""

    type: ClassVar[str] = "parcel.delayed"
    title: ClassVar[Text] = Text("快递延误或异常", "Parcel held up")


class ParcelRefused(_Parcel):
    """The buyer did not take it."""

    type: ClassVar[str] = "parcel.refused"
    title: ClassVar[Text] = Text("快递拒收", "Parcel refused")


class ParcelReturned(_Parcel):
    """It is on its way back, or there."""

    type: ClassVar[str] = "parcel.returned"
    title: ClassVar[Text] = Text("快递退回", "Parcel returned")


for _payload in (ParcelCollected, ParcelArrived, ParcelSigned, ParcelDelayed, ParcelRefused, ParcelReturned):
    dictionary.add(_payload)
