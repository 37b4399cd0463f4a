"""A segment and the list of segments as CSV files: masked, safe to open in a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from regulars.core.ctx import Ctx
from regulars.core.money import major
from regulars.core.sheet import MARK, lines
from regulars.core.text import Lang, Text
from regulars.profiles import api as profiles
from regulars.segments import logic, store_lake
from regulars.segments.contract import Member, Segment

EXPORT_PAGE = 1_000
_HEADER = (
    Text("编号", "number"),
    Text("客户", "customer"),
    Text("购买次数", "purchases"),
    Text("累计净消费", "net spend"),
    Text("币种", "currency"),
    Text("首次购买", "first order"),
    Text("最近购买", "last order"),
    Text("地区", "region"),
    Text("偏好品类", "favourite category"),
    Text("RFM", "RFM"),
)
_LIST_HEADER = (
    Text("编号", "number"),
    Text("人群", "segment"),
    Text("类型", "kind"),
    Text("人数", "people"),
    Text("条件", "conditions"),
    Text("说明", "description"),
    Text("更新时间", "refreshed"),
    Text("版本", "version"),
)
_KINDS = {"dynamic": Text("动态", "dynamic"), "static": Text("静态", "static")}


def rows_as_csv(ctx: Ctx, members: Iterable[Sequence[int]], mark: str, lang: Lang) -> Iterator[str]:
    """Yield the file in parts: a byte order mark, the line whose file this is, header, members in their order, masked.

    mark: of `core.sheet.watermark`.
    """
    yield MARK + lines([[mark], [name[lang] for name in _HEADER]])
    for page in members:
        for part in logic.pages(page, EXPORT_PAGE):
            yield lines([_cells(ctx, row) for row in shown(ctx, part)])


def list_as_csv(ctx: Ctx, segments: Sequence[tuple[Segment, Text]], mark: str, lang: Lang) -> Iterator[str]:
    """Yield segments, each with its conditions in words, as a file; mark: as of `rows_as_csv`."""
    rows = [
        (s.id, s.name, _KINDS[s.kind][lang], s.people, sentence[lang], s.description, _at(ctx, s), s.version)
        for s, sentence in segments
    ]
    yield MARK + lines([[mark], [name[lang] for name in _LIST_HEADER], *rows])


def _at(ctx: Ctx, segment: Segment) -> str:
    at = segment.refreshed_at
    return f"{at.astimezone(ZoneInfo(ctx.zone)):%Y-%m-%d %H:%M}" if at else ""


def shown(ctx: Ctx, uids: Sequence[int]) -> list[Member]:
    """Return members as lists show them, by number, under their masked names."""
    names = profiles.labels(ctx, uids)
    return [
        Member(**row, label=names[row["uid"]], rfm=(r, f, m))
        for row in store_lake.shown(ctx, uids)
        for r, f, m in [(row.pop("rfm_r"), row.pop("rfm_f"), row.pop("rfm_m"))]
    ]


def _cells(ctx: Ctx, member: Member) -> Sequence[object]:
    return (
        member.uid,
        member.label,
        member.purchase_number,
        major(member.net_fen),
        ctx.currency,
        member.first_order_on,
        member.last_order_on,
        member.region,
        member.favourite_category,
        "".join(map(str, member.rfm)),
    )
