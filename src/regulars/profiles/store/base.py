"""Everybody's state, a brand at a time replaced whole; who changed since stands in user_state_delta."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from regulars.core.ctx import Ctx
from regulars.profiles.store import state
from regulars.profiles.store.cuts import Cuts, save_cuts
from regulars.profiles.store.lines import next_version
from regulars.profiles.store.scope import People

_LOCK = 7230002


def hold(ctx: Ctx) -> None:
    """Let nobody else rebuild or fold the base until this transaction ends."""
    ctx.tx.execute("select pg_advisory_xact_lock(%(lock)s)", {"lock": _LOCK})


def stay(ctx: Ctx) -> None:
    """Let the database know that the transaction lives: while the lake works it looks idle, and idle ones are ended."""
    ctx.tx.execute("select 1")


def clear_next(ctx: Ctx) -> None:
    """Throw away what an interrupted run left of the base to come."""
    ctx.lake.command("TRUNCATE TABLE user_state_next")
    ctx.lake.command("TRUNCATE TABLE user_state_folded")


def add_next(ctx: Ctx, brand_id: int, people: People, parameters: dict[str, Any], cuts: Cuts) -> None:
    """Add the states of these people, made of their facts, to the base to come."""
    columns = ", ".join(state.STATE_COLUMNS)
    ctx.lake.command(
        f"INSERT INTO user_state_next ({columns}) SELECT {columns} FROM"
        f" ({state.of_day(state.facts_sql(people), _written(brand_id, cuts))})",
        {**parameters, **people.parameters},
    )


def put_in_force(ctx: Ctx, brand_id: int, cuts: Cuts, version: int) -> None:
    """Let the base to come be the brand's base; changes written before the version was taken are in it."""
    _replace(ctx, brand_id)
    # before the changes go: whoever kept answers of the old base must know by then that it has gone
    save_cuts(ctx, brand_id, cuts, next_version(ctx), rebuilt=True)
    ctx.lake.command(
        "DELETE FROM user_state_delta WHERE brand_id = {brand_id:UInt16} AND version < {version:UInt64}",
        {"brand_id": brand_id, "version": version},
    )


def fold(ctx: Ctx, brand_id: int, cuts: Cuts) -> None:
    """Write the base anew with all changes in it, its windows and scores by these cut points.

    Just the changes seen at the beginning leave the delta, by person and version: later ones go on standing.
    """
    bound = {"brand_id": brand_id}
    clear_next(ctx)
    ctx.lake.command(
        "INSERT INTO user_state_folded SELECT brand_id, uid, version FROM user_state_delta"
        " WHERE brand_id = {brand_id:UInt16}",
        bound,
    )
    columns, facts = ", ".join(state.STATE_COLUMNS), ", ".join(state.FACT_COLUMNS)
    known = f"SELECT {facts} FROM user_state WHERE brand_id = {{brand_id:UInt16}}"
    ctx.lake.command(
        f"INSERT INTO user_state_next ({columns}) SELECT {columns} FROM"
        f" ({state.of_day(known, _written(brand_id, cuts))})",
        bound,
    )
    _replace(ctx, brand_id)
    save_cuts(ctx, brand_id, cuts, next_version(ctx))
    ctx.lake.command(
        "DELETE FROM user_state_delta WHERE brand_id = {brand_id:UInt16}"
        " AND (uid, version) IN (SELECT uid, version FROM user_state_folded WHERE brand_id = {brand_id:UInt16})",
        bound,
    )


def _replace(ctx: Ctx, brand_id: int) -> None:
    bound = {"p": brand_id}
    if ctx.lake.rows("SELECT 1 FROM user_state_next WHERE brand_id = {p:UInt16} LIMIT 1", bound):
        ctx.lake.command("ALTER TABLE user_state_base REPLACE PARTITION {p:UInt16} FROM user_state_next", bound)
        ctx.lake.command("ALTER TABLE user_state_next DROP PARTITION {p:UInt16}", bound)
    else:  # an empty source is refused
        ctx.lake.command("ALTER TABLE user_state_base DROP PARTITION {p:UInt16}", bound)


def _written(brand_id: int, cuts: Cuts) -> str:
    return state.cuts_given({"brand_id": brand_id, **cuts.parameters()})


def changed(ctx: Ctx, brand_ids: Sequence[int]) -> dict[int, int]:
    """Return how many rows the delta holds, by brand."""
    rows = ctx.lake.rows(
        "SELECT brand_id, count() AS n FROM user_state_delta WHERE brand_id IN {brands:Array(UInt16)}"
        " GROUP BY brand_id",
        {"brands": list(brand_ids)},
    )
    return {row["brand_id"]: row["n"] for row in rows}
