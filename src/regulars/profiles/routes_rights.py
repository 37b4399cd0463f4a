"""People's rights over HTTP: a copy, correction, erasure, consent; the requests with their receipts; notes."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from regulars.core.ctx import Ctx
from regulars.core.words import reader
from regulars.profiles import api_notes as notes
from regulars.profiles import api_rights as api
from regulars.profiles.contract import (
    Attribute,
    ConsentChange,
    ConsentState,
    Note,
    PersonRequest,
    Purpose,
    RequestKind,
    RequestState,
)
from regulars.workspace import api as workspace
from regulars.workspace.api import Permitted
from regulars.workspace.contract import AuditEntry

router = APIRouter(prefix="/api", tags=["customers"])
_Reader = Annotated[Ctx, Permitted("customers.read")]
_Writer = Annotated[Ctx, Permitted("customers.write")]
_Copier = Annotated[Ctx, Permitted("customers.copy")]
_Eraser = Annotated[Ctx, Permitted("customers.erase")]
_Reason = Annotated[str, Field(min_length=1, max_length=500)]


class HeldOut(BaseModel):
    """What is known of a person: room -> part -> records."""

    held: dict[str, dict[str, int]]


class ReasonIn(BaseModel):
    """Why it is asked for."""

    model_config = ConfigDict(extra="forbid")
    reason: _Reason


class EraseIn(ReasonIn):
    """Why, and the customer's number as typed."""

    confirm: str = Field(max_length=20)


class CorrectIn(ReasonIn):
    """The attributes put right; those left out stay."""

    values: dict[Attribute, str]


class ConsentIn(BaseModel):
    """A consent given or withdrawn."""

    channel: str = Field(max_length=40)
    purpose: Purpose
    state: ConsentState


class ConsentsIn(ReasonIn):
    """What changes."""

    changes: list[ConsentIn] = Field(min_length=1, max_length=100)


class RequestOut(BaseModel):
    """A request and what came of it; see the docs on rights. done, total: steps of one under way."""

    id: int
    number: str
    kind: RequestKind
    state: RequestState
    uid: int
    reason: str
    actor: str
    asked_at: datetime
    ended_at: datetime | None
    held: dict[str, dict[str, int]]
    gone: dict[str, int]
    told: list[str]
    message: str
    file_until: datetime | None
    downloaded_at: datetime | None
    done: int = 0
    total: int = 0

    @classmethod
    def of(cls, ctx: Ctx, found: PersonRequest) -> RequestOut:
        """Build from the room's noun."""
        running = found.state == "running" and found.operation_id is not None
        task = workspace.operation(ctx, found.operation_id) if running and found.operation_id else None
        values = {name: value for name, value in asdict(found).items() if name not in {"suids", "operation_id"}}
        return cls(**values, done=task.done if task else 0, total=task.total if task else 0)


class RequestList(BaseModel):
    """A part of the requests, newest first."""

    items: list[RequestOut]
    next_cursor: str | None
    total: int | None = None


class NoteIn(BaseModel):
    """What the next colleague should know."""

    text: str = Field(min_length=1, max_length=notes.LONGEST)


class NoteList(BaseModel):
    """Notes about a customer, newest first."""

    items: list[Note]


class DoneOut(BaseModel):
    """Something that was done with a customer's data. reason: where one was asked for."""

    id: int
    at: datetime
    actor: str
    actor_kind: str
    action: str
    reason: str
    number: str


class DoneList(BaseModel):
    """What was done with a customer's data, newest first."""

    items: list[DoneOut]


# --- rights ---------------------------------------------------------------------------------------------
@router.get("/customers/{uid}/held")
def held(uid: int, ctx: _Reader) -> HeldOut:
    """Count what every room knows of a customer, in all brands."""
    return HeldOut(held=api.held(ctx, uid))


@router.post("/customers/{uid}/copy", status_code=202)
def copy(uid: int, body: ReasonIn, ctx: _Copier) -> RequestOut:
    """Let a customer's own copy of their data be made in the background."""
    return RequestOut.of(ctx, api.ask_copy(ctx, uid, body.reason))


