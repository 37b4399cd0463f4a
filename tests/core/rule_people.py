"""People with every kind of nastiness, the same in Python, in the lake and in PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random  # noqa: TID251 - seeded: the same people in every run
from typing import Any, Protocol

import psycopg
import pyarrow as pa
from tests.core.rule_catalog import PAGE, WINDOWS

BRAND_ID = 1
TODAY = date(2011, 12, 10)
TEXTS = (
    "", "华东", "O'Brien", 'say "hi"', "a\\b", "tab\there", "line\nbreak", "{p1:Int64}", "%(rule_0)s", "50%",
    "Ünïcode", "U\u0308ni", "😀", " ", "NULL", "north", "North", "northern",
)  # fmt: skip
ITEMS = ("A1", "A2", "B'1", "华 1")
CELLS = ("30.27,120.15", "30.28,120.15", "30.20,120.00", "31.23,121.47", "-0.05,0.10", "0.00,179.99", "0.01,-180.00")
SEGMENT_IDS = (1, 2, 3)


@dataclass
class Person:
    """A PersonView that keeps what the stores are filled with."""

    uid: int
    values: dict[str, Any]
    relations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    inside: set[int] = field(default_factory=set)

    def field(self, key: str) -> object | None:
        value = self.values[key.removeprefix("person.")]
        return None if key == "person.province" and value == "" else value

    def rows(self, relation: str) -> Sequence[Mapping[str, Any]]:
        return self.relations[relation]

    def segments(self) -> set[int]:
        return self.inside


def _day(rng: Random) -> date:
    """Days at and around the edges of windows, a few far away, one in the future."""
    ago = rng.choice([0, 1, 6, 7, 29, 30, 31, 89, 90, 91, 364, 365, 366, 4000, -1, rng.randrange(500)])
    return TODAY - timedelta(days=ago)


def _when(rng: Random) -> dict[str, Any]:
    """A business day and an instant, which lies on another day in another zone; instants often meet, or nearly."""
    day = _day(rng)
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    minutes = rng.choice([0, 0, 60, 540, 600, 720, 1440, -600, 2040, rng.randrange(-600, 2040)])
    return {"day": day, "at": midnight + timedelta(minutes=minutes, milliseconds=rng.choice([0, 0, 0, 1, -1]))}


def _order(rng: Random) -> dict[str, Any]:
    gross = rng.choice([0, 1, 500, 999, 1000, 10_000, rng.randrange(100_000)])
    return {
        **_when(rng),
        "order.gross_fen": gross,
        "order.net_fen": gross - rng.choice([0, 0, gross, gross + 100, 300]),
        "order.shop": rng.choice(TEXTS),
        "order.region": rng.choice(TEXTS),
        "order.units": rng.randrange(4),
    }


def _line(rng: Random) -> dict[str, Any]:
    return {
        **_when(rng),
        "line.item_id": rng.choice(ITEMS),
        "line.category": rng.choice(TEXTS),
        "line.quantity": rng.randrange(1, 4),
        "line.amount_fen": rng.choice([0, 0, -100, 500, rng.randrange(10_000)]),
    }


def _view(rng: Random) -> dict[str, Any]:
    return {
        **_when(rng),
        f"{PAGE}.item_id": rng.choice(("", *ITEMS)),
        f"{PAGE}.page": rng.choice([None, None, *TEXTS]),
        f"{PAGE}.seconds": rng.choice([None, None, 0, -5, 30, rng.randrange(600)]),
        f"{PAGE}.first": rng.choice([None, True, False]),
    }


def _state(orders: Sequence[Mapping[str, Any]], rng: Random) -> dict[str, Any]:
    days = sorted(order["day"] for order in orders)
    values: dict[str, Any] = {
        "purchase_number": len(orders),
        "ladder_step": min(len(orders), 8),
        "net_fen": sum(order["order.net_fen"] for order in orders),
        "first_order_on": days[0] if days else None,
        "last_order_on": days[-1] if days else None,
        "next_order_due_on": days[-1] + timedelta(days=rng.choice([0, 1, 30, 90])) if days else None,
        "rfm_r": rng.randrange(6),
        "favourite_category": rng.choice(TEXTS),
        "region": rng.choice(TEXTS),
        "province": rng.choice(TEXTS),
        "city": rng.choice(TEXTS),
        "member": rng.random() < 0.5,
        "anonymous": rng.random() < 0.3,
        "birth_md": rng.choice([0, 229, 228, 101, 1231, 1209, 1210, 1211, 217, rng.randrange(1, 13) * 100 + 15]),
        "cell": rng.choice(["", *CELLS]),
        "consents": sorted(rng.sample(("sms:marketing", "app:marketing", "it's", "邮件"), rng.randrange(4))),
    }
    for window in WINDOWS:
        inside = [o for o in orders if TODAY - timedelta(days=window) < o["day"] <= TODAY]
        values[f"orders_{window}d"] = len(inside)
        values[f"net_fen_{window}d"] = sum(o["order.net_fen"] for o in inside)
    return values


def people(seed: int, size: int = 200) -> list[Person]:
    """Make people; about a third have no row of a relation at all."""
    rng = Random(seed)
    made: list[Person] = []
    for number in range(size):
        uid = number + 1 if number % 3 else 2**31 + number
        orders, lines, views = (
            [make(rng) for _ in range(rng.choice([0, 0, 1, 2, 3, 8]))] for make in (_order, _line, _view)
        )
        for order in orders:
            order["order.day"] = order["day"]
        person = Person(uid, _state(orders, rng), {"order": orders, "line": lines, PAGE: views})
        person.inside = {segment for segment in (1, 2) if rng.random() < 0.4}  # nobody is in the third
        made.append(person)
    return made


class Lake(Protocol):
    def command(self, sql: str, parameters: dict[str, Any] | None = None, *, token: str = "") -> None: ...
    def insert(self, table: str, data: pa.Table, *, token: str = "") -> None: ...


def fill_lake(lake: Lake, crowd: Sequence[Person]) -> None:
    """Write the people into the product's own lake tables."""
    lake.insert("user_state_base", pa.Table.from_pylist([_state_row(person) for person in crowd], schema=_STATE))
    orders, lines, views = [], [], []
    for person in crowd:
        for number, row in enumerate(person.relations["order"]):
            orders.append(_order_row(person.uid, number, row))
        for number, row in enumerate(person.relations["line"]):
            lines.append(_line_row(person.uid, number, row))
        for row in person.relations[PAGE]:
            views.append(_view_row(person.uid, row))
    for table, rows in (("orders", orders), ("order_lines", lines), ("events", views)):
        lake.insert(table, pa.Table.from_pylist(rows, schema=_schema(rows[0])))
    for segment, version, members in _memberships(crowd):
        lake.command(
            "INSERT INTO segment_version SELECT {s:UInt32}, {v:UInt32}, bitShiftRight(uid, 20), groupBitmapState(uid)"
            " FROM (SELECT arrayJoin({uids:Array(UInt32)}) AS uid) GROUP BY bitShiftRight(uid, 20)",
            {"s": segment, "v": version, "uids": members},
        )


