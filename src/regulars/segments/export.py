"""A segment as a CSV file: masked, safe to open in a spreadsheet, written page by page."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

from regulars.core.ctx import Ctx
from regulars.core.money import major
from regulars.profiles import api as profiles
from regulars.segments import logic, store_lake
from regulars.segments.contract import Member

EXPORT_PAGE = 1_000
_HEADER = (
    "customer_no",
    "customer",
    "purchases",
    "net_spend",
    "currency",
    "first_order_on",
    "last_order_on",
    "region",
    "favourite_category",
    "rfm",
)


def rows_as_csv(ctx: Ctx, members: Iterable[Sequence[int]]) -> Iterator[str]:
    """Yield the file in parts: a byte order mark and header, then the members in their order, masked."""
    # Excel takes a file without the mark for the local code page and breaks Chinese.
    yield "\ufeff" + _lines([_HEADER])
    for page in members:
        for part in logic.pages(page, EXPORT_PAGE):
            yield _lines([_cells(ctx, row) for row in shown(ctx, part)])


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


def _lines(rows: Sequence[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([[logic.safe_cell(cell) for cell in row] for row in rows])
    return text.getvalue()