@router.post("/customers/{uid}/erase", status_code=202)
def erase(uid: int, body: EraseIn, ctx: _Eraser) -> RequestOut:
    """Let a customer be erased in every room and brand, for good, in the background."""
    return RequestOut.of(ctx, api.ask_erasure(ctx, uid, body.reason, confirm=body.confirm))


@router.post("/customers/{uid}/correct")
def correct(uid: int, body: CorrectIn, ctx: _Writer) -> RequestOut:
    """Put a customer's details right; shows once the event has gone its way."""
    return RequestOut.of(ctx, api.correct(ctx, uid, body.values, body.reason))


@router.post("/customers/{uid}/consents")
def consents(uid: int, body: ConsentsIn, ctx: _Writer) -> RequestOut:
    """Note what a customer allows or withdraws; holds once the events have gone their way."""
    changes = [ConsentChange(one.channel, one.purpose, one.state) for one in body.changes]
    return RequestOut.of(ctx, api.change_consents(ctx, uid, changes, body.reason))


@router.get("/customer-requests")
def requests(
    ctx: _Reader,
    kind: RequestKind | None = None,
    state: RequestState | None = None,
    uid: int | None = None,
    cursor: Annotated[str | None, Query(max_length=20)] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> RequestList:
    """List what customers asked for of their rights, newest first."""
    found = api.listed(ctx, kind=kind, state=state, uid=uid, cursor=cursor, limit=limit)
    return RequestList(items=[RequestOut.of(ctx, one) for one in found.items], next_cursor=found.next_cursor)


@router.get("/customer-requests/{request_id}")
def request(request_id: int, ctx: _Reader) -> RequestOut:
    """Return a request: its receipt."""
    return RequestOut.of(ctx, api.request(ctx, request_id))


@router.get("/customer-requests/{request_id}/copy.json")
def download(request_id: int, ctx: _Copier) -> StreamingResponse:
    """Download a customer's copy for machines. Audited before the first byte leaves."""
    # The pieces come from an encrypted file and need no transaction, so the audit stands whatever happens to them.
    return StreamingResponse(
        api.download(ctx, request_id),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="copy-{request_id}.json"'},
    )


@router.get("/customer-requests/{request_id}/copy.html", response_class=HTMLResponse)
def download_page(request_id: int, ctx: _Copier) -> HTMLResponse:
    """Download a customer's copy to read and print, in the language of `lang` or Accept-Language. Audited."""
    return HTMLResponse(
        api.download_page(ctx, request_id, reader.get()),
        headers={"Content-Disposition": f'attachment; filename="copy-{request_id}.html"'},
    )


# --- notes ----------------------------------------------------------------------------------------------
@router.get("/customers/{uid}/notes")
def list_notes(uid: int, ctx: _Reader) -> NoteList:
    """List the brand's notes about a customer."""
    return NoteList(items=notes.listed(ctx, uid))


@router.post("/customers/{uid}/notes", status_code=201)
def add_note(uid: int, body: NoteIn, ctx: _Writer) -> Note:
    """Write a note about a customer."""
    return notes.add(ctx, uid, body.text)


@router.put("/customers/{uid}/notes/{note_id}")
def edit_note(uid: int, note_id: UUID, body: NoteIn, ctx: _Writer) -> Note:
    """Give one's own note other words."""
    return notes.edit(ctx, uid, note_id, body.text)


@router.delete("/customers/{uid}/notes/{note_id}", status_code=204)
def delete_note(uid: int, note_id: UUID, ctx: _Writer) -> None:
    """Delete one's own note."""
    notes.delete(ctx, uid, note_id)


# --- who did what with the customer ---------------------------------------------------------------------
@router.get("/customers/{uid}/audit")
def done_with(uid: int, ctx: Annotated[Ctx, Permitted("audit.read")]) -> DoneList:
    """List what was done with a customer's data, newest first."""
    return DoneList(items=[_done(entry) for entry in api.done_with(ctx, uid)])


def _done(entry: AuditEntry) -> DoneOut:
    told: dict[str, object] = entry.after if isinstance(entry.after, dict) else {}
    return DoneOut(
        id=entry.id,
        at=entry.at,
        actor=entry.actor_name,
        actor_kind=entry.actor_kind,
        action=entry.action,
        reason=str(told.get("reason") or ""),
        number=str(told.get("number") or told.get("request") or ""),
    )