def _memberships(crowd: Sequence[Person]) -> list[tuple[int, int, list[int]]]:
    newest = [(s, 2, [p.uid for p in crowd if s in p.inside]) for s in (1, 2)]
    # an older version with other people, which must not be read
    return [*newest, (1, 1, [p.uid for p in crowd if 1 not in p.inside])]


_ARROW = {bool: pa.uint8(), int: pa.int64(), str: pa.string(), date: pa.date32(), datetime: pa.timestamp("ms", "UTC")}


def _schema(row: Mapping[str, Any]) -> pa.Schema:
    return pa.schema([(name, _ARROW[type(value)]) for name, value in row.items()])


_STATE = pa.schema(
    [
        *[
            (name, pa.int64())
            for name in ("brand_id", "uid", "purchase_number", "ladder_step", "net_fen", "rfm_r", "birth_md")
        ],
        *[(name, pa.date32()) for name in ("as_of_on", "first_order_on", "last_order_on", "next_order_due_on")],
        *[(name, pa.string()) for name in ("favourite_category", "favourite_shop", "region", "province", "city")],
        *[(name, pa.uint8()) for name in ("member", "anonymous")],
        ("consents", pa.list_(pa.string())),
        ("order_days", pa.list_(pa.date32())),
        ("order_fens", pa.list_(pa.int64())),
        *[(f"orders_{days}d", pa.int64()) for days in WINDOWS],
        *[(f"net_fen_{days}d", pa.int64()) for days in WINDOWS],
    ]
)


def _state_row(person: Person) -> dict[str, Any]:
    orders = sorted(person.relations["order"], key=lambda row: row["day"])
    return person.values | {
        "brand_id": BRAND_ID,
        "uid": person.uid,
        "as_of_on": TODAY,
        "favourite_shop": person.values["cell"],
        "member": int(person.values["member"]),
        "anonymous": int(person.values["anonymous"]),
        "order_days": [row["day"] for row in orders],
        "order_fens": [row["order.net_fen"] for row in orders],
    }


def _order_row(uid: int, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "brand_id": BRAND_ID,
        "suid": uid,
        "order_id": f"{uid}-{number}",
        "ordered_at": row["at"],
        "business_on": row["day"],
        "gross_fen": row["order.gross_fen"],
        "refunded_fen": row["order.gross_fen"] - row["order.net_fen"],
        "shop": row["order.shop"],
        "region": row["order.region"],
        "units": row["order.units"],
    }


def _line_row(uid: int, number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "brand_id": BRAND_ID,
        "suid": uid,
        "document_id": f"{uid}",
        "ordinal": number,
        "kind": "sale",
        "occurred_at": row["at"],
        "business_on": row["day"],
        "item_id": row["line.item_id"],
        "category": row["line.category"],
        "quantity": row["line.quantity"],
        "amount_fen": row["line.amount_fen"],
    }


def _view_row(uid: int, row: Mapping[str, Any]) -> dict[str, Any]:
    props = {name: row[f"{PAGE}.{name}"] for name in ("page", "seconds", "first")}
    known = {name: value for name, value in props.items() if value is not None}
    return {
        "brand_id": BRAND_ID,
        "type": "page.viewed",
        "occurred_at": row["at"],
        "suid": uid,
        "business_on": row["day"],
        "item_id": row[f"{PAGE}.item_id"],
        "props": json.dumps(known, ensure_ascii=False),
    }


def fill_postgres(connection: psycopg.Connection[Any], crowd: Sequence[Person]) -> None:
    """Write the people's live fields into a table that stands where person_state stands."""
    connection.execute(
        "create table rule_person (uid bigint primary key, purchase_number int, ladder_step smallint, net_fen bigint,"
        " first_order_on date, last_order_on date, rfm_r smallint, favourite_category text, region text,"
        " province text, city text, member boolean, consents text[], birth_md int, cell text)"
    )
    columns = (
        "purchase_number", "ladder_step", "net_fen", "first_order_on", "last_order_on", "rfm_r", "favourite_category",
        "region", "province", "city", "member", "consents", "birth_md", "cell",
    )  # fmt: skip
    with connection.cursor().copy("copy rule_person from stdin") as copy:
        for person in crowd:
            copy.write_row([person.uid, *[person.values[name] for name in columns]])
