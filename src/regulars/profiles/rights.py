"""The long tasks of people's rights: a copy of all that is known of somebody, and its erasure, room by room.

Each room is a transaction of its own, noted with the request, so that a task that was killed goes on where it stood.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any
from uuid import UUID

from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict, NotFound
from regulars.core.ids import id_for
from regulars.core.people import person_data
from regulars.identity import api as identity
from regulars.infra import event_forgetting
from regulars.infra.files import FileStore
from regulars.profiles.contract import PersonRequest
from regulars.profiles.store import requests as store
from regulars.workspace import api as workspace
from regulars.workspace.api import Task

COPY, ERASE = "person_copy", "person_erase"
KEEP_DAYS = 7
"""How long a copy is kept for whoever hands it over."""
SWEEP_DAYS = 7
"""For how long after an erasure the log is looked through again for events that were under way."""
_OF = {"copy": COPY, "erase": ERASE}


def file_id(request_id: int) -> UUID:
    """Return the id of a request's file."""
    return id_for("person_copy", request_id)


def parts_of(export: Mapping[str, Any]) -> dict[str, int]:
    """Return how many records each part of a room's export has; empty parts left out."""
    return {name: len(rows) for name, rows in export.items() if isinstance(rows, list) and rows}


def ask(ctx: Ctx, request: PersonRequest) -> PersonRequest:
    """Let a worker do what was asked for; the caller commits."""
    kind = request.kind
    steps = len(person_data.all()) * (2 if kind == "erase" else 1) + 1
    task = workspace.ask(
        ctx,
        _OF[kind],
        request.number,
        total=steps,
        payload={"request_id": request.id},
        key=f"{ctx.brand_id}:{request.uid}",
    )
    store.change(ctx, request.id, {"operation_id": task.id})
    return of(ctx, request.id)


def of(ctx: Ctx, request_id: int) -> PersonRequest:
    """Return a request of the brand. Raises NotFound."""
    found = store.get(ctx, request_id)
    if found is None:
        raise NotFound(f"There is no request {request_id}.", "It may belong to another brand.")
    return found


def make_copy(task: Task, files: FileStore) -> None:
    """Write all that every room knows of a person into a file; again from the start after a kill."""
    with task.ctx() as ctx:
        request = of(ctx, task.payload["request_id"])
    held: dict[str, dict[str, int]] = {}
    ports = person_data.all()
    with files.writing(file_id(request.id)) as write:
        write(json.dumps({"number": request.number, "made_at": request.asked_at.isoformat()})[:-1].encode())
        write(b', "rooms": {')
        for n, port in enumerate(ports):
            with task.ctx() as ctx:
                export = port.export(ctx, request.suids)
            held[port.room] = parts_of(export)
            lead = ",\n" if n else "\n"
            write(f"{lead}{json.dumps(port.room)}: {json.dumps(export, ensure_ascii=False, indent=1)}".encode())
            task.step(n + 1)
        write(b"\n}}\n")
    with task.ctx() as ctx:
        if not identity.suids_of(ctx, [request.uid])[request.uid]:
            files.delete(file_id(request.id))
            raise Conflict("The customer was merged into another, or erased, meanwhile.", "Ask again on their page.")
        store.keep_file(ctx, request.id, KEEP_DAYS)
        _end(ctx, task, request, {"held": held})
        workspace.audit(ctx, "person.exported", "person", request.uid, after={"request": request.number})


def erase(task: Task, files: FileStore) -> None:
    """Delete a person in every room. Once begun it goes on to the end, whatever happens to its process.

    Raises Conflict when the customer is no longer who was confirmed: nothing is erased that nobody looked at.
    """
    with task.ctx() as ctx:
        request = of(ctx, task.payload["request_id"])
        _still_the_same(ctx, request)
    ports = person_data.all()
    for port in ports:
        if port.room not in request.held:
            with task.ctx() as ctx:
                counted = parts_of(port.export(ctx, request.suids))
                request = _noted(ctx, task, request, {"held": {**request.held, port.room: counted}})
    for port in ports:
        if port.room not in request.gone and port.room != "identity":
            with task.ctx() as ctx:
                rows = port.erase(ctx, request.suids)
                request = _noted(ctx, task, request, {"gone": {**request.gone, port.room: rows}})
    with task.ctx() as ctx:
        _still_the_same(ctx, request)
        last = identity.erase(ctx, request.uid, request.number)
        gone = {room: request.gone.get(room, 0) + rows for room, rows in last.items()}
        _nothing_is_left(ctx, request)
        gone["event_log"] = event_forgetting.forget(ctx, request.suids)
        forget_files(ctx, files, store.with_files(ctx, suids=request.suids))
        _end(ctx, task, request, {"gone": gone})
        store.forget_reasons(ctx, request.suids)


def _still_the_same(ctx: Ctx, request: PersonRequest) -> None:
    if sorted(identity.suids_of(ctx, [request.uid])[request.uid]) != sorted(request.suids):
        raise Conflict(
            "The customer was merged or separated since this was confirmed; the erasure is not complete.",
            "Look at the customer again and ask again.",
            code="person.changed",
        )


def _nothing_is_left(ctx: Ctx, request: PersonRequest) -> None:
    left = {port.room: found for port in person_data.all() if (found := parts_of(port.export(ctx, request.suids)))}
    if left:
        raise Conflict("Something of the customer came in meanwhile.", "Ask again.", code="person.left", left=left)


def _noted(ctx: Ctx, task: Task, request: PersonRequest, values: Mapping[str, Any]) -> PersonRequest:
    store.change(ctx, request.id, values)
    found = of(ctx, request.id)
    workspace.progress(ctx, task.id, len(found.held) + len(found.gone))
    return found


def _end(ctx: Ctx, task: Task, request: PersonRequest, values: Mapping[str, Any]) -> None:
    store.change(ctx, request.id, {**values, "state": "done", "ended": True})
    workspace.progress(ctx, task.id, task.operation.total)
    workspace.finish(ctx, task.id, {"request_id": request.id})


def ended(ctx: Ctx, request_id: int, state: str, why: str) -> None:
    """End a request whose task was cancelled or has failed. why: in words."""
    store.change(ctx, request_id, {"state": state, "message": why, "ended": True})


def forget_files(ctx: Ctx, files: FileStore, request_ids: list[int]) -> None:
    """Delete the files of these requests."""
    for request_id in request_ids:
        files.delete(file_id(request_id))
        store.keep_file(ctx, request_id, None)


def for_audit(request: PersonRequest) -> dict[str, Any]:
    """Return what the audit log says of a request: its number, and nothing of the person."""
    return {name: value for name, value in asdict(request).items() if name in {"number", "kind", "told"}}
