"""The policies as shipped. Every workspace may save its own over them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

from regulars.core.errors import BadInput
from regulars.identity.contract import Policies, Policy

GARBAGE = (
    r"^[0-]*$",
    r"^-1$",
    r"^\W*$",
    r"^(null|none|nil|nan|undefined|unknown|anonymous|guest|n/?a|#n/a|test|tbd|xxx+|\(null\)|无|空|匿名|未知|没有)$",
)
"""Values that stand for "nothing" in every system ever exported. The first rows are Segment's published defaults."""

_TEST_PHONES = (
    "(" + "|".join(f"{d}{{8,}}" for d in range(10)) + ")$",  # 11111111, +8613333333333
    r"1234567890?$",
    r"^\+86(13800138000|13800000000|13900000000|10086|10000|10010|12345678901)$",
)
_TEST_MAILS = (
    r"@(example\.(com|org|net)|test\.com|localhost|mailinator\.com)$",
    r"^(no-?reply|test|none|null|na|anonymous|unknown|aaa+)@",
)

_SHIPPED = (
    Policy("member_no", "hard", 10, 20, linkable=True, anonymous=False, exclusive=True, scope_kind="brand"),
    Policy("customer_id", "hard", 20, 20, linkable=True, anonymous=False, scope_kind="shop"),
    Policy("record", "hard", 22, 20, linkable=True, anonymous=False, scope_kind="source"),
    Policy("omid", "hard", 30, 10, linkable=True, anonymous=False),
    Policy("ouid", "hard", 31, 10, linkable=True, anonymous=False, scope_kind="shop"),
    Policy("buyer_open_uid", "hard", 32, 10, linkable=True, anonymous=False, scope_kind="app"),
    Policy("doudian_open_id", "hard", 33, 10, linkable=True, anonymous=False, scope_kind="app"),
    Policy("yz_open_id", "hard", 34, 10, linkable=True, anonymous=False),
    Policy("jd_open_id", "hard", 35, 10, linkable=True, anonymous=False, scope_kind="app"),
    # A phone number changes hands: only neighbours that appeared within a year of each other count as shared.
    Policy("phone", "soft", 40, 8, 365, _TEST_PHONES, linkable=True, anonymous=False),
    Policy("email", "soft", 50, 8, 0, _TEST_MAILS, linkable=True, anonymous=False),
    Policy("unionid", "hard", 60, 8, linkable=True, anonymous=False),
    Policy("openid", "hard", 61, 8, linkable=True, anonymous=False, scope_kind="app"),
    # One customer of one company in WeCom; other companies know them under another one.
    Policy("external_userid", "hard", 62, 8, linkable=True, anonymous=False, scope_kind="app"),
    Policy("device", "soft", 80, 5, 365, linkable=True),
    Policy("anonymous_id", "soft", 81, 5, 365, linkable=True),
    # An order belongs to one buyer; an order that two customers of one shop claim connects neither.
    Policy("order", "soft", 90, 1, linkable=True, scope_kind="shop"),
    # Computed by a mapping; off until somebody has looked at their own data and switches it on.
    Policy("name_birthday", "soft", 70, 3, subject=False, anonymous=False),
    # Taobao's oaid changes with shop, app and week: it addresses a parcel, never a person.
    Policy("oaid", "soft", 99, subject=False, scope_kind="shop"),
)

SHIPPED: dict[str, Policy] = {p.ns: p for p in _SHIPPED}


def combine(saved: Iterable[Policy], version: int) -> Policies:
    """Return the shipped policies with the saved ones over them."""
    return Policies({**SHIPPED, **{p.ns: p for p in saved}}, version)


def check(policy: Policy) -> None:
    """Raise BadInput when a policy cannot be kept."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", policy.ns):
        raise BadInput("A namespace is 1 to 40 lower-case letters, digits and _.", "For example loyalty_card.")
    if policy.cap < 0 or policy.window_days < 0 or not 0 <= policy.priority <= 1000:
        raise BadInput("Cap and window must be >= 0, the priority between 0 and 1000.", "0 means no cap, no window.")
    for pattern in policy.block:
        try:
            re.compile(pattern)
        except re.error as error:
            raise BadInput(f"{pattern!r} is no regular expression: {error}.", "Correct the pattern.") from error


@lru_cache(maxsize=256)
def _patterns(block: tuple[str, ...]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(pattern) for pattern in block)


_garbage = re.compile("|".join(GARBAGE))


def is_blocked(policy: Policy, value: str) -> bool:
    """Tell whether a normalised value is garbage that must name nobody."""
    folded = value.strip().lower()
    if _garbage.search(folded):
        return True
    return bool(policy.block) and any(p.search(folded) for p in _patterns(policy.block))
