"""The one text by which a person's state is made of orders, refunds, events and attributes.

Full and incremental runs, the present and the past use the same text; only whose rows it reads, and how much
was known, differ. So they agree by construction.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from regulars.profiles.contract import NOT_THEIRS
from regulars.profiles.logic import LOYAL_STEP
from regulars.profiles.store.scope import FIRST_ANONYMOUS, LAST_DAY, UID, People, render

WINDOWS = (7, 30, 60, 90, 180, 365)
UNTOLD = ("service", "")
"""Categories that can be nobody's favourite: postage, fees, and goods without a category."""

_IN_BRANDS = "brand_id IN {brands:Array(UInt16)}"

# Orders as known on a day: later ones are not there, nor what was given back later.
ORDERS_KNOWN = (
    "SELECT *, arrayMap((f, d) -> if(d < {known_before:Date}, f, 0), refund_fens, refund_days) AS known_fens,"
    " gross_fen - arraySum(known_fens) AS known_net_fen,"
    " units - arraySum((n, d) -> if(d < {known_before:Date}, n, 0), refund_units, refund_days) AS known_units"
    " FROM orders FINAL WHERE business_on < {known_before:Date} AND "
)

ORDERS = f"""
SELECT uid,
    arraySort(groupArrayIf((ordered_at, shop, order_id, business_on, known_net_fen), known_net_fen > 0)) AS bought,
    sum(gross_fen) AS gross_fen,
    sum(arraySum(known_fens)) AS refunded_fen,
    sum(known_units) AS units,
    sumMapIf(
        arrayConcat(category_names, refund_categories),
        arrayConcat(category_fens, arrayMap(f -> -f, known_fens)),
        arrayConcat(category_lines, arrayMap(f -> toInt64(0), known_fens)),
        known_net_fen > 0
    ) AS by_category,
    sumMapIf([toString(shop)], [known_net_fen], [toInt64(1)], known_net_fen > 0) AS by_shop,
    argMaxIf(region, (ordered_at, shop, order_id), region != '') AS region,
    arraySort(groupUniqArrayIf(toString(store), store != '')) AS stores
FROM (SELECT {UID} AS uid, * FROM ({ORDERS_KNOWN} {_IN_BRANDS} AND @people))
GROUP BY uid
"""

# Everybody of whom anything is on record, and the last day on which they did something.
_PEOPLE = f"""
SELECT {UID} AS uid, max(day) AS last_day FROM (
    SELECT suid, business_on AS day FROM orders FINAL
    WHERE business_on < {{known_before:Date}} AND {_IN_BRANDS} AND @people
    UNION ALL
    SELECT suid, refund_on AS day FROM refund_matches FINAL
    WHERE refund_on < {{known_before:Date}} AND {_IN_BRANDS} AND @people
    UNION ALL
    SELECT suid, if(type IN {NOT_THEIRS}, toDate(0), business_on) AS day FROM timeline
    WHERE business_on < {{known_before:Date}} AND {_IN_BRANDS} AND @people
    UNION ALL
    SELECT suid, toDate(0) AS day FROM person_attributes FINAL
    WHERE known_on < {{known_before:Date}} AND {_IN_BRANDS} AND @people
) GROUP BY uid
"""

# The newest known value per person and key; on a tie withdrawn consent wins, else the later word.
_ATTRIBUTES = f"""
SELECT uid,
    minIf(toDateOrNull(value), key = 'member') AS member_since_on,
    arraySort(groupArrayIf(substring(key, 9), startsWith(key, 'consent:') AND value = 'granted'
        AND {{brand_id:UInt16}} != 0)) AS consents,
    anyIf(value, key = 'gender') AS gender,
    anyIf(value, key = 'province') AS province,
    anyIf(value, key = 'city') AS city,
    anyIf(value, key = 'cell') AS cell,
    anyIf(toUInt16OrZero(value), key = 'birth_md') AS birth_md,
    arraySort(groupArrayIf(concat(substring(key, 5), ':', value), startsWith(key, 'tag:') AND value != ''
        AND {{brand_id:UInt16}} != 0)) AS tags
FROM (
    SELECT {UID} AS uid, key,
        if(key = 'member', min(value), argMax(value, (known_at, value))) AS value
    FROM person_attributes FINAL
    WHERE known_on < {{known_before:Date}} AND {_IN_BRANDS} AND @people
    GROUP BY uid, key
) GROUP BY uid
"""


