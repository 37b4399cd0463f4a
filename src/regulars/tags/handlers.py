"""What the tags room does with the log and by jobs, and what it tells the rooms below."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.event import Event
from regulars.core.events.person import PersonTagged
from regulars.infra import jobs
from regulars.infra.event_log import Consumer, add_consumer
from regulars.segments import api_kept
from regulars.tags import api, api_setting, facts, store
from regulars.workspace import api as workspace


def follow(ctx: Ctx, events: Sequence[Event]) -> None:
    """Say as facts of imported tags what identify events tell; history from files too, which triggers nothing."""
    wanted: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for brand_id, tag_id, attribute in store.imported(ctx):
        wanted[brand_id].append((tag_id, attribute))
    told: dict[int, list[facts.Said]] = defaultdict(list)
    for event in events:
        for tag_id, attribute in wanted[event.brand_id]:
            value = facts.value_of(event.props.get(attribute))
            if value and event.suid:
                fact = PersonTagged(tag=tag_id, value=value, label=f"{attribute}：{value}")
                source_id = f"{event.id}:{tag_id}"
                told[event.brand_id].append(facts.Said(event.suid, event.occurred_at, fact, source_id, event.origin))
    for brand_id, own in sorted(told.items()):
        brand = workspace.brand(ctx.tx, brand_id)
        facts.say(ctx.for_brand(brand_id, brand.zone, brand.currency), own)


def choices(ctx: Ctx) -> list[dict[str, Any]]:
    """Return the tags that conditions can ask about, with their values and the segment of each."""
    return [
        {
            "id": tag.id,
            "folder": tag.folder,
            "name": tag.name,
            "origin": tag.origin,
            "values": [{"no": v.no, "label": v.label, "segment_id": v.segment_id} for v in tag.values],
        }
        for tag in api.listed(ctx)
    ]


@jobs.job(api_setting.EXPIRE)
def expire(ctx: Ctx, payload: dict[str, Any]) -> None:
    """Take back what was set for a time (worker)."""
    api_setting.expire(ctx, payload["tag_id"], datetime.fromisoformat(payload["at"]), payload["by"])


add_consumer(Consumer("tags", follow, after=("identity",), types=frozenset({"person.identified"})))
workspace.long_task(api_setting.SET, job="tags.set", unit="people")(api_setting.set_all)
workspace.long_task(api_setting.UNDO, job="tags.undo", unit="people")(api_setting.take_back)
workspace.long_task(api_setting.COLLECT, job="tags.collect", unit="people")(api_setting.gather)
api_kept.register_choices(choices)
