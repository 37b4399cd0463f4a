"""What the canvas asks besides the drawing itself: ways out, events to choose from, drawings to begin with."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, cast

from regulars.core.ctx import Ctx
from regulars.core.errors import RegularsError
from regulars.core.rule import fields
from regulars.core.text import Lang, Text
from regulars.journeys import store_journeys, store_list
from regulars.journeys.contract import Journey
from regulars.journeys.graph import node_kinds
from regulars.profiles import api as profiles


@dataclass(frozen=True, slots=True)
class EventChoice:
    """An event that people can be followed by. conditions: one may ask about what it says."""

    type: str
    title: Text
    conditions: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """A drawing to begin with, its words in one language; what differs from brand to brand is left open."""

    key: str
    title: str
    what: str
    graph: Mapping[str, Any]


def ways_of(graph: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the ways out of each node as it is drawn; of one with settings that cannot be read yet, its kind's."""
    return {node["key"]: list(_ways(node)) for node in graph.get("nodes", ())}


def _ways(node: Mapping[str, Any]) -> tuple[str, ...]:
    kind = node_kinds().get(node["kind"])
    try:
        return kind().ways_out(node_kinds().parse(node["kind"], dict(node["config"])))
    except RegularsError:
        return kind.ways


def events() -> list[EventChoice]:
    """Return the events that are about people, by type."""
    asked = {relation.key for relation in fields.relations()}
    return [
        EventChoice(payload.type, payload.title, f"event:{payload.type}" in asked)
        for payload in profiles.events_of_people()
    ]


def inside(ctx: Ctx, journey_ids: Sequence[int]) -> dict[int, int]:
    """Return how many people still walk in each of these journeys; one without is absent."""
    return store_list.inside(ctx, journey_ids)


def changed(ctx: Ctx, journey: Journey) -> bool:
    """Tell whether the drawing says something else than what people enter by; where it is drawn does not matter."""
    if journey.version_id is None:
        return False
    published = store_journeys.versions(ctx, journey.id)[-1]
    return _meaning(published) != _meaning(journey.graph)


def _meaning(graph: Mapping[str, Any]) -> object:
    nodes = sorted(((n["key"], n["kind"], n["config"]) for n in graph.get("nodes", ())), key=lambda node: node[0])
    edges = sorted((e["from"], e["way"], e["to"]) for e in graph.get("edges", ()))
    return nodes, edges, graph.get("settings", {})


def gallery(lang: Lang) -> list[Begun]:
    """Return the drawings to begin with, in their order."""
    return [
        Begun(one["key"], str(_said(one["title"], lang)), str(_said(one["what"], lang)), _graph(one["graph"], lang))
        for one in _kept()
    ]


@cache
def _kept() -> list[dict[str, Any]]:
    folder = resources.files("regulars.journeys") / "gallery"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".json")), key=lambda f: f.name)
    return [json.loads(f.read_text(encoding="utf-8")) for f in files]


def _graph(graph: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    return cast("dict[str, Any]", _said(graph, lang))


def _said(part: object, lang: Lang) -> object:
    """Return a part with each {"zh", "en"} in it as its text in the language."""
    if isinstance(part, list):
        return [_said(one, lang) for one in cast("list[object]", part)]
    if not isinstance(part, dict):
        return part
    known = cast("dict[str, object]", part)
    return known[lang] if set(known) == {"zh", "en"} else {key: _said(one, lang) for key, one in known.items()}
