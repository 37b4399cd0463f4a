"""Money is whole minor units (fen, cents, pence) beside a currency; never a float."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import NewType

from regulars.core.errors import BadInput

Fen = NewType("Fen", int)
"""An amount in minor units of its currency: 1 yuan = 100 fen, 1 pound = 100 pence."""

MINOR_UNITS = 100
_ONE = Decimal(1)


def fen_half_up(amount: Decimal) -> Fen:
    """Round an amount in major units to minor units, halves away from zero."""
    return Fen(int((amount * MINOR_UNITS).quantize(_ONE, rounding=ROUND_HALF_UP)))


def major(amount: Fen | int) -> Decimal:
    """Return the amount in major units, exact."""
    return Decimal(amount) / MINOR_UNITS


def split_fen(total_fen: Fen, weights: Sequence[int]) -> list[Fen]:
    """Split an amount by weights without losing a fen.

    total_fen: any sign. weights: >= 1 item, each >= 0, sum > 0. Returns one share per weight, summing
    exactly to total_fen; spare fen go to the largest remainders, ties to the earlier weight.
    Raises: BadInput. Source: largest-remainder (Hamilton) method.
    """
    total_weight = sum(weights)
    if total_weight <= 0 or any(w < 0 for w in weights):
        raise BadInput("An amount can only be split by weights >= 0 with a positive sum.", code="money.bad_split")
    sign = -1 if total_fen < 0 else 1
    shares = [abs(total_fen) * w // total_weight for w in weights]
    remainders = [abs(total_fen) * w % total_weight for w in weights]
    spare = abs(total_fen) - sum(shares)
    for i in sorted(range(len(weights)), key=lambda i: (-remainders[i], i))[:spare]:
        shares[i] += 1
    return [Fen(sign * share) for share in shares]
