"""Refund matching on hand-made cases and by property."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from regulars.profiles.logic import Line, RefundMatch, match_refunds

START = datetime(2011, 1, 1, tzinfo=UTC)


def line(kind: str, document_id: str, minute: int, quantity: int, fen: int, **more) -> Line:
    at = START + timedelta(minutes=minute)
    known = Line(
        kind, 1, "", document_id, 1, at, at.date(), "tea", "", quantity, Decimal(abs(fen)) / abs(quantity), fen
    )
    return replace(known, **more)


def sale(document_id: str, minute: int, quantity: int, fen: int, **more) -> Line:
    return line("sale", document_id, minute, quantity, fen, **more)


def refund(document_id: str, minute: int, quantity: int, fen: int, **more) -> Line:
    return line("refund", document_id, minute, -quantity, -fen, **more)


def told(match: RefundMatch) -> list[tuple[str, int, int]]:
    return [(a.sale.document_id, a.quantity, a.amount_fen) for a in match.allocations]


def test_the_newest_earlier_sale_at_the_same_price_is_given_back():
    lines = [sale("old", 1, 2, 200), sale("dear", 2, 2, 400), sale("new", 3, 1, 100), sale("later", 9, 5, 500)]
    (match,) = match_refunds([*lines, refund("r", 5, 2, 200)])
    assert told(match) == [("new", 1, 100), ("old", 1, 100)]
    assert match.matched


def test_another_price_is_taken_when_there_is_no_same():
    (match,) = match_refunds([sale("a", 1, 1, 300), sale("b", 2, 1, 200), refund("r", 5, 1, 250)])
    assert told(match) == [("b", 1, 250)]  # what was given back counts, also above what was paid


def test_a_unit_is_given_back_once():
    first, second = match_refunds([sale("a", 1, 3, 300), refund("r2", 6, 2, 200), refund("r1", 5, 2, 200)])
    assert (first.refund.document_id, told(first)) == ("r1", [("a", 2, 200)])
    assert (told(second), second.unmatched_quantity, second.unmatched_fen) == ([("a", 1, 100)], 1, 100)
    assert not second.matched


def test_no_fen_is_lost_when_a_refund_is_split():
    (match,) = match_refunds([sale("a", 1, 1, 100), sale("b", 2, 1, 100), refund("r", 3, 3, 100)])
    assert told(match) == [("b", 1, 34), ("a", 1, 33)]
    assert match.unmatched_fen == 33


def test_a_named_order_is_the_only_one_taken_from():
    lines = [sale("a", 1, 1, 100), sale("b", 2, 1, 100)]
    (match,) = match_refunds([*lines, refund("r", 3, 2, 200, refund_of="a")])
    assert (told(match), match.unmatched_quantity) == ([("a", 1, 100)], 1)
    (match,) = match_refunds([*lines, refund("r", 3, 1, 100, refund_of="elsewhere")])
    assert (told(match), match.unmatched_quantity, match.unmatched_fen) == ([], 1, 100)


def test_other_items_and_shops_do_not_count():
    lines = [sale("a", 1, 1, 100, item_id="cup"), sale("b", 1, 1, 100, shop="other")]
    (match,) = match_refunds([*lines, refund("r", 3, 1, 100)])
    assert not match.allocations


def test_money_without_goods_stays_cash():
    (match,) = match_refunds([sale("a", 1, 1, 100), replace(refund("r", 3, 1, 50), quantity=0)])
    assert (match.allocations, match.unmatched_quantity, match.unmatched_fen, match.matched) == ((), 0, 50, False)


some_lines = st.lists(
    st.tuples(
        st.sampled_from(["sale", "refund"]),
        st.integers(0, 6),
        st.integers(1, 4),
        st.sampled_from([100, 150]),
        st.sampled_from(["tea", "cup"]),
        st.sampled_from(["", "", "d0", "d1"]),
    ),
    max_size=14,
)


def lines_of(drawn) -> list[Line]:
    found: list[Line] = []
    for n, (kind, minute, quantity, price, item, named) in enumerate(drawn):
        make = sale if kind == "sale" else refund
        more = {"item_id": item, "unit_price": Decimal(price)} | ({"refund_of": named} if kind == "refund" else {})
        found.append(make(f"d{n}", minute, quantity, quantity * price, **more))
    return found


@settings(max_examples=300, deadline=None)
@given(some_lines, st.randoms(use_true_random=False), st.integers(0, 7))
def test_matching_is_a_function_of_the_set_conserves_and_never_looks_ahead(drawn, rng, minute):
    lines = lines_of(drawn)
    matches = match_refunds(lines)
    shuffled = list(lines)
    rng.shuffle(shuffled)
    assert match_refunds(shuffled) == matches
    given_back: dict[str, int] = {}
    for m in matches:
        assert sum(a.quantity for a in m.allocations) + m.unmatched_quantity == -m.refund.quantity
        assert sum(a.amount_fen for a in m.allocations) + m.unmatched_fen == -m.refund.amount_fen
        for a in m.allocations:
            given_back[a.sale.document_id] = given_back.get(a.sale.document_id, 0) + a.quantity
            assert m.refund.refund_of in {"", a.sale.document_id}
            assert a.sale.item_id == m.refund.item_id
            assert m.refund.refund_of or a.sale.occurred_at <= m.refund.occurred_at
    sold = {s.document_id: s.quantity for s in lines if s.kind == "sale"}
    assert all(n <= sold[d] for d, n in given_back.items())

    limit = START + timedelta(minutes=minute)
    unnamed = [x for x in lines if not x.refund_of]
    whole = [m for m in match_refunds(unnamed) if m.refund.occurred_at < limit]
    assert match_refunds([x for x in unnamed if x.occurred_at < limit]) == whole
