"""What staff wrote about people: under the vault's key, changed by whoever wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Forbidden, NotFound
from regulars.core.ids import new_id
from regulars.infra.crypto import vault
from regulars.profiles.contract import Note
from regulars.profiles.reach import reached
from regulars.profiles.store import notes as store
from regulars.workspace import api as workspace

LONGEST = 2_000


def text(row: Mapping[str, Any]) -> str:
    """Return a stored note's words."""
    return vault().decrypt(row["secret"], _context(row["id"])).decode()


def _context(note_id: UUID) -> str:
    return f"person_note/{note_id}"


def listed(ctx: Ctx, uid: int) -> list[Note]:
    """Return the brand's notes about a person, newest first. Raises PersonNotFound."""
    return [_note(ctx, row) for row in store.of(ctx, reached(ctx, uid))]


def _note(ctx: Ctx, row: Mapping[str, Any]) -> Note:
    own = (row["author_kind"], row["author_id"]) == (ctx.actor.kind, ctx.actor.id)
    return Note(row["id"], text(row), row["author"], row["written_at"], row["edited_at"], own)


def add(ctx: Ctx, uid: int, words: str) -> Note:
    """Write a note about a person; audited, without its words. Raises PersonNotFound, BadInput."""
    suids, note_id = reached(ctx, uid), new_id()
    store.add(ctx, note_id, uid, vault().encrypt(_checked(words), _context(note_id)))
    workspace.audit(ctx, "note.written", "person", uid, after={"note": str(note_id)})
    return next(_note(ctx, row) for row in store.of(ctx, suids) if row["id"] == note_id)


def edit(ctx: Ctx, uid: int, note_id: UUID, words: str) -> Note:
    """Give one's own note other words; audited. Raises PersonNotFound, NotFound, Forbidden, BadInput."""
    _own(ctx, uid, note_id)
    store.edit(ctx, note_id, vault().encrypt(_checked(words), _context(note_id)))
    workspace.audit(ctx, "note.edited", "person", uid, after={"note": str(note_id)})
    return _own(ctx, uid, note_id)


def delete(ctx: Ctx, uid: int, note_id: UUID) -> None:
    """Delete one's own note; audited. Raises PersonNotFound, NotFound, Forbidden."""
    _own(ctx, uid, note_id)
    store.delete(ctx, note_id)
    workspace.audit(ctx, "note.deleted", "person", uid, after={"note": str(note_id)})


def _own(ctx: Ctx, uid: int, note_id: UUID) -> Note:
    found = next((note for note in listed(ctx, uid) if note.id == note_id), None)
    if found is None:
        raise NotFound("This note is not there.", "Open the customer's page again.")
    if not found.own:
        raise Forbidden("Only whoever wrote a note changes it.", "Write one of your own beside it.")
    return found


def _checked(words: str) -> str:
    if not words.strip() or len(words) > LONGEST:
        raise BadInput(f"A note has 1 to {LONGEST} characters.", "Write what the next colleague should know.")
    return words.strip()
