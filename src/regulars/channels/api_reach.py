"""The door of how many of a segment each channel reaches, before anything is sent: sets of numbers, no row a person."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from regulars.channels import api, store_reach
from regulars.channels.contract import ChannelConfig, Frequency
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.identity import api as identity
from regulars.infra.numbers import Numbers
from regulars.profiles import api as profiles
from regulars.segments import api as segments


@dataclass(frozen=True, slots=True)
class Reach:
    """How many of a segment can be reached in one way, step by step; each step keeps who passed those before it.

    consent: the name under which people consent. titles: of its channels. address: who has an address it takes;
    consenting: who agreed to marketing too; allowed: who is not suppressed either; free: whose budget has room.
    """

    consent: str
    channels: tuple[str, ...]
    titles: tuple[Text, ...]
    people: int
    address: int
    consenting: int
    allowed: int
    free: int


_Way = tuple[str, tuple[str, ...], str]
"""Name of consent, namespaces of addresses, class of channels."""


def reach(ctx: Ctx, segment_id: int, frequency: Frequency) -> list[Reach]:
    """Return how many of a segment each way reaches now with marketing, within the scope. Raises: NotFound.

    An estimate ahead of planning, which asks each person anew: a budget counts what each number of a person got.
    """
    members = segments.numbers(ctx, segment_id)
    ways: dict[_Way, list[str]] = {}
    titles: dict[str, Text] = {}
    for kind in api.channel_kinds():
        if not kind.rehearsal:
            way = (kind().consent_channel(ChannelConfig()), kind.reach, kind.channel_class)
            ways.setdefault(way, []).append(kind.key)
            titles[kind.key] = kind.title
    sets = _Sets(ctx, members, frequency)
    return [
        Reach(way[0], tuple(keys), tuple(titles[key] for key in keys), len(members), *sets.steps(way))
        for way, keys in sorted(ways.items())
    ]


class _Sets:
    """The sets that several ways share, each taken once."""

    def __init__(self, ctx: Ctx, members: Numbers, frequency: Frequency) -> None:
        self._ctx, self._members, self._frequency = ctx, members, frequency
        self._taken: dict[tuple[str, str], np.ndarray[tuple[int], np.dtype[np.bool_]]] = {}

    def steps(self, way: _Way) -> tuple[int, int, int, int]:
        """Return how many are left after each step: address, consent, suppression, budget."""
        consent, namespaces, channel_class = way
        left = np.ones(len(self._members), dtype=np.bool_)
        if namespaces:
            left = np.logical_or.reduce([self._among("address", ns) for ns in namespaces])
        counts = [int(left.sum())]
        for name, key, keeps in (
            ("consent", consent, True),
            ("suppressed", channel_class, False),
            ("spent", channel_class, False),
        ):
            among = self._among(name, key)
            left = left & (among if keeps else ~among)
            counts.append(int(left.sum()))
        return counts[0], counts[1], counts[2], counts[3]

    def _among(self, name: str, key: str) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        if (name, key) not in self._taken:
            found = self._numbers(name, key)
            self._taken[name, key] = np.isin(self._members, found)
        return self._taken[name, key]

    def _numbers(self, name: str, key: str) -> Numbers:
        ctx = self._ctx
        if name == "address":
            return identity.holding(ctx, key)
        if name == "consent":
            return profiles.allowing(ctx, key, "marketing")
        if name == "suppressed":
            return identity.today(ctx, store_reach.suppressed(ctx, key))
        days, most = self._frequency.days, self._frequency.messages
        window = {"channel_class": key, "first": ctx.today - timedelta(days=days), "last": ctx.today, "messages": most}
        return identity.today(ctx, store_reach.spent(ctx, window))
