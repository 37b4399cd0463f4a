"""What an action really brought: treated against held-out people, with intervals and a check of the split."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Literal

from regulars.core.errors import BadInput

CONFIDENCE = 0.95
SAMPLE_RATIO_ALARM = 0.001
"""Below this p-value the split itself is doubted. Source: Kohavi, Tang, Xu, Trustworthy Online Controlled
Experiments (2020), chapter 21."""


@dataclass(frozen=True, slots=True)
class RateLift:
    """Difference of two shares, treated minus held out; all values in [-1, 1]."""

    treated: float
    held_out: float
    difference: float
    low: float
    high: float
    method: Literal["newcombe"] = "newcombe"


@dataclass(frozen=True, slots=True)
class Moments:
    """What Welch's interval needs of a sample: its size, its sum and its sum of squares (people at 0 included)."""

    n: int
    total: float
    total_squares: float

    @property
    def mean(self) -> float:
        """Return the mean per head."""
        return self.total / self.n

    @property
    def variance(self) -> float:
        """Return the sample variance (n - 1); rounding below zero is cut."""
        return max(0.0, (self.total_squares - self.total * self.total / self.n) / (self.n - 1))


@dataclass(frozen=True, slots=True)
class MeanLift:
    """Difference of two means, treated minus held out, in the unit of the samples. df: Welch-Satterthwaite."""

    treated: float
    held_out: float
    difference: float
    low: float
    high: float
    df: float
    method: Literal["welch"] = "welch"


@dataclass(frozen=True, slots=True)
class SampleRatio:
    """Whether the arms have the sizes that the split asked for. ok False: do not trust the lift."""

    statistic: float
    df: int
    p_value: float
    ok: bool


def difference_of_rates(
    treated_hits: int, treated_n: int, *, held_out_hits: int, held_out_n: int, confidence: float = CONFIDENCE
) -> RateLift:
    """Return the difference of two independent shares with its hybrid score interval.

    Hits in 0..n, n >= 1, confidence in (0, 1). Raises: BadInput outside these bounds.
    Source: Newcombe, Interval estimation for the difference between independent proportions, Statistics in
    Medicine 17 (1998), method 10. Oracle: 56/70 v 48/80 = .2000 [.0524, .3339].
    """
    if min(treated_n, held_out_n) < 1:
        raise BadInput("A share needs at least one person in each arm.", code="lift.empty_arm")
    if not (0 <= treated_hits <= treated_n and 0 <= held_out_hits <= held_out_n):
        raise BadInput("An arm cannot have more buyers than people.", code="lift.bad_counts")
    z = NormalDist().inv_cdf(0.5 + _checked(confidence) / 2)
    p1, p2 = treated_hits / treated_n, held_out_hits / held_out_n
    low1, high1 = _wilson(treated_hits, treated_n, z)
    low2, high2 = _wilson(held_out_hits, held_out_n, z)
    difference = p1 - p2
    return RateLift(
        treated=p1,
        held_out=p2,
        difference=difference,
        low=max(-1.0, difference - math.hypot(p1 - low1, high2 - p2)),
        high=min(1.0, difference + math.hypot(high1 - p1, p2 - low2)),
    )


def difference_of_means(treated: Moments, held_out: Moments, *, confidence: float = CONFIDENCE) -> MeanLift:
    """Return the difference of two independent means with Welch's interval.

    Both samples need n >= 2 and at least one needs some spread. Raises: BadInput (lift.no_spread when nobody
    differs from anybody, because an interval of width zero would claim a certainty that is not there).
    Source: Welch, Biometrika 34 (1947).
    """
    if min(treated.n, held_out.n) < 2:
        raise BadInput("A mean needs at least two people in each arm.", code="lift.empty_arm")
    part1, part2 = treated.variance / treated.n, held_out.variance / held_out.n
    if part1 + part2 <= 0:
        raise BadInput("Nobody differs from anybody in either arm, so no interval exists.", code="lift.no_spread")
    df = (part1 + part2) ** 2 / (part1**2 / (treated.n - 1) + part2**2 / (held_out.n - 1))
    reach = t_quantile(0.5 + _checked(confidence) / 2, df) * math.sqrt(part1 + part2)
    difference = treated.mean - held_out.mean
    return MeanLift(treated.mean, held_out.mean, difference, difference - reach, difference + reach, df)


