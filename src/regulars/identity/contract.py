"""What other rooms may hold of identity."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from regulars.core.event import IdentifierRef

ANONYMOUS_FROM = 2**31
"""uids below are members and customers, from here on anonymous; member bitmaps stay dense this way."""
ANYWHERE = "*"
"""Wanted as a scope: whatever the brand may see, in each of its shops where a namespace belongs to a shop."""

Strength = Literal["hard", "soft"]
ScopeKind = Literal["workspace", "brand", "shop", "app", "source"]
LedgerKind = Literal["merge", "unmerge", "bulk"]
Decision = Literal["merge", "keep_apart"]
ReviewState = Literal["open", "merge", "keep_apart", "obsolete"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How far a namespace may be trusted to bring people together.

    strength: shown to operators; hard = issued to one person, soft = may be shared. priority: lower is
    stronger; it picks an event's subject and the order in which evidence is taken. cap: an identifier with
    more distinct neighbours than this in any one namespace and scope, first seen within window_days
    (0 = ever), connects nobody; 0 = no cap. block: regular expressions, searched in the normalised value in lower case;
    a value that matches connects nobody and is nobody. linkable: may connect. subject: may name a person by
    itself. anonymous: a person known only by it is anonymous. exclusive: two of one scope never meet.
    """

    ns: str
    strength: Strength = "soft"
    priority: int = 85
    cap: int = 0
    window_days: int = 0
    block: tuple[str, ...] = ()
    linkable: bool = False
    subject: bool = True
    anonymous: bool = True
    exclusive: bool = False
    scope_kind: ScopeKind = "workspace"


@dataclass(frozen=True, slots=True)
class Policies:
    """All policies in force. version: of the saved changes; 0 = as shipped."""

    by_ns: Mapping[str, Policy]
    version: int = 0

    def of(self, ns: str) -> Policy:
        """Return a namespace's policy; an unknown one is kept but connects nobody until a policy is saved."""
        return self.by_ns.get(ns) or Policy(ns)


@dataclass(frozen=True, slots=True)
class Observation:
    """Identifiers seen together, once. refs: at most 50. occurred_at: aware."""

    refs: tuple[IdentifierRef, ...]
    occurred_at: datetime
    source: str
    source_id: str
    brand_id: int


@dataclass(frozen=True, slots=True)
class KnownIdentifier:
    """An identifier as it may be shown. suid: set when it has been an event's strongest."""

    id: int
    ns: str
    scope: str
    masked: str
    first_seen_at: datetime | None
    suid: int | None
    uid: int | None


@dataclass(frozen=True, slots=True)
class Member:
    """One suid of a person with the identifiers that belong to it."""

    suid: int
    identifiers: tuple[KnownIdentifier, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """That two identifiers were seen together (or declared one). reason: why it is not used, "" when it is."""

    id: int
    a: KnownIdentifier
    b: KnownIdentifier
    evidence: str
    first_seen_at: datetime
    source: str
    source_id: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """A change of who is who. aliases_*: suid -> uid of the suids that moved. undone_by: a later entry."""

    id: int
    at: datetime
    kind: LedgerKind
    uids: tuple[int, ...]
    aliases_before: Mapping[int, int]
    aliases_after: Mapping[int, int]
    edge_ids: tuple[int, ...]
    policy_version: int
    reason: str
    actor: str
    undone_by: int | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why these identifiers are one person."""

    uid: int
    members: tuple[Member, ...]
    edges: tuple[Evidence, ...]
    refused: tuple[Evidence, ...]
    ledger: tuple[LedgerEntry, ...]


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """Evidence that met a constraint and waits for a person to look at it."""

    id: int
    kind: str
    a: KnownIdentifier
    b: KnownIdentifier
    reason: str
    state: ReviewState
    created_at: datetime
    decided_by: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class PeopleCounts:
    """How many people there are."""

    identified: int
    anonymous: int


@dataclass(frozen=True, slots=True)
class Realigned:
    """What a change of evidence did. aliases: suid -> uid that changed. uids: people before and after."""

    aliases: Mapping[int, int] = field(default_factory=dict[int, int])
    uids: frozenset[int] = frozenset()
    ledger_ids: tuple[int, ...] = ()
