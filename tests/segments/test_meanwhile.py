"""What others do between the moments at which an answer is put together and asked changes nothing of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from tests.segments.rows import Order, write_orders, write_states
from tests.segments.test_membership import TODAY, bought, buy, day

from regulars.core.ctx import Ctx
from regulars.core.errors import Unavailable
from regulars.core.rule import parse
from regulars.profiles.store import base
from regulars.profiles.store.cuts import Cuts
from regulars.segments import refresh, store_lake, store_leaves
from regulars.segments.store_leaves import Answer

OFTEN = parse(bought(2))


@pytest.fixture
def shop(ctx: Ctx) -> list[Order]:
    """States of 1, who bought once, and of 2, who bought twice; what 3 and 4 bought came in since."""
    orders = [Order(1, day(200)), *(Order(2, day(n)) for n in (100, 40))]
    write_orders(ctx, orders)
    write_states(ctx, orders, TODAY)
    buy(ctx, orders, *(Order(uid, day(n)) for uid in (3, 4) for n in (20, 10)))
    return orders


def asking(ctx: Ctx, meanwhile: Callable[[], None], times: int) -> Callable[[Answer], list[int]]:
    """Return a question of who an answer names; before it reaches the lake something happens, so many times."""
    left = [times]

    def ask(answer: Answer) -> list[int]:
        if left[0]:
            left[0] -= 1
            meanwhile()
        return store_lake.named(ctx, answer).to_pylist()

    return ask


def test_an_answer_whose_parts_were_forgotten_is_taken_again(ctx: Ctx, shop: list[Order]) -> None:
    ask = asking(ctx, lambda: store_leaves.forget(ctx), 1)
    assert refresh.told(ctx, OFTEN, ask, scoped=True) == [2, 3, 4]


def test_changes_that_were_folded_into_the_states_meanwhile_are_counted(ctx: Ctx, shop: list[Order]) -> None:
    def fold() -> None:
        base.fold(ctx, ctx.brand_id, Cuts(TODAY, 4, [], [], [], []))
        assert base.changed(ctx, [ctx.brand_id]) == {}

    assert refresh.told(ctx, OFTEN, asking(ctx, fold, 1), scoped=True) == [2, 3, 4]


def test_what_never_comes_to_rest_is_refused_and_nothing_is_written(ctx: Ctx, shop: list[Order]) -> None:
    def meanwhile() -> None:
        ctx.tx.execute("update brand set name = name || '!' where id = 1")
        store_leaves.forget(ctx)

    with pytest.raises(Unavailable, match="too fast"):
        refresh.told(ctx, OFTEN, asking(ctx, meanwhile, 100), scoped=True)
    assert ctx.tx.execute("select name from brand where id = 1").fetchone() == {"name": "Shop"}
