"""People like those in a segment: weight of evidence over binned features, checked on seeds that were left out.

The method, as docs/audiences.md states it. Each feature gives everybody one value. A value's weight is the log of how
much more often seeds have it than everybody: log(p / q), q = share of everybody, p = (s + V * q) / (S + V), where s of
S seeds have it and V values are told apart. A score is the sum of the weights: naive Bayes log odds but for a constant.
Features of one family say nearly the same, so they are put in order of strength (sum of p * log(p / q), Kullback and
Leibler's divergence in nats) and count 1, 1/2, 1/3, ...

Source: Good (1950), Probability and the Weighing of Evidence; Laplace's rule of succession with the base rate in
place of equal shares: Cestnik (1990), Estimating probabilities (the m-estimate).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from math import exp, log
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.money import major
from regulars.segments import refresh, store, store_lake, store_lookalike
from regulars.segments.contract import Segment
from regulars.segments.store_leaves import Answer
from regulars.segments.store_lookalike import FEATURES, Count, Crowd, Feature, Points, Step

METHOD = "weight_of_evidence"
LEAST_SEEDS = 50
MOST_PEOPLE = 1_000_000

RARE, RARE_SHARE = 20, 10_000
"""Values that fewer than 20 people, or one in 10,000, have are pooled; a pool of fewer than 20 weighs nothing."""

MOST_VALUES = 120
"""Values of a feature told apart, the most common ones: with their weights they travel in one address line."""

POINTS = 1_000
"""Points a nat. Whole points add up to the same whatever the order."""

_FEATURES = {feature.key: feature for feature in FEATURES}


@dataclass(frozen=True, slots=True)
class Trait:
    """One value of a feature. value None: all rarer ones. evidence: log(p / q), in nats, before the family's order."""

    feature: str
    value: int | str | None
    everybody: int
    learnt: int
    evidence: float


@dataclass(frozen=True, slots=True)
class Weighed:
    """A feature with its values. strength: divergence in nats. counts: 1, 1/2, 1/3, ... by strength in its family."""

    feature: Feature
    traits: tuple[Trait, ...]
    strength: float
    counts: float

    @property
    def points(self) -> Points:
        """What the values add to a score."""
        given = {t.value: round(POINTS * t.evidence * self.counts) for t in self.traits}
        told = [value for value in given if value is not None]
        return Points(told, [given[value] for value in told], given.get(None, 0))


@dataclass(frozen=True, slots=True)
class HeldOut:
    """How the left-out seeds fared. auc: probability that one scores above somebody who is no seed, ties half.

    found: share of them among the first N of all who were not learnt from; at_random: N as a share of those.
    """

    auc: float
    found: float
    at_random: float


# --- the model ------------------------------------------------------------------------------------------
def weigh(counts: Sequence[Count], everybody: int, learnt: int) -> list[Weighed]:
    """Return the features that tell seeds apart, in the order of FEATURES.

    counts: of each feature, adding up to everybody and learnt. everybody, learnt: > 0.
    """
    by_feature: dict[str, list[Count]] = {}
    for count in counts:
        by_feature.setdefault(count.feature, []).append(count)
    drawn = [(f, _traits(_pooled(by_feature.get(f.key, []), everybody), everybody, learnt)) for f in FEATURES]
    strengths = {f.key: sum(_p(t, everybody) * t.evidence for t in traits) for f, traits in drawn if len(traits) > 1}
    places: dict[str, int] = {}
    strongest_first = sorted(strengths, key=lambda key: (_FEATURES[key].family, -strengths[key], key))
    for _, family in groupby(strongest_first, key=lambda key: _FEATURES[key].family):
        places |= {key: place for place, key in enumerate(family, 1)}
    return [Weighed(f, tuple(t), strengths[f.key], 1 / places[f.key]) for f, t in drawn if f.key in places]


def _p(trait: Trait, everybody: int) -> float:
    return exp(trait.evidence) * trait.everybody / everybody


def _pooled(counts: Sequence[Count], everybody: int) -> list[Count]:
    common_first = sorted(counts, key=lambda c: (-c.everybody, str(c.value)))
    least = max(RARE, everybody / RARE_SHARE)
    return [c for c in common_first[:MOST_VALUES] if c.everybody >= least]


def _traits(told: Sequence[Count], everybody: int, learnt: int) -> list[Trait]:
    rest = everybody - sum(c.everybody for c in told)
    parts: list[tuple[str, int | str | None, int, int]] = [(c.feature, c.value, c.everybody, c.learnt) for c in told]
    if rest and told:
        parts.append((told[0].feature, None, rest, learnt - sum(c.learnt for c in told)))
    return [
        Trait(
            feature,
            value,
            n,
            s,
            log((s * everybody / n + len(parts)) / (learnt + len(parts))) if n >= RARE else 0.0,
        )
        for feature, value, n, s in parts
    ]


def held_out(steps: Sequence[Step], people: int) -> HeldOut:
    """Measure how the left-out seeds rank. steps: by score, descending; with at least one left out and one other."""
    held, others = sum(s.held for s in steps), sum(s.others for s in steps)
    wins, below, found, room = 0.0, others, 0.0, people
    for step in steps:
        below -= step.others
        wins += step.held * (below + step.others / 2)
        here = step.held + step.others
        # of equal scores just a part may fit; each of them is as likely to
        found += step.held * min(1.0, room / here) if here else 0
        room = max(0, room - here)
    return HeldOut(wins / (held * others), found / held, min(1.0, people / (held + others)))


SHARES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)
"""Of all ranked: where the share of left-out seeds found so far is told."""


