"""A journey as a graph: nodes with settings, the ways between them, and what is wrong with it, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from regulars.core.errors import BadInput, RegularsError
from regulars.core.event import dictionary
from regulars.core.registry import Registry
from regulars.core.rule import check, fields, leaves
from regulars.core.rule.ast import Everyone
from regulars.journeys import nodes as node_folder
from regulars.journeys.contract import EventMatch, JourneySettings, Node, Problem, nodes
from regulars.journeys.nodes.message import MessageNode


def node_kinds() -> Registry[Node]:
    """Return the node kinds, loaded."""
    return nodes.load(node_folder)


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes by key ({"kind", "config"}), edges (node, way out) -> node, and the settings of the whole."""

    nodes: Mapping[str, Mapping[str, Any]]
    edges: Mapping[tuple[str, str], str]
    settings: JourneySettings

    @classmethod
    def read(cls, stored: Mapping[str, Any]) -> Graph:
        """Read a stored graph."""
        return cls(
            {n["key"]: n for n in stored.get("nodes", ())},
            {(e["from"], e["way"]): e["to"] for e in stored.get("edges", ())},
            JourneySettings.model_validate(stored.get("settings", {})),
        )

    def kind(self, key: str) -> type[Node]:
        """Return the kind of a node."""
        return node_kinds().get(self.nodes[key]["kind"])

    def config(self, key: str) -> BaseModel:
        """Return a node's typed settings. Raises: BadInput."""
        return node_kinds().parse(self.nodes[key]["kind"], dict(self.nodes[key]["config"]))

    def check(self) -> None:
        """Raise BadInput with the first problem, if there is one."""
        for found in self.problems():
            raise BadInput(found.message, found.hint, code="journey.graph", node=found.node)

    def problems(self) -> Iterator[Problem]:
        """Yield what is wrong: settings, ways that lead nowhere, no entry, nodes nobody reaches, endless rounds."""
        entries = [key for key in self.nodes if self.kind(key).entry]
        if not entries:
            yield _problem("", "Nobody can enter the journey.", "Begin with an entry.")
        goal = self.settings.goal
        for match in (*self.settings.exits, *((goal,) if goal else ())):
            yield from _of_event("", match)
        for key in self.nodes:
            yield from self._of_node(key)
        reached = self._reached(entries)
        for key in self.nodes:
            if entries and key not in reached:
                yield _problem(key, f"Nobody gets to {key}.", "Connect it, or take it away.")
        for key in self._rounds():
            yield _problem(key, f"{key} leads back to itself without a wait.", "Put a wait of at least a day between.")

    def _of_node(self, key: str) -> Iterator[Problem]:
        try:
            config = self.config(key)
            self.kind(key)().check(config)
        except RegularsError as error:
            yield _problem(key, error.message, error.hint)
            return
        heard = self.kind(key)().hears(config)
        if heard:
            yield from _of_event(key, heard)
        for way in self.kind(key)().ways_out(config):
            if self.edges.get((key, way)) not in self.nodes:
                yield _problem(key, f"The way {way} out of {key} leads nowhere.", "Connect it to a node.")

    def following(self, key: str) -> list[str]:
        """Return the nodes that the ways out of a node lead to."""
        return [to for (start, _), to in self.edges.items() if start == key and to in self.nodes]

    def _reached(self, entries: Sequence[str]) -> set[str]:
        seen, ahead = set[str](), list(entries)
        while ahead:
            key = ahead.pop()
            if key not in seen:
                seen.add(key)
                ahead += self.following(key)
        return seen

    def _rounds(self) -> Iterator[str]:
        """Yield the nodes from which one comes back to them without ever waiting."""
        for key in self.nodes:
            seen, ahead = set[str](), [] if self._breaks(key) else self.following(key)
            while ahead:
                at = ahead.pop()
                if at == key:
                    yield key
                    break
                if at not in seen and not self._breaks(at):
                    seen.add(at)
                    ahead += self.following(at)

    def _breaks(self, key: str) -> bool:
        """Tell whether a round through a node has an end, or takes time."""
        return self.kind(key).waits or self.kind(key).bounded

    def messages(self) -> dict[str, int]:
        """Return the nodes that hand people over to channels, with how many channels each has in order."""
        return {
            key: 1 + len(node["config"].get("fallback", ()))
            for key, node in self.nodes.items()
            if issubclass(self.kind(key), MessageNode)
        }

    def listens(self) -> list[str]:
        """Return the types of the events that move somebody: into it, on, or out."""
        goal = self.settings.goal
        found = {match.event for match in self.exits()} | ({goal.event} if goal else set())
        for key in self.nodes:
            heard = self.kind(key)().hears(self.config(key))
            found |= {heard.event} if heard else set()
        return sorted(found)

    def exits(self) -> tuple[EventMatch, ...]:
        """Return the events at which people leave wherever they stand."""
        return self.settings.leaving()


def _problem(node: str, message: str, hint: str = "") -> Problem:
    return Problem(node, message, hint)


def _of_event(key: str, match: EventMatch) -> Iterator[Problem]:
    if match.event not in {payload.type for payload in dictionary}:
        yield _problem(key, f"There is no event {match.event}.", "Choose one of the list.")
        return
    for _, leaf in leaves(match.where) if match.where else ():
        if not getattr(leaf, "field", "").startswith(f"event:{match.event}."):
            yield _problem(key, f"The event {match.event} does not say that.", "Ask about what the event itself says.")
            return
    try:
        check(match.where or Everyone(), fields, relation=f"event:{match.event}")
    except RegularsError as error:
        yield _problem(key, error.message, error.hint)
