"""The door of looking: what a source shows before it is connected, personal values masked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from regulars.connectors.api import connector_kinds
from regulars.connectors.contract import Sample
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.infra.crypto import mask
from regulars.ingest import api_sources, sources
from regulars.ingest.accept import Delivery, understood
from regulars.ingest.facts import Refused as NoFact
from regulars.ingest.facts import is_personal
from regulars.platforms import api as platforms

_CELL_AT_MOST = 200


@dataclass(frozen=True, slots=True)
class Looked:
    """The first rows. rows: cells as text, personal ones masked; wrong: row, field and what is wrong with its fact."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    wrong: tuple[tuple[int, str, str], ...]


def look(ctx: Ctx, connector: str, config: Mapping[str, Any], source_id: int | None = None) -> Looked:
    """Return the first rows of a source as they are there. source_id: whose hidden secrets `config` means.

    Nothing is kept. Raises: NotFound, BadInput, Unavailable.
    """
    kind = connector_kinds().get(connector)
    if kind.platform:
        raise BadInput("This source is read through an account.", "Check the account's connection.")
    settings = connector_kinds().parse(connector, api_sources.plain(ctx, connector, config, source_id))
    sample = platforms.run(lambda: kind().look(None, settings))
    if sample is None:
        raise BadInput("This source shows nothing before it is connected.", "Connect it.")
    one = sources.Opened({"id": 0}, kind(), settings, None)
    wrong: list[tuple[int, str, str]] = []
    for place, said in enumerate(sample.statements, 1):
        try:
            understood(ctx, sources.message_of(one, said), Delivery((), source=one.name), ctx.clock.system_now())
        except NoFact as error:
            wrong += [(place, field, why) for field, why in error.reasons[:3]]
    return Looked(sample.columns, tuple(_shown(sample, row) for row in sample.rows), tuple(wrong))


def _shown(sample: Sample, row: tuple[Any, ...]) -> tuple[str, ...]:
    """Write a row's cells; those that name somebody, or look as if, are masked."""
    named = {one.value for said in sample.statements for one in said.named}
    return tuple(
        mask("", text) if text.strip() in named or is_personal(name, text) else text[:_CELL_AT_MOST]
        for name, cell in zip(sample.columns, row, strict=True)
        for text in ["" if cell is None else str(cell)]
    )
