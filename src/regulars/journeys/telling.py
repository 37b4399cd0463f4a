"""Events of people that a node says: one each, all of a cohort at once, in its transaction."""

from __future__ import annotations

from collections.abc import Mapping

from regulars.core.clock import business_day
from regulars.core.event import Event, dictionary
from regulars.core.ids import new_id
from regulars.infra import event_log
from regulars.journeys.contract import Step

SOURCE = "journeys"


def tell(step: Step, event_type: str, props: Mapping[str, object]) -> None:
    """Emit the same of everybody who stands at a node."""
    ctx = step.ctx
    said = dictionary.get(event_type).model_validate(dict(props)).model_dump(mode="json", exclude_unset=True)
    day = business_day(ctx.now, ctx.zone)
    for chunk in step.chunks():
        event_log.append_named(
            ctx,
            [
                Event(
                    id=new_id(), brand_id=ctx.brand_id, type=event_type, source=SOURCE,
                    source_id=f"{step.origin}:{chunk.id}:{uid}", occurred_at=ctx.now,
                    recorded_at=ctx.clock.system_now(), business_on=day, props=said, suid=uid,
                )
                for uid in chunk.uids
            ],
        )  # fmt: skip
