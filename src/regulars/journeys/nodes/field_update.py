"""Field: write what is known of people."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict, Field

from regulars.core.errors import BadInput
from regulars.core.events.person import PersonIdentified
from regulars.core.text import Text
from regulars.journeys import telling
from regulars.journeys.contract import Node, Step, nodes


class FieldUpdateConfig(BaseModel):
    """field: gender, province, city, or an attribute of the brand's own. value: what it becomes, "" = nothing."""

    model_config = ConfigDict(extra="forbid")
    field: str = Field(pattern="^[a-z][a-z0-9_]{0,39}$", title="Attribute")
    value: str = Field(max_length=200, title="Value")


@nodes.add
class FieldUpdate(Node):
    """Said as an identify event, as a source would: imported tags of the attribute follow it."""

    key: ClassVar[str] = "field_update"
    title: ClassVar[Text] = Text("更新字段", "Update a field")
    ways: ClassVar[tuple[str, ...]] = ("updated",)
    Config: ClassVar[type[BaseModel]] = FieldUpdateConfig

    def check(self, config: BaseModel) -> None:
        """Raise BadInput for what is personal: it comes from the person, never from a journey."""
        if FieldUpdateConfig.model_validate(config).field in {*PersonIdentified.pii_fields(), "cell"}:
            raise BadInput("A journey does not write personal details.", "Choose another attribute.")

    def step(self, step: Step, config: BaseModel) -> None:
        """Say it of everybody."""
        asked = FieldUpdateConfig.model_validate(config)
        telling.tell(step, PersonIdentified.type, {asked.field: asked.value})
        step.go("updated")
