"""People as connected components, for very many identifiers at once.

Where a component breaks no constraint, the order of its links cannot matter (see `logic.unite`): those are
found by arrays. The few that break one are handed to `logic` link by link, so the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from regulars.identity.contract import Policies
from regulars.identity.logic import Link, Node, Refusal, unite
from regulars.identity.packing import Flags, Ints


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes 0..n-1 with usable links between them.

    exclusive, key: nodes of exclusive namespaces, and a number for the namespace and scope of each.
    apart: pairs of nodes kept apart. exactly: builds some nodes and all links between them, named by their numbers.
    """

    n: int
    a: Ints
    b: Ints
    exclusive: Ints
    key: Ints
    apart: Sequence[tuple[int, int]]
    exactly: Callable[[Ints], tuple[list[Node], list[Link]]]


def groups(graph: Graph, policies: Policies) -> tuple[Ints, list[Refusal]]:
    """Return each node's group (the number of one of its nodes), and the links that met a constraint."""
    label = components(graph.n, graph.a, graph.b)
    contested = _contested(graph, label)
    if not len(contested):
        return label, []
    flag = np.zeros(graph.n, np.bool_)
    flag[contested] = True
    inside = np.flatnonzero(flag[label])
    nodes, links = graph.exactly(inside)
    apart = [(a, b) for a, b in graph.apart if flag[label[a]] and flag[label[b]]]
    found, refused = unite({n.id: n for n in nodes}, links, apart, policies)
    for members in found:
        label[members] = min(members)
    return label, refused


def components(n: int, a: Ints, b: Ints) -> Ints:
    """Return for each of n nodes the smallest node it is connected with, by the links a-b."""
    label = np.arange(n)
    while True:
        root_a, root_b = label[a], label[b]
        open_ = root_a != root_b
        if not open_.any():
            return label
        a, b = root_a[open_], root_b[open_]
        np.minimum.at(label, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(shorter := label[label], label):
            label = shorter


def _contested(graph: Graph, label: Ints) -> Ints:
    """Return the components in which two of one exclusive scope, or two kept apart, have met."""
    at = label[graph.exclusive]
    order = np.lexsort((graph.key, at))
    twice = (np.diff(at[order]) == 0) & (np.diff(graph.key[order]) == 0)
    met = [label[a] for a, b in graph.apart if label[a] == label[b]]
    return np.unique(np.append(at[order][1:][twice], np.array(met, np.int64)))


def smallest(label: Ints, suids: Ints) -> Ints:
    """Return each node's uid: the smallest suid (0 = none) of its group, 0 where the group has none."""
    most = np.iinfo(np.int64).max
    of = np.full(len(label), most)
    np.minimum.at(of, label, np.where(suids > 0, suids, most))
    found = of[label]
    return np.where(found == most, 0, found)


def crowded(n: int, links: Crowd, policies: Caps) -> Flags:
    """Tell which of n nodes have more neighbours of one kind than their cap; see `logic.is_crowded`."""
    found = np.zeros(n, np.bool_)
    many = np.bincount(links.one, minlength=n) > policies.cap
    at = np.flatnonzero(many[links.one] & (policies.cap[links.one] > 0))
    one, kind, at_us = links.one[at], links.kind[at], links.at_us[at]
    order = np.lexsort((at_us, kind, one))
    one, kind, at_us = one[order], kind[order], at_us[order]
    later = np.arange(len(one)) + policies.cap[one]
    within = later < len(one)
    first, later = np.flatnonzero(within), later[within]
    window = policies.window_us[one[first]]
    close = (window == 0) | (at_us[later] - at_us[first] < window)
    found[one[first[(one[first] == one[later]) & (kind[first] == kind[later]) & close]]] = True
    return found


@dataclass(frozen=True, slots=True)
class Crowd:
    """Links seen from one end. one: the node. kind: of the other end (its namespace and scope). at_us: first sight."""

    one: Ints
    kind: Ints
    at_us: Ints


@dataclass(frozen=True, slots=True)
class Caps:
    """Per node. cap: 0 = none. window_us: 0 = ever."""

    cap: Ints
    window_us: Ints