def gains(steps: Sequence[Step]) -> list[dict[str, float]]:
    """Return the share of left-out seeds found among the first so many of all ranked (the cumulative gain)."""
    ranked = sum(s.held + s.others for s in steps)
    return [{"share": share, "found": round(held_out(steps, round(share * ranked)).found, 4)} for share in SHARES]


# --- asking ---------------------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Alike:
    """Whom a look-alike found. told: where the segment was made from, JSON-safe."""

    answer: Answer
    told: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """people: how many. anonymous: also people without identifier. consent: who gave this one, "" = any."""

    people: int
    anonymous: bool = False
    consent: str = ""

    def check(self) -> None:
        """Raise BadInput for a number that cannot be asked for."""
        if not 0 < self.people <= MOST_PEOPLE:
            raise BadInput(f"A look-alike has 1 to {MOST_PEOPLE:,} people.", "Ask for another number.")


STEPS = 2
"""How often `find` says that it got on."""


def find(ctx: Ctx, segment: Segment, asked: Asked, step: Callable[[int], None] = lambda _: None) -> Alike:
    """Return the people within the scope who are most like a segment's. Raises BadInput when that cannot be said.

    step: told how many of the steps are done, between the lake's statements; may raise to stop.
    """
    asked.check()
    crowd = Crowd(refresh.membership(ctx, segment), asked.anonymous, asked.consent)
    counts, everybody, learnt, held = store_lookalike.counted(ctx, crowd)
    _refuse_size(learnt, held, everybody)
    step(1)
    model = weigh(counts, everybody, learnt)
    points = {one.feature.key: one.points for one in model}
    steps = store_lookalike.ranked(ctx, crowd, points)
    least, candidates = _least(steps, asked.people)
    step(STEPS)
    answer = store_lookalike.best(ctx, crowd, points, people=asked.people, least=least)
    question = {"wanted": asked.people, "anonymous": asked.anonymous, "consent": asked.consent}
    sizes = {"everybody": everybody, "learnt": learnt, "held": held, "candidates": candidates}
    made_from = {"from": "lookalike", "method": METHOD, "segment_id": segment.id, **question, **sizes}
    return Alike(answer, {**made_from, **_told(model, steps, asked.people)})


def _refuse_size(learnt: int, held: int, everybody: int) -> None:
    seeds = learnt + held
    if seeds < LEAST_SEEDS or not held:
        raise BadInput(
            f"{seeds} customers are too few to learn from; {LEAST_SEEDS} are needed.",
            "Only known customers count, unless anonymous ones are included. Take a larger segment.",
            code="lookalike.seed_too_small",
        )
    if 2 * seeds > everybody:
        raise BadInput(
            f"{seeds} of {everybody} customers are in this segment already.",
            "Take a segment of at most half of all customers.",
            code="lookalike.seed_too_large",
        )


def _least(steps: Sequence[Step], people: int) -> tuple[int, int]:
    """Return the score of the last person taken, and how many there are to take from."""
    candidates, least = sum(s.candidates for s in steps), 0
    if not candidates:
        raise BadInput("Nobody else may be chosen.", "Leave the consent out, or ask for another one.")
    room = people
    for step in steps:
        least, room = step.score, room - step.candidates
        if room <= 0:
            break
    return least, candidates


def keep(ctx: Ctx, segment: Segment, alike: Alike) -> None:
    """Fill a new static segment with the people found, without their numbers leaving the lake."""
    day = refresh.day_of(ctx)
    version = store.begin_run(ctx, segment.id, whole=True, as_of_on=day, token="")
    store_lake.write_found(ctx, segment.id, version, alike.answer)
    refresh.settle(ctx, segment, version, day=day, origin="rebuild", path="lookalike")


# --- telling --------------------------------------------------------------------------------------------
def _told(model: Sequence[Weighed], steps: Sequence[Step], people: int) -> dict[str, Any]:
    check = held_out(steps, people)
    everybody = {one.feature.key: sum(t.everybody for t in one.traits) for one in model}
    learnt = {one.feature.key: sum(t.learnt for t in one.traits) for one in model}
    return {
        **{name: round(value, 4) for name, value in asdict(check).items()},
        "gain": round(check.found / check.at_random, 2),
        "curve": gains(steps),
        "features": [
            {
                "feature": one.feature.key,
                "label": asdict(one.feature.label),
                "family": one.feature.family,
                "strength": round(one.strength, 4),
                "counts": round(one.counts, 4),
            }
            for one in model
        ],
        "model": [
            {
                "feature": t.feature,
                "value": shown(one.feature, t.value),
                "seed_share": round(t.learnt / learnt[t.feature], 5),
                "share": round(t.everybody / everybody[t.feature], 5),
                "lift": round(t.learnt / learnt[t.feature] / (t.everybody / everybody[t.feature]), 3),
                "weight": round(POINTS * t.evidence * one.counts) / POINTS,
            }
            for one in model
            for t in one.traits
        ],
    }


def shown(feature: Feature, value: int | str | None) -> str:
    """Return a value as people read it: "31-60", "731+", "50-100" (major units), "" = not known, "*" = all rarer."""
    if value is None:
        return "*"
    if isinstance(value, str) or value < 0:
        return str(value) if isinstance(value, str) else ""
    after = [bound for bound in feature.bounds if bound > value]
    if feature.key.endswith("_fen") or feature.key.startswith("net_fen"):
        return (f"{major(value)}-{major(after[0])}" if after else f"{major(value)}+") if value else "0"
    if not after:
        return str(value) if feature.key in {"member", "birth_month"} else f"{value}+"
    return str(value) if after[0] == value + 1 else f"{value}-{after[0] - 1}"
