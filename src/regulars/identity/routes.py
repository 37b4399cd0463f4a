"""Identity over HTTP: why these are one person, and taking it back."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from regulars.core.ctx import Ctx
from regulars.core.words import Said
from regulars.identity import api
from regulars.identity.contract import (
    Decision,
    Evidence,
    Explanation,
    KnownIdentifier,
    Policy,
    Realigned,
    ReviewItem,
    ReviewState,
    ScopeKind,
    Strength,
)
from regulars.workspace.api import Permitted
from regulars.workspace.contract import Operation, OperationState

router = APIRouter(prefix="/api", tags=["identity"])
_Merger = Annotated[Ctx, Permitted("people.merge", all_stores=True)]
"""Evidence names people of every store, and a merge moves all of a person."""
_Reason = Annotated[str, Field(min_length=1, max_length=500)]


class IdentifierOut(BaseModel):
    """An identifier, masked."""

    id: int
    ns: str
    scope: str
    masked: str
    first_seen_at: datetime | None
    suid: int | None
    uid: int | None

    @classmethod
    def of(cls, known: KnownIdentifier) -> IdentifierOut:
        """Build from the room's noun."""
        return cls(**asdict(known))


class MemberOut(BaseModel):
    """A suid and its identifiers."""

    suid: int
    identifiers: list[IdentifierOut]


class EvidenceOut(BaseModel):
    """Two identifiers seen together. reason: why it does not count, "" when it does."""

    id: int
    a: IdentifierOut
    b: IdentifierOut
    evidence: str
    first_seen_at: datetime
    source: str
    source_id: str
    reason: str

    @classmethod
    def of(cls, edge: Evidence) -> EvidenceOut:
        """Build from the room's noun."""
        return cls(**asdict(edge))


class LedgerOut(BaseModel):
    """A change of who is who."""

    id: int
    at: datetime
    kind: str
    uids: list[int]
    aliases_before: dict[int, int]
    aliases_after: dict[int, int]
    edge_ids: list[int]
    reason: str
    actor: str
    undone: bool


class IdentityOut(BaseModel):
    """Why these identifiers are one person."""

    uid: int
    members: list[MemberOut]
    edges: list[EvidenceOut]
    refused: list[EvidenceOut]
    ledger: list[LedgerOut]

    @classmethod
    def of(cls, e: Explanation) -> IdentityOut:
        """Build from the room's noun."""
        return cls(
            uid=e.uid,
            members=[
                MemberOut(suid=m.suid, identifiers=[IdentifierOut.of(i) for i in m.identifiers]) for m in e.members
            ],
            edges=[EvidenceOut.of(x) for x in e.edges],
            refused=[EvidenceOut.of(x) for x in e.refused],
            ledger=[
                LedgerOut(
                    id=entry.id,
                    at=entry.at,
                    kind=entry.kind,
                    uids=list(entry.uids),
                    aliases_before=dict(entry.aliases_before),
                    aliases_after=dict(entry.aliases_after),
                    edge_ids=list(entry.edge_ids),
                    reason=entry.reason,
                    actor=entry.actor,
                    undone=entry.undone_by is not None,
                )
                for entry in e.ledger
            ],
        )


class RealignedOut(BaseModel):
    """What changed. aliases: suid -> uid."""

    uids: list[int]
    aliases: dict[int, int]
    ledger_ids: list[int]

    @classmethod
    def of(cls, result: Realigned) -> RealignedOut:
        """Build from the room's noun."""
        return cls(uids=sorted(result.uids), aliases=dict(result.aliases), ledger_ids=list(result.ledger_ids))


class MergeIn(BaseModel):
    """Two customers who are one."""

    uid_a: int
    uid_b: int
    reason: _Reason


class UnmergeIn(BaseModel):
    """What to take back: a ledger entry, or one piece of evidence."""

    ledger_id: int | None = None
    edge: int | None = None
    reason: Annotated[str, Field(max_length=500)] = "separated by hand"

    @model_validator(mode="after")
    def _one(self) -> UnmergeIn:
        if (self.ledger_id is None) == (self.edge is None):
            raise ValueError("name either ledger_id or edge")
        return self


class ReviewItemOut(BaseModel):
    """Evidence that met a constraint."""

    id: int
    kind: str
    a: IdentifierOut
    b: IdentifierOut
    reason: str
    state: str
    created_at: datetime
    decided_by: str
    decided_at: datetime | None

    @classmethod
    def of(cls, item: ReviewItem) -> ReviewItemOut:
        """Build from the room's noun."""
        return cls(**asdict(item))