def sample_ratio(counts: Sequence[int], shares: Sequence[float]) -> SampleRatio:
    """Test whether arm sizes fit the split asked for (Pearson's chi-square).

    counts: people per arm, >= 2 arms, at least one person. shares: wanted sizes in any unit, each > 0, as
    many as counts. Raises: BadInput.
    """
    if len(counts) != len(shares) or len(counts) < 2 or sum(counts) < 1 or min(counts) < 0 or min(shares) <= 0:
        raise BadInput(
            "The split check needs two or more arms, each with a wanted share above 0.", code="lift.bad_split"
        )
    people, whole = sum(counts), sum(shares)
    wanted = [people * share / whole for share in shares]
    statistic = sum((n - e) ** 2 / e for n, e in zip(counts, wanted, strict=True))
    p_value = chi_square_tail(statistic, len(counts) - 1)
    return SampleRatio(statistic, len(counts) - 1, p_value, p_value >= SAMPLE_RATIO_ALARM)


def chi_square_tail(statistic: float, df: int) -> float:
    """Return P(X > statistic) for a chi-square variable, df >= 1, exact by the finite recurrence in df.

    Source: Abramowitz and Stegun 26.4.4 and 26.4.5.
    """
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    tail, term = (math.exp(-half), math.exp(-half)) if df % 2 == 0 else (math.erfc(math.sqrt(half)), 0.0)
    if df % 2:
        term = math.sqrt(half / math.pi) * 2 * math.exp(-half)
        for k in range(3, df + 1, 2):
            tail += term
            term *= statistic / k
    else:
        for k in range(2, df, 2):
            term *= statistic / k
            tail += term
    return min(1.0, tail)


def t_quantile(p: float, df: float) -> float:
    """Return the p-quantile of Student's t, p in (0, 1), df > 0 (fractions allowed), to about 1e-12.

    Bisection on the distribution function, which is monotone: slow and safe beats quick and clever here.
    """
    if p < 0.5:
        return -t_quantile(1 - p, df)
    low, high = 0.0, 2.0
    while _t_below(high, df) < p:
        high *= 2
    while high - low > 1e-13 * max(1.0, high):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        low, high = (middle, high) if _t_below(middle, df) < p else (low, middle)
    return (low + high) / 2


def _t_below(t: float, df: float) -> float:
    """P(T <= t) for t >= 0."""
    return 1 - 0.5 * _incomplete_beta(df / (df + t * t), df / 2, 0.5)


def _incomplete_beta(x: float, a: float, b: float) -> float:
    """Regularised incomplete beta I_x(a, b). Source: DLMF 8.17.22 (continued fraction), Lentz's method."""
    if x <= 0 or x >= 1:
        return min(1.0, max(0.0, x))
    if x > (a + 1) / (a + b + 2):  # the fraction converges fast only on this side
        return 1 - _incomplete_beta(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    tiny = 1e-300
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1), tiny)
    value = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for coefficient in (even, odd):
            d = 1 / _away_from_zero(1 + coefficient * d, tiny)
            c = _away_from_zero(1 + coefficient / c, tiny)
            value *= d * c
        if abs(d * c - 1) < 1e-15:
            break
    return math.exp(log_front) * value / a


def _away_from_zero(value: float, tiny: float) -> float:
    return value if abs(value) > tiny else tiny


def _wilson(hits: int, n: int, z: float) -> tuple[float, float]:
    """Wilson's score interval of one share."""
    share = hits / n
    centre = share + z * z / (2 * n)
    reach = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    return max(0.0, (centre - reach) / scale), min(1.0, (centre + reach) / scale)


def _checked(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise BadInput("A confidence level lies between 0 and 1, such as 0.95.", code="lift.bad_confidence")
    return confidence
