"""HTTP of ingest: messages as in Segment's public spec, imports, and rows to fix."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel, Field

from regulars.core import sheet
from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.text import Text
from regulars.core.words import Said
from regulars.ingest import api
from regulars.ingest.contract import Accepted, CellReason, QuarantineRow
from regulars.workspace.api import Permitted

router = APIRouter(tags=["ingest"])
Writer = Annotated[Ctx, Permitted("ingest.write")]
Reader = Annotated[Ctx, Permitted("ingest.read")]
RowWriter = Annotated[Ctx, Permitted("ingest.write", all_stores=True)]
RowReader = Annotated[Ctx, Permitted("ingest.read", all_stores=True)]
"""Of rows to fix: what could not be read names no store."""


async def raw_body(request: Request) -> AsyncGenerator[bytes]:
    """Give the body, never more than a batch may hold, and keep the request's place until it is committed."""
    async with api.gate().entered():
        size = 0
        chunks: list[bytes] = []
        async for chunk in request.stream():
            size += len(chunk)
            if size > api.MAX_BATCH_BYTES:
                raise api.too_large(api.MAX_BATCH_BYTES)
            chunks.append(chunk)
        yield b"".join(chunks)


Body = Annotated[bytes, Depends(raw_body, scope="function")]
"""To be declared before Writer: no transaction is open while a slow client is still sending."""


class TakenOut(BaseModel):
    """What became of the messages. success: they are committed; quarantined ones wait to be fixed."""

    success: bool
    accepted: int
    duplicates: int
    quarantined: int
    reasons: list[Said]


def _taken(done: Accepted) -> TakenOut:
    return TakenOut(success=True, accepted=done.accepted, duplicates=done.duplicates, quarantined=done.quarantined,
                    reasons=list(done.reasons))  # fmt: skip


@router.post("/v1/batch")
def batch(body: Body, ctx: Writer, request: Request) -> TakenOut:
    """Take up to 500 messages of any type at once, at most 5 MB."""
    api.admit(ctx)
    found = api.read_json(body, request.headers.get("content-encoding", ""), api.MAX_BATCH_BYTES)
    messages = found.fields.get("batch")
    if not isinstance(messages, list) or not messages:
        raise BadInput("A batch needs `batch`, a list of messages.", "See the HTTP API page.")
    if len(messages) > api.MAX_BATCH_MESSAGES:
        raise BadInput(f"A batch holds at most {api.MAX_BATCH_MESSAGES} messages, this one {len(messages)}.",
                       "Send them in several batches; nothing was taken.", code="ingest.too_many")  # fmt: skip
    context, sent_at = found.fields.get("context"), found.fields.get("sentAt")
    delivery = api.Delivery(
        messages,
        sent_at=sent_at if isinstance(sent_at, str) else None,
        context=context if isinstance(context, dict) else None,
        clean=found.clean,
    )
    return _taken(api.accept(ctx, delivery))


@router.post("/v1/{message_type}")
def message(
    body: Body,
    ctx: Writer,
    request: Request,
    message_type: Literal["track", "identify", "page", "group", "alias"],
) -> TakenOut:
    """Take one message, at most 512 KB."""
    api.admit(ctx)
    found = api.read_json(body, request.headers.get("content-encoding", ""), api.MAX_MESSAGE_BYTES)
    return _taken(api.accept(ctx, api.Delivery([found.fields], message_type, clean=found.clean)))


class ReasonOut(BaseModel):
    """Why a cell could not be taken, in both languages; personal values are masked."""

    field: str
    value: str
    code: str
    reason: Text

    @classmethod
    def of(cls, reason: CellReason) -> ReasonOut:
        """Build from the room's noun."""
        return cls(field=reason.field, value=reason.value, code=reason.code, reason=reason.reason)


