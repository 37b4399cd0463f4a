"""People's rights, as the law names them: a copy, correction, erasure, withdrawal of consent; each with a receipt."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.cursor import number_of
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.core.people import person_data
from regulars.core.text import Lang
from regulars.infra import event_forgetting
from regulars.infra.files import files
from regulars.ingest import api as ingest
from regulars.profiles import rights
from regulars.profiles.contract import Attribute, ConsentChange, Page, PersonRequest, RequestKind, RequestState
from regulars.profiles.reach import reached, wholly
from regulars.profiles.readable import page
from regulars.profiles.store import reads
from regulars.profiles.store import requests as store
from regulars.workspace import api as workspace
from regulars.workspace import api_access as access
from regulars.workspace.api import Task
from regulars.workspace.contract import AuditEntry, Operation, OperationState

LONGEST_VALUE = 100
_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,39}")
_BIRTHDAY = re.compile(r"(\d{4}-)?(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


# --- asking ---------------------------------------------------------------------------------------------
def held(ctx: Ctx, uid: int) -> dict[str, dict[str, int]]:
    """Return room -> part -> how many records of a person there are, in all brands.

    Raises PersonNotFound, Forbidden.
    """
    suids = wholly(ctx, uid)
    return {port.room: rights.parts_of(port.export(ctx, suids)) for port in person_data.all()}


def ask_copy(ctx: Ctx, uid: int, reason: str) -> PersonRequest:
    """Let a copy of all that is known of a person be made. Needs customers.copy, audited.

    Raises PersonNotFound, Forbidden, BadInput, Conflict while one is being made.
    """
    ctx.require("customers.copy")
    return _asked(ctx, "copy", uid, reason)


def ask_erasure(ctx: Ctx, uid: int, reason: str, *, confirm: str) -> PersonRequest:
    """Let a person be erased in every room and brand, for good. Needs customers.erase, audited.

    confirm: the customer's number, as typed. Raises as `ask_copy`.
    """
    ctx.require("customers.erase")
    if confirm.strip().removeprefix("#") != str(uid):
        raise BadInput("The customer's number was not typed.", f"Type {uid} to confirm.", code="confirm.differs")
    return _asked(ctx, "erase", uid, reason)


def _asked(ctx: Ctx, kind: RequestKind, uid: int, reason: str) -> PersonRequest:
    suids = wholly(ctx, uid)
    if store.running(ctx, kind, suids):
        raise Conflict("This is being done already for the customer.", "Look at the list of requests.")
    request = rights.ask(ctx, store.add(ctx, kind, uid, suids, _reasoned(reason)))
    workspace.audit(ctx, f"person.{kind}_asked", "person", uid, after=rights.for_audit(request))
    return request


def _reasoned(reason: str) -> str:
    if not reason.strip():
        raise BadInput("Say why this is asked for.", "For example how the customer asked, and the case number.")
    return reason.strip()[:500]


def correct(ctx: Ctx, uid: int, values: Mapping[Attribute, str], reason: str) -> PersonRequest:
    """Put what is known of a person right, as an event of the brand. Needs customers.write, audited by attribute.

    values: the new ones; birthday as YYYY-MM-DD or MM-DD. Raises PersonNotFound, BadInput.
    """
    ctx.require("customers.write")
    suids = reached(ctx, uid)
    given = {key: value.strip() for key, value in values.items() if value.strip()}
    if not given or any(len(value) > LONGEST_VALUE for value in given.values()):
        raise BadInput(f"Give at least one value, each of at most {LONGEST_VALUE} characters.", "Empty ones stay.")
    if "birthday" in given and not _BIRTHDAY.fullmatch(given["birthday"]):
        raise BadInput("The birthday cannot be read.", "Write 1990-05-17, or 05-17 without the year.")
    request = store.add(ctx, "correct", uid, suids, _reasoned(reason))
    ingest.state(ctx, "person.identified", given, suid=uid, source_id=request.number)
    return _done(ctx, request, "person.corrected", sorted(given))


def change_consents(ctx: Ctx, uid: int, changes: Sequence[ConsentChange], reason: str) -> PersonRequest:
    """Note what a person now allows or withdraws, as events of the brand. Needs customers.write, audited.

    Raises PersonNotFound, BadInput.
    """
    ctx.require("customers.write")
    suids = reached(ctx, uid)
    if not changes or not all(_CHANNEL.fullmatch(one.channel) for one in changes):
        raise BadInput("Say which consents change, each with its channel.", "Channels are named in small letters.")
    if len({(one.channel, one.purpose) for one in changes}) < len(changes):
        raise BadInput("A consent is named twice.", "Name each channel and purpose once.")
    request = store.add(ctx, "consent", uid, suids, _reasoned(reason))
    for n, one in enumerate(changes, 1):
        props = {"channel": one.channel, "purpose": one.purpose, "state": one.state, "basis": request.number}
        ingest.state(ctx, "consent.changed", props, suid=uid, source_id=f"{request.number}/{n}")
    return _done(ctx, request, "consent.stated", [f"{one.channel} {one.purpose} {one.state}" for one in changes])


def _done(ctx: Ctx, request: PersonRequest, action: str, told: list[str]) -> PersonRequest:
    store.change(ctx, request.id, {"state": "done", "told": told, "ended": True})
    found = rights.of(ctx, request.id)
    workspace.audit(ctx, action, "person", found.uid, after=rights.for_audit(found))
    return found


# --- finding again --------------------------------------------------------------------------------------
def listed(
    ctx: Ctx,
    *,
    kind: RequestKind | None = None,
    state: RequestState | None = None,
    uid: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[PersonRequest]:
    """Return the brand's requests, newest first; of somebody bound to stores, a part may hold fewer than the limit.

    uid: of one person. Raises BadInput, PersonNotFound.
    """
    before = number_of(cursor) or None
    suids = None if uid is None else reached(ctx, uid)
    found = store.listed(ctx, {"kind": kind, "state": state}, suids=suids, before=before, limit=limit)
    seen = (one for one in found if ctx.scope.stores is None or reads.live_state(ctx, one.uid))
    return Page(tuple(seen), str(found[-1].id) if len(found) == limit else None)


def request(ctx: Ctx, request_id: int) -> PersonRequest:
    """Return a request of the brand: its receipt. Raises NotFound, PersonNotFound."""
    found = rights.of(ctx, request_id)
    if ctx.scope.stores is not None:
        reached(ctx, found.uid)
    return found


def download(ctx: Ctx, request_id: int) -> Iterator[bytes]:
    """Return a copy as JSON in pieces, which need no transaction. Needs customers.copy, audited. Raises NotFound."""
    return files().chunks(rights.file_id(_taken(ctx, request_id).id))


def download_page(ctx: Ctx, request_id: int, lang: Lang) -> str:
    """Return a copy as a page to read and print. Needs customers.copy, audited. Raises NotFound."""
    found = _taken(ctx, request_id)
    known: dict[str, Any] = json.loads(b"".join(files().chunks(rights.file_id(found.id))))
    return page(known, lang, {brand.id: brand.name for brand in workspace.brands(ctx.tx)})


def _taken(ctx: Ctx, request_id: int) -> PersonRequest:
    ctx.require("customers.copy")
    found = rights.of(ctx, request_id)
    wholly(ctx, found.uid)
    if found.file_until is None or found.file_until <= ctx.clock.system_now():
        raise NotFound("The file of this request is no longer kept.", "Ask for a new copy on the customer's page.")
    store.note_download(ctx, request_id)
    workspace.audit(ctx, "person.copy_downloaded", "person", found.uid, after=rights.for_audit(found))
    return found


NAMING = ("identifier.revealed", "people.merged", "people.separated")
"""Actions that concern a person though their object is another thing."""


def done_with(ctx: Ctx, uid: int) -> list[AuditEntry]:
    """Return what was done with a person, newest first. Raises PersonNotFound, Forbidden."""
    return access.audit_about(ctx, reached(ctx, uid), NAMING)


# --- in the background ----------------------------------------------------------------------------------
def make_copy(task: Task) -> None:
    """Do a copy. For the task alone."""
    rights.make_copy(task, files())


def erase(task: Task) -> None:
    """Do an erasure. For the task alone."""
    rights.erase(task, files())


def ended(ctx: Ctx, operation: Operation, state: OperationState, why: str) -> None:
    """End the request of a task that was cancelled or has failed. For the task alone."""
    rights.ended(ctx, operation.payload["request_id"], state, why)


def tidy(ctx: Ctx) -> None:
    """Delete copies that were kept as long as agreed, and events of erased people that were under way."""
    rights.forget_files(ctx, files(), store.with_files(ctx, suids=None))
    gone = store.erased_since(ctx, rights.SWEEP_DAYS)
    if gone:
        event_forgetting.forget(ctx, gone)