def _favourite(totals: str) -> str:
    # by spend, then number of orders or lines, then name
    sort = f"arraySort((k, f, n) -> (-f, -n, k), {totals}.1, {totals}.2, {totals}.3)"
    return f"arrayFilter(k -> k NOT IN {UNTOLD}, {sort})[1]"


_FACTS = f"""
SELECT
    {{brand_id:UInt16}} AS brand_id,
    p.uid AS uid,
    toUInt8(p.uid >= {FIRST_ANONYMOUS}) AS anonymous,
    toUInt32(length(o.bought)) AS purchase_number,
    toUInt8(least(purchase_number, {LOYAL_STEP})) AS ladder_step,
    o.gross_fen AS gross_fen,
    o.refunded_fen AS refunded_fen,
    o.gross_fen - o.refunded_fen AS net_fen,
    o.units AS units,
    if(purchase_number = 0, NULL, order_days[1]) AS first_order_on,
    if(purchase_number = 0, NULL, order_days[-1]) AS last_order_on,
    o.bought.4 AS order_days,
    o.bought.5 AS order_fens,
    {_favourite("o.by_category")} AS favourite_category,
    arraySort((k, f, n) -> (-f, -n, k), o.by_shop.1, o.by_shop.2, o.by_shop.3)[1] AS favourite_shop,
    toString(o.region) AS region,
    o.stores AS stores,
    nullIf(p.last_day, toDate(0)) AS last_event_on,
    toUInt8(isNotNull(a.member_since_on)) AS member,
    a.member_since_on AS member_since_on,
    a.consents AS consents,
    a.gender AS gender,
    a.province AS province,
    a.city AS city,
    a.cell AS cell,
    a.birth_md AS birth_md,
    a.tags AS tags
FROM ({_PEOPLE}) AS p
LEFT JOIN ({ORDERS}) AS o ON o.uid = p.uid
LEFT JOIN ({_ATTRIBUTES}) AS a ON a.uid = p.uid
"""

FACT_COLUMNS: tuple[str, ...] = (
    "brand_id", "uid", "anonymous", "purchase_number", "ladder_step", "gross_fen", "refunded_fen", "net_fen", "units",
    "first_order_on", "last_order_on", "order_days", "order_fens", "favourite_category", "favourite_shop", "region",
    "stores", "last_event_on", "member", "member_since_on", "consents", "gender", "province", "city", "cell",
    "birth_md", "tags",
)  # fmt: skip
"""What is known of a person whatever day it is."""

DAY_COLUMNS: tuple[str, ...] = (
    "as_of_on", *(f"orders_{n}d" for n in WINDOWS), *(f"net_fen_{n}d" for n in WINDOWS),
    "rfm_r", "rfm_f", "rfm_m", "next_order_due_on",
)  # fmt: skip
"""What follows from the facts, the business day, and its cut points: a new day rewrites no fact."""

STATE_COLUMNS = (*FACT_COLUMNS, *DAY_COLUMNS)
"""The columns of user_state."""


def _day_expressions() -> list[str]:
    inside = "d > cuts.as_of_on - {n} AND d <= cuts.as_of_on"
    counts = [f"toUInt32(arrayCount(d -> {inside.format(n=n)}, order_days)) AS orders_{n}d" for n in WINDOWS]
    sums = [
        f"arraySum((f, d) -> if({inside.format(n=n)}, f, 0), order_fens, order_days) AS net_fen_{n}d" for n in WINDOWS
    ]
    return ["cuts.as_of_on AS as_of_on", *counts, *sums]


def _score(value: str, cuts: str) -> str:
    bought = "purchase_number > 0 AND anonymous = 0"
    return f"toUInt8(if({bought}, 1 + arrayCount(c -> c < {value}, cuts.{cuts}), 0))"