class QuarantineOut(BaseModel):
    """A row to fix. import_id 0: it came over HTTP. fields: only when one row is opened."""

    id: int
    import_id: int
    source: str
    row_no: int
    state: str
    reasons: list[ReasonOut]
    fields: dict[str, str] | None = None


class QuarantineList(BaseModel):
    """Rows to fix and how many are in which state."""

    items: list[QuarantineOut]
    next_cursor: str | None
    total: int | None
    counts: dict[str, int]


def _row(row: QuarantineRow, *, with_fields: bool = False) -> QuarantineOut:
    return QuarantineOut(
        id=row.id, import_id=row.import_id, source=row.source, row_no=row.row_no, state=row.state,
        reasons=[ReasonOut.of(r) for r in row.reasons], fields=dict(row.fields) if with_fields else None,
    )  # fmt: skip


@router.get("/api/quarantine")
def list_quarantine(
    ctx: RowReader,
    import_id: int | None = None,
    cursor: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 50,
    state: Literal["waiting", "replayed", "dropped"] = "waiting",
) -> QuarantineList:
    """List rows to fix in order of their id."""
    states = () if state == "waiting" else (state,)
    found = api.quarantine(ctx, import_id=import_id, after=cursor, states=states, limit=limit)
    counts = api.quarantine_counts(ctx, import_id)
    wanted = ("open", "fixed") if state == "waiting" else (state,)
    following = str(found[-1].id) if len(found) == limit else None
    return QuarantineList(items=[_row(r) for r in found], next_cursor=following,
                          total=sum(counts.get(s, 0) for s in wanted), counts=counts)  # fmt: skip


@router.get("/api/quarantine/export.csv", response_class=Response, responses=sheet.ANSWER)
def export_quarantine(ctx: RowReader, *, import_id: int | None = None, unmask: bool = False) -> Response:
    """Download the rows to fix with their reasons; personal cells in plain only with the right to see them."""
    text = "".join(api.export_rows(ctx, import_id=import_id, unmask=unmask))
    headers = {"Content-Disposition": 'attachment; filename="rows-to-fix.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/api/quarantine/{row_id}")
def open_quarantine(ctx: RowReader, row_id: int, *, unmask: bool = False) -> QuarantineOut:
    """Open one row with its cells."""
    return _row(api.quarantine_row(ctx, row_id, unmask=unmask), with_fields=True)


class FixIn(BaseModel):
    """New cells by column; for messages by path, such as properties.total."""

    fields: dict[str, Annotated[str, Field(max_length=10_000)]] = Field(min_length=1, max_length=200)


class IdsIn(BaseModel):
    """Rows by id."""

    ids: list[int] = Field(min_length=1, max_length=5_000)


class ReplayOut(BaseModel):
    """What became of the rows played again."""

    replayed: int
    still_bad: int
    duplicates: int


@router.post("/api/quarantine/replay")
def replay_quarantine(ctx: RowWriter, ids: IdsIn) -> ReplayOut:
    """Play rows again through the mapping they came with."""
    done = api.replay_rows(ctx, ids.ids)
    return ReplayOut(replayed=done.replayed, still_bad=done.still_bad, duplicates=done.duplicates)


@router.post("/api/quarantine/drop")
def drop_quarantine(ctx: RowWriter, ids: IdsIn) -> dict[str, int]:
    """Give rows up."""
    return {"dropped": api.drop_rows(ctx, ids.ids)}


@router.post("/api/quarantine/take-back")
def take_back_quarantine(ctx: RowWriter, ids: IdsIn) -> dict[str, int]:
    """Let rows that were given up wait again."""
    return {"taken_back": api.take_back_rows(ctx, ids.ids)}


@router.post("/api/quarantine/{row_id}/fix")
def fix_quarantine(ctx: RowWriter, row_id: int, fix: FixIn) -> QuarantineOut:
    """Change cells of a row."""
    api.fix_row(ctx, row_id, fix.fields)
    return _row(api.quarantine_row(ctx, row_id), with_fields=True)
