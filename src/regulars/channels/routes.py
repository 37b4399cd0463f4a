"""Channels over HTTP: which there are, and what they want to know."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel

from regulars.channels import api
from regulars.core.ctx import Ctx
from regulars.core.forms import form
from regulars.core.text import Text
from regulars.workspace.api import Permitted

router = APIRouter(prefix="/api/channels", tags=["channels"])


class ChannelOut(BaseModel):
    """A channel kind. config_schema: JSON schema of its settings. rehearsal: reaches nobody."""

    key: str
    title: Text
    dedupe: Literal["key", "none"]
    receipt: Literal["person", "aggregate", "none"]
    rehearsal: bool
    config_schema: dict[str, Any]
    enabled: bool


@router.get("")
def channels(ctx: Annotated[Ctx, Permitted("campaigns.read")]) -> list[ChannelOut]:
    """Return the channels a campaign can use."""
    del ctx
    return [
        ChannelOut(
            key=kind.key,
            title=kind.title,
            dedupe=kind.dedupe,
            receipt=kind.receipt,
            rehearsal=kind.rehearsal,
            config_schema=form(kind.Config),
            enabled=True,
        )
        for kind in api.channel_kinds()
    ]