_EXPRESSIONS = [
    *_day_expressions(),
    f"{_score('order_days[-1]', 'recency_cuts')} AS rfm_r",
    f"{_score('purchase_number', 'frequency_cuts')} AS rfm_f",
    f"{_score('net_fen', 'monetary_cuts')} AS rfm_m",
    # the gap of a step that nobody has gone beyond is not known: 0
    "if(purchase_number = 0 OR cuts.gap_days[ladder_step] = 0, NULL,"
    " toDate(order_days[-1] + cuts.gap_days[ladder_step])) AS next_order_due_on",
]

CUTS = "SELECT brand_id, as_of_on, recency_cuts, frequency_cuts, monetary_cuts, gap_days FROM day_cuts FINAL"
"""The business day and cut points in force, per brand."""


def of_day(facts: str, cuts: str = CUTS) -> str:
    """Return the SELECT of whole states made of a SELECT of facts and one of cut points."""
    columns = ", ".join([*FACT_COLUMNS, *_EXPRESSIONS])
    return f"SELECT {columns} FROM ({facts}) AS facts ANY LEFT JOIN ({cuts}) AS cuts ON cuts.brand_id = facts.brand_id"


_KEY = "bitOr(bitShiftLeft(toUInt64(brand_id), 32), uid)"

STATE_VIEW = (
    f"CREATE OR REPLACE VIEW user_state AS SELECT {', '.join(STATE_COLUMNS)} FROM user_state_base"
    f" WHERE {_KEY} NOT IN (SELECT {_KEY} FROM user_state_delta)"
    f" UNION ALL SELECT {', '.join(STATE_COLUMNS)} FROM ("
    + of_day(f"SELECT {', '.join(FACT_COLUMNS)} FROM user_state_delta FINAL")
    + ")"
)
"""What everybody reads. The newest lake migration that makes the view holds this very text."""


_OF_BRAND = "WHERE brand_id = {brand_id:UInt16}"
BASE = f"SELECT * FROM user_state_base {_OF_BRAND}"
CHANGES = of_day(f"SELECT {', '.join(FACT_COLUMNS)} FROM user_state_delta FINAL {_OF_BRAND}", f"{CUTS} {_OF_BRAND}")
"""The two halves of user_state by themselves, for who keeps answers of the one and corrects them by the other."""


def facts_sql(people: People) -> str:
    """Return the SELECT of what is known of these people. Its parameters: see `parameters`."""
    return f"SELECT {', '.join(FACT_COLUMNS)} FROM ({_FACTS.replace('@people', people.condition)})"


def cuts_given(parameters: dict[str, Any]) -> str:
    """Return a SELECT of one brand's cut points, written in. parameters: of `Cuts.parameters`, and brand_id."""
    return render(
        "SELECT {brand_id:UInt16} AS brand_id, {as_of:Date} AS as_of_on, {recency_cuts:Array(Date)} AS recency_cuts,"
        " {frequency_cuts:Array(Int64)} AS frequency_cuts, {monetary_cuts:Array(Int64)} AS monetary_cuts,"
        " {gap_days:Array(UInt16)} AS gap_days",
        parameters,
    )


def parameters(brand_id: int, brands: list[int], known_before: date | None = None) -> dict[str, Any]:
    """Return the parameters of a statement over facts.

    brands: whose facts the state is made of. known_before: facts of that day and later are not known; None: all are.
    """
    return {"brand_id": brand_id, "brands": brands, "known_before": known_before or LAST_DAY}


def past(facts: dict[str, Any], cuts: dict[str, Any]) -> str:
    """Return the SELECT of everybody's state as known before a day, written out to travel as a source."""
    everybody = People.between(1, 2**32)
    known = render(facts_sql(everybody), {**facts, **everybody.parameters})
    return f"({of_day(known, cuts_given({'brand_id': facts['brand_id'], **cuts}))})"


def stored(brand_id: int) -> str:
    """Return the SELECT of the states as they are stored, to travel as a source."""
    return render("(SELECT * FROM user_state WHERE brand_id = {brand_id:UInt16})", {"brand_id": brand_id})
