"""The list of customers: found by what names them, with any field of the person as a column, also as a file."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.money import major
from regulars.core.rule import Field, fields
from regulars.core.sheet import MARK, lines
from regulars.core.text import Lang
from regulars.identity import api as identity
from regulars.profiles import intake
from regulars.profiles.contract import CustomerRow, Members, Page, Sort
from regulars.profiles.cursors import packed, unpacked
from regulars.profiles.store import facts as store_facts
from regulars.profiles.store import reads

MOST_COLUMNS = 20
EXPORT_PAGE = 1_000
_segment_members: list[Callable[[Ctx, int], Members]] = []


def labels(ctx: Ctx, uids: Collection[int]) -> dict[int, str]:
    """Return how people are shown: the masked strongest identifier, else their number."""
    found = identity.labels(ctx, uids)
    return {uid: found.get(uid) or f"#{uid}" for uid in uids}


def register_segment_members(members: Callable[[Ctx, int], Members]) -> None:
    """Let the room above say who is in a segment: (ctx, segment id) -> the SELECT that names them (boot)."""
    _segment_members[:] = [members]


# --- searching ------------------------------------------------------------------------------------------
def searchable(ctx: Ctx) -> list[str]:
    """Return by what people can be searched: namespaces of identifiers in use, "order", "name", "number"."""
    return sorted({*identity.namespaces(ctx), "order", "name", "number"})


def _named(ctx: Ctx, q: str) -> dict[int, set[str]]:
    """Return whom a text names, each with by what."""
    found = identity.search(ctx, q)
    text = q.strip()
    number = text.removeprefix("#")
    if number.isdecimal() and len(number) <= 10:
        found.setdefault(int(number), set()).add("number")
    for by, suids in (
        ("order", reads.of_document(ctx, text)),
        ("name", store_facts.named(ctx, intake.name_index(text))),
    ):
        for uid in set(identity.uid_of(ctx, suids).values()) if suids else ():
            found.setdefault(uid, set()).add(by)
    return found


def search(  # noqa: PLR0913 - what a list can be asked, all named
    ctx: Ctx,
    q: str = "",
    *,
    sort: Sort = "last_order_on",
    cursor: str | None = None,
    limit: int = 50,
    segment_id: int | None = None,
    shown: Sequence[str] = (),
) -> Page[CustomerRow]:
    """Return the brand's people, highest first, as far as the scope reaches.

    q: an identifier's exact value in any namespace, an order's number, a name in full, or a customer's number.
    segment_id: only its members. shown: fields of the person whose values come with each row, at most 20.
    total comes with the first page. Raises BadInput.
    """
    asked = _asked(shown)
    after = tuple(unpacked(cursor, int, int)) if cursor else None
    found = _named(ctx, q) if q.strip() else None
    wanted = None if found is None else sorted(found)
    members = None if segment_id is None else _members(ctx, segment_id)
    if members is not None and wanted is not None:
        wanted = reads.among(ctx, members, wanted)
    if members is None or wanted is not None:
        rows = reads.listed(ctx, uids=wanted, sort=sort, after=after, limit=limit)  # pyright: ignore[reportArgumentType] - two whole numbers
        last = rows[-1] if len(rows) == limit else None
    else:
        places = reads.places_among(ctx, members, sort=sort, after=after, limit=limit)  # pyright: ignore[reportArgumentType] - as above
        rows = reads.live_rows(ctx, [one["uid"] for one in places])
        last = places[-1] if len(places) == limit else None
    following = packed([last["place"], last["uid"]]) if last else None
    counted = None if cursor else reads.counted(ctx, members) if wanted is None else reads.counted_of(ctx, wanted)
    total = None if counted is None else sum(counted.values())
    return Page(tuple(_customers(ctx, rows, asked, found or {})), following, total)


def _members(ctx: Ctx, segment_id: int) -> Members:
    if not _segment_members:
        raise BadInput("Segments are not at hand here.", "Search without the segment.")
    return _segment_members[0](ctx, segment_id)


def _customers(
    ctx: Ctx, rows: Sequence[dict[str, Any]], asked: Sequence[Field], found: dict[int, set[str]]
) -> Iterator[CustomerRow]:
    uids = [row["uid"] for row in rows]
    names = labels(ctx, uids)
    cells = reads.values_of(ctx, uids, asked) if asked and uids else {}
    for row in rows:
        own = {n: row[n] for n in CustomerRow.__dataclass_fields__ if n in row}
        values = {one.key: _known(one, cell) for one, cell in zip(asked, cells.get(row["uid"], ()), strict=False)}
        yield CustomerRow(
            **own, label=names[row["uid"]], rfm=(row["rfm_r"], row["rfm_f"], row["rfm_m"]),
            matched=tuple(sorted(found.get(row["uid"], ()))), values=values,
        )  # fmt: skip


def _known(field: Field, cell: object) -> object:
    return None if field.missing is not None and cell == field.missing else cell


# --- columns --------------------------------------------------------------------------------------------
def columns() -> list[Field]:
    """Return the fields of a person that a list can show."""
    return [one for one in fields.fields_of("person") if one.live is not None]


def values(ctx: Ctx, uids: Sequence[int], key: str) -> dict[int, Any]:
    """Return what a field of the person is for these people, by uid, as far as the scope reaches; unknown ones absent.

    Raises BadInput for a field that is none of the person's.
    """
    [field] = _asked([key])
    found = reads.values_of(ctx, uids, [field]) if uids else {}
    known = {uid: _known(field, cells[0]) for uid, cells in found.items()}
    return {uid: value for uid, value in known.items() if value is not None}


def date_field(key: str) -> Field:
    """Return a field of the person that is a day, or a day of every year. Raises BadInput."""
    [field] = _asked([key])
    if field.type not in ("date", "month_day"):
        raise BadInput(f"{key} is no date.", "Choose a date of the customer.")
    return field


def _asked(keys: Sequence[str]) -> list[Field]:
    known = {one.key: one for one in columns()}
    unknown = [key for key in keys if key not in known]
    if unknown or len(keys) > MOST_COLUMNS:
        raise BadInput(
            f"The list can show at most {MOST_COLUMNS} columns that it knows.",
            f"Unknown: {', '.join(unknown)[:200] or 'none'}.",
            code="column.unknown",
        )
    return [known[key] for key in keys]


# --- the list as a file ---------------------------------------------------------------------------------
def rows_as_csv(ctx: Ctx, mark: str, lang: Lang, *, shown: Sequence[str], **filters: Any) -> Iterator[str]:  # noqa: ANN401 - of `search`
    """Yield the list as CSV in parts: byte order mark, the line that says whose file this is, header, rows; masked.

    mark: of `core.sheet.watermark`. shown, filters: of `search`. Raises BadInput.
    """
    asked = _asked(shown)
    own = ("编号", "客户") if lang == "zh" else ("number", "customer")
    yield MARK + lines([[mark], [*own, *(one.label[lang] for one in asked)]])
    cursor: str | None = None
    while True:
        part = search(ctx, cursor=cursor, limit=EXPORT_PAGE, shown=shown, **filters)
        rows = (
            [row.uid, row.label, *(_cell(one, row.values.get(one.key), lang) for one in asked)] for row in part.items
        )
        yield lines(list(rows))
        cursor = part.next_cursor
        if cursor is None:
            return


def _cell(field: Field, value: Any, lang: Lang) -> object:  # noqa: ANN401 - JSON
    if value is None:
        return ""
    if field.type == "money":
        return major(value)
    if field.options is not None:
        words = next((text for option, text in field.options if option == value), None)
        if words is not None:
            return words[lang]
    return " ".join(map(str, value)) if isinstance(value, list) else value  # pyright: ignore[reportUnknownArgumentType] - JSON