class SuggestionsOut(BaseModel):
    """The search for likely duplicates. installed: whether it can be done; install: the command for where it cannot.

    state, done, total (steps), started_at, finished_at, actor: of the last search; null before the first. message and
    code: why it failed. people: customers compared; suggestions: new pairs that wait for a decision.
    """

    installed: bool
    install: str
    state: OperationState | None = None
    done: int = 0
    total: int = 0
    message: Said = ""
    code: str = ""
    actor: str = ""
    started_at: datetime | None = None
    finished_at: datetime | None = None
    people: int | None = None
    suggestions: int | None = None

    @classmethod
    def of(cls, task: Operation | None) -> SuggestionsOut:
        """Build from the last long task of the kind."""
        setup: dict[str, Any] = {"installed": api.is_installed(), "install": api.INSTALL}
        if task is None:
            return cls(**setup)
        names = ("state", "done", "total", "message", "actor", "started_at", "finished_at")
        figures: dict[str, Any] = {name: (task.result or {}).get(name) for name in ("people", "suggestions")}
        return cls(
            **setup,
            **{name: getattr(task, name) for name in names},
            **figures,
            code=(task.result or {}).get("code", ""),
        )


class ReviewPage(BaseModel):
    """A page of the queue."""

    items: list[ReviewItemOut]
    next_cursor: str | None
    total: int | None = None


class DecisionIn(BaseModel):
    """What to do with the item."""

    decision: Decision


class PolicyIn(BaseModel):
    """A namespace's policy; see docs: identity."""

    model_config = ConfigDict(extra="forbid")
    strength: Strength = "soft"
    priority: int = 85
    cap: int = 0
    window_days: int = 0
    block: list[str] = Field(default_factory=list[str], max_length=50)
    linkable: bool = False
    subject: bool = True
    anonymous: bool = True
    exclusive: bool = False
    scope_kind: ScopeKind = "workspace"


class PolicyOut(PolicyIn):
    """A policy in force."""

    ns: str


class PoliciesOut(BaseModel):
    """All policies in force, strongest first."""

    items: list[PolicyOut]
    version: int


@router.get("/customers/{uid}/identity")
def explain(uid: int, ctx: Annotated[Ctx, Permitted("customers.read")]) -> IdentityOut:
    """Say why these identifiers are one person."""
    return IdentityOut.of(api.why(ctx, uid))


@router.post("/identity/merge")
def merge(body: MergeIn, ctx: _Merger) -> RealignedOut:
    """Declare two customers to be one."""
    return RealignedOut.of(api.merge(ctx, body.uid_a, body.uid_b, body.reason))


@router.post("/identity/unmerge")
def unmerge(body: UnmergeIn, ctx: _Merger) -> RealignedOut:
    """Take back a merge or one piece of evidence."""
    return RealignedOut.of(api.unmerge(ctx, ledger_id=body.ledger_id, edge_id=body.edge, reason=body.reason))


@router.get("/identity/review")
def review(
    ctx: _Merger,
    state: ReviewState = "open",
    cursor: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ReviewPage:
    """List what waits for a decision."""
    items = api.review_queue(ctx, state, after_id=cursor, limit=limit)
    following = str(items[-1].id) if len(items) == limit else None
    return ReviewPage(items=[ReviewItemOut.of(i) for i in items], next_cursor=following)


@router.get("/identity/suggestions")
def suggestions(ctx: _Merger) -> SuggestionsOut:
    """Tell how far the search for likely duplicates is, or what the last one brought."""
    return SuggestionsOut.of(api.last_search(ctx))


@router.post("/identity/suggestions", status_code=202)
def suggest(ctx: _Merger) -> SuggestionsOut:
    """Look for likely duplicates among the brand's customers; pairs found wait for a decision."""
    return SuggestionsOut.of(api.start_search(ctx))


@router.post("/identity/suggestions/cancel")
def cancel_suggestions(ctx: _Merger) -> SuggestionsOut:
    """Stop the search between two steps."""
    api.cancel_search(ctx)
    return SuggestionsOut.of(api.last_search(ctx))


@router.post("/identity/review/{item_id}")
def decide(item_id: int, body: DecisionIn, ctx: _Merger) -> ReviewItemOut:
    """Settle an item."""
    return ReviewItemOut.of(api.decide(ctx, item_id, body.decision))


def _policies_out(ctx: Ctx) -> PoliciesOut:
    found = api.policies(ctx)
    ordered = sorted(found.by_ns.values(), key=lambda p: (p.priority, p.ns))
    return PoliciesOut(items=[PolicyOut(**_plain(p)) for p in ordered], version=found.version)


def _plain(policy: Policy) -> dict[str, Any]:
    return asdict(policy) | {"block": list(policy.block)}


@router.get("/identity/policies")
def policies(ctx: Annotated[Ctx, Permitted("settings.read")]) -> PoliciesOut:
    """List the policies in force."""
    return _policies_out(ctx)


@router.put("/identity/policies/{ns}")
def save_policy(ns: str, body: PolicyIn, ctx: Annotated[Ctx, Permitted("settings.write")]) -> PoliciesOut:
    """Save a policy and bring everybody in line with it."""
    settings: dict[str, Any] = {**body.model_dump(), "ns": ns, "block": tuple(body.block)}
    api.save_policy(ctx, Policy(**settings))
    return _policies_out(ctx)
