"""The list of campaigns as a CSV file: what each did and brought, no single person in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from zoneinfo import ZoneInfo

from regulars.channels import api as channels
from regulars.core.ctx import Ctx
from regulars.core.sheet import MARK, lines
from regulars.core.text import Lang, Text
from regulars.journeys import engine, result
from regulars.journeys.contract import Campaign, Counts
from regulars.segments import api as segments
from regulars.segments.contract import SegmentNotFound

_HEADER = (
    Text("编号", "number"),
    Text("活动", "campaign"),
    Text("状态", "state"),
    Text("历史回放", "replay"),
    Text("人群", "segment"),
    Text("渠道", "channel"),
    Text("开始时间", "started"),
    Text("触达组人数", "treated"),
    Text("对照组人数", "held out"),
    Text("已发送", "sent"),
    Text("购买率增量（百分点）", "lift in buyers (pp)"),
)
_STATES = {
    "draft": Text("草稿", "draft"),
    "live": Text("进行中", "running"),
    "done": Text("已结束", "done"),
    "stopped": Text("已停止", "stopped"),
}
_YES_NO = {True: Text("是", "yes"), False: Text("否", "no")}


def segment_name(ctx: Ctx, segment_id: int) -> str:
    """Return a segment's name; "" when it has been deleted since: the campaign keeps its number."""
    try:
        return segments.get(ctx, segment_id).name
    except SegmentNotFound:
        return ""


def list_as_csv(ctx: Ctx, campaigns: Sequence[Campaign], mark: str, lang: Lang) -> Iterator[str]:
    """Yield the file: byte order mark, the line whose file this is, header, campaigns in their order.

    mark: of `core.sheet.watermark`. The lift is empty where it cannot be told.
    """
    titles = {kind.key: kind.title[lang] for kind in channels.channel_kinds()}
    lifts = result.lifts(ctx, campaigns)
    yield MARK + lines([[mark], [name[lang] for name in _HEADER]])
    for one in campaigns:
        counts = engine.counts(ctx, one.run_id) if one.run_id else Counts()
        lift = lifts.get(one.id)
        started = one.started_at.astimezone(ZoneInfo(ctx.zone)) if one.started_at else None
        cells = (
            one.id,
            one.draft.name,
            _STATES[one.state][lang],
            _YES_NO[one.replay][lang],
            segment_name(ctx, one.draft.segment_id),
            titles.get(one.draft.channel, one.draft.channel),
            f"{started:%Y-%m-%d %H:%M}" if started else "",
            counts.entered - counts.held_out,
            counts.held_out,
            counts.sent,
            "" if lift is None else round(lift.difference * 100, 2),
        )
        yield lines([cells])
