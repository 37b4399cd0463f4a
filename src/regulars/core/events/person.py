"""What is learnt about people, and how their identifiers come together or apart."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from regulars.core.event import Payload, Pii, dictionary
from regulars.core.rule.place import read_cell
from regulars.core.text import Text


class PersonIdentified(Payload):
    """Attributes of a person (`identify`); identifiers travel beside the payload."""

    type: ClassVar[str] = "person.identified"
    title: ClassVar[Text] = Text("资料更新", "Profile updated")
    name: Annotated[str, Pii()] = ""
    phone: Annotated[str, Pii("phone")] = ""
    email: Annotated[str, Pii("email")] = ""
    birthday: Annotated[str, Pii()] = ""
    gender: str = ""
    province: str = ""
    city: str = ""
    cell: str = ""
    """Where the person lives, coarsely: "latitude,longitude" rounded to 0.01 degree, e.g. "30.27,120.15"."""

    @field_validator("cell")
    @classmethod
    def _coarse(cls, value: str) -> str:
        """Bring a place, however exact, into the one form in which it is compared."""
        return read_cell(value) if value.strip() else ""


class PersonAliased(Payload):
    """Two identifiers were declared to be the same person (`alias`)."""

    type: ClassVar[str] = "person.aliased"
    title: ClassVar[Text] = Text("身份关联", "Identifiers linked")


class PersonTagged(Payload):
    """A tag of facts was set on a person, or taken away (empty value). tag: its number; the newest word counts."""

    type: ClassVar[str] = "person.tagged"
    title: ClassVar[Text] = Text("打标签", "Tagged")
    tag: int = Field(ge=1)
    value: str = Field(default="", max_length=200)
    label: str = Field(default="", max_length=400)
    """Tag and value in words, as they were called then."""
    by: str = Field(default="", max_length=200)
    """What set it: a node of a journey; "" = an operator or a source."""


class PersonRealigned(Payload):
    """The alias of these suids changed: a merge or an un-merge. uids: people whose state must be rebuilt."""

    type: ClassVar[str] = "person.realigned"
    title: ClassVar[Text] = Text("客户合并或拆分", "Customers merged or separated")
    uids: list[int]
    aliases: list[tuple[int, int]]
    ledger_id: str = ""


class PersonErased(Payload):
    """A person was erased; only the numbers remain."""

    type: ClassVar[str] = "person.erased"
    title: ClassVar[Text] = Text("客户已删除", "Customer erased")
    suids: list[int]


for _payload in (PersonIdentified, PersonAliased, PersonTagged, PersonRealigned, PersonErased):
    dictionary.add(_payload)
