"""What identity does with the log: name the person of every event, and tell the lake who is who."""

from __future__ import annotations

from collections.abc import Sequence

from regulars.core.ctx import Ctx
from regulars.core.event import Event
from regulars.core.people import person_data
from regulars.core.text import Text
from regulars.identity import api, bulk, suggest_task
from regulars.identity.contract import Observation
from regulars.identity.person_port import IdentityData
from regulars.infra import event_log
from regulars.infra.event_log import Consumer, add_consumer
from regulars.workspace import api as workspace

ALIASES = "identity.aliases"
"""The consumer after which the lake knows who is who; what rebuilds per person in the lake follows it."""

MANY = 300
"""From so many events on, one reading of the store for all of them costs less."""


def name_people(ctx: Ctx, events: Sequence[Event]) -> None:
    """Give every event that carries identifiers its suid."""
    named = [e for e in events if e.suid is None and e.identifiers]
    seen = [Observation(e.identifiers, e.occurred_at, e.source, e.source_id, e.brand_id) for e in named]
    suids = bulk.observe_many(ctx, seen) if len(seen) >= MANY else api.observe(ctx, seen)
    found = {e.seq: suid for e, suid in zip(named, suids, strict=True) if suid is not None}
    if found:
        event_log.assign_suids(ctx, found)


def copy_aliases(ctx: Ctx, events: Sequence[Event]) -> None:
    """Copy changed aliases to the lake. The truth is read anew, so an old event never brings back an old alias."""
    suids = {int(suid) for e in events if e.type == "person.realigned" for suid, _ in e.props["aliases"]}
    if suids:
        api.publish_aliases(ctx, suids)


add_consumer(Consumer("identity", name_people))
add_consumer(Consumer(ALIASES, copy_aliases, after=("identity",), types=frozenset({"person.realigned"})))
workspace.long_task(suggest_task.KIND, job="identity.suggest")(suggest_task.look)


def to_review(ctx: Ctx) -> tuple[int, list[workspace.Waiting]]:
    """Return how many pairs wait for a decision; nobody bound to stores may take it."""
    return api.open_reviews(ctx) if ctx.scope.stores is None else 0, []


workspace.register_need(
    "customers_to_review",
    "people.merge",
    to_review,
    told=workspace.Told(Text("待确认的同一客户", "Customers to review")),
)
person_data.register(IdentityData())
