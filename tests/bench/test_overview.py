"""The bench of the first page at a small scale."""

from __future__ import annotations

from pathlib import Path

from regulars.app.boot import House
from regulars_bench.benches import overview
from regulars_bench.contract import Setup
from regulars_bench.generate import making


def test_sums_of_generated_people_are_those_of_their_orders_also_where_they_are_taken_afterwards(
    house: House, tmp_path: Path
) -> None:
    setup = Setup(tmp_path, "ci", lambda words: None)
    making.folder_of(setup).mkdir()
    making.ensure(house, setup)
    kept, _ = overview.measured(house, setup)
    with house.ctx() as ctx:
        ctx.tx.execute("truncate trade_day, trade_step, trade_loss")
        ctx.tx.execute("insert into trade_due select distinct brand_id from person_state")
    taken, figures = overview.measured(house, setup)
    assert [(case.name, case.equal) for case in (*kept, *taken)] == [(name, True) for name in overview.PARTS] * 2
    assert "sums_taken_after" in figures
