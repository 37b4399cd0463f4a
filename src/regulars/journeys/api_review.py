"""The door of approvals: where a brand asks for it, somebody else looks at a drawing before it is published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput, Conflict, NotFound
from regulars.journeys import store_journeys
from regulars.journeys.contract import Journey, Review
from regulars.journeys.graph import Graph, node_kinds
from regulars.workspace import api as workspace

__all__ = ["ask", "decide", "is_asked_for", "must_be_approved", "of", "set_asked_for", "waiting"]

_SETTING = "journeys_approval"
MAX_NOTE = 500


def is_asked_for(ctx: Ctx) -> bool:
    """Tell whether the brand publishes only what was approved."""
    return bool(workspace.setting(ctx, _SETTING))


def set_asked_for(ctx: Ctx, *, on: bool) -> None:
    """Change whether the brand publishes only what was approved. Audited."""
    workspace.set_setting(ctx, _SETTING, on)


def of(ctx: Ctx, journey: Journey) -> Review | None:
    """Return where the approval of a journey's drawing stands; None = nobody has asked for it."""
    kept = store_journeys.review(ctx, journey.id)
    if kept is None:
        return None
    return Review(
        kept["state"], kept["asked_by"], kept["by"], kept["note"], datetime.fromisoformat(kept["at"]),
        current=kept["of"] == _digest(journey.graph),
    )  # fmt: skip


def waiting(ctx: Ctx) -> list[Journey]:
    """Return the journeys that wait for approval."""
    return store_journeys.in_review(ctx)


def ask(ctx: Ctx, journey_id: int) -> Review:
    """Ask for the approval of the drawing as it is, audited. Raises: NotFound, BadInput with the first problem."""
    journey = _get(ctx, journey_id)
    Graph.read(journey.graph).check()
    return _keep(ctx, journey, {"state": "asked", "asked_by": ctx.actor.name, "asker": ctx.actor.id, "by": "",
                                "note": ""})  # fmt: skip


def decide(ctx: Ctx, journey_id: int, *, approve: bool, note: str = "") -> Review:
    """Approve or refuse the drawing as it is, audited. note: why.

    Raises: NotFound, BadInput for a note too long, Conflict when nobody has asked, the drawing was changed since, or
    who asked is who decides.
    """
    journey = _get(ctx, journey_id)
    kept = store_journeys.review(ctx, journey_id)
    if len(note) > MAX_NOTE:
        raise BadInput(f"A note has at most {MAX_NOTE} characters.", "Shorten it.")
    if kept is None or kept["state"] != "asked":
        raise Conflict("Nobody has asked for approval.", "Ask for it first.", code="journey.review")
    if kept["of"] != _digest(journey.graph):
        raise Conflict("The journey was changed since approval was asked for.", "Ask again.", code="journey.review")
    if approve and kept["asker"] == ctx.actor.id:
        raise Conflict("Somebody else approves than who asked.", "Ask a colleague.", code="journey.review")
    state = "approved" if approve else "refused"
    return _keep(ctx, journey, {**kept, "state": state, "by": ctx.actor.name, "note": note.strip()})


def must_be_approved(ctx: Ctx, journey: Journey) -> None:
    """Raise Conflict when the brand asks for approval and the drawing as it is has none."""
    review = of(ctx, journey) if is_asked_for(ctx) else None
    if is_asked_for(ctx) and (review is None or review.state != "approved" or not review.current):
        raise Conflict(
            "The journey is not approved as it is drawn.", "Ask for approval, then publish.", code="journey.review"
        )


def _keep(ctx: Ctx, journey: Journey, review: Mapping[str, Any]) -> Review:
    kept = {**review, "of": _digest(journey.graph), "at": ctx.now.isoformat()}
    store_journeys.keep_review(ctx, journey.id, kept)
    told = {name: kept[name] for name in ("state", "asked_by", "by", "note")}
    workspace.audit(ctx, f"journey.review_{kept['state']}", "journey", journey.id, after=told)
    found = of(ctx, journey)
    if found is None:
        raise LookupError("The review just written is not there.")
    return found


def _get(ctx: Ctx, journey_id: int) -> Journey:
    found = store_journeys.get(ctx, journey_id, lock=True)
    if found is None:
        raise NotFound(f"There is no journey {journey_id}.", "Open the list of journeys.", code="journey.not_found")
    return found


def _digest(graph: Mapping[str, Any]) -> str:
    """Return what tells one drawing from another, whatever its secrets, where nodes lie and what is noted there."""
    nodes = [
        {"key": one["key"], "kind": one["kind"], "config": node_kinds().get(one["kind"])().shown(one["config"])}
        for one in graph.get("nodes", ())
    ]
    said = {"nodes": nodes, "edges": graph.get("edges", []), "settings": graph.get("settings", {})}
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()
