"""Probably one person: suggestions for the review queue from fields that prove nothing by themselves.

Fellegi and Sunter's model, trained on the records themselves. Nothing is merged here: somebody decides.
Source: the splink package (extra `science`).
"""

from __future__ import annotations

import importlib.util
import re
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import pyarrow as pa
import pyarrow.compute

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.event import IdentifierRef
from regulars.identity import store, store_people
from regulars.infra.crypto import vault

pc: Any = pyarrow.compute  # its functions are made at import, so a type checker knows none of them

LEAST_RECORDS = 100
INSTALL = "pip install 'regulars[science]'"
_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_PAIRS, _SEED = 1_000_000, 1


@dataclass(frozen=True, slots=True)
class Likely:
    """Two records that probably are one person. a < b: their numbers. fields: what each field says."""

    a: int
    b: int
    probability: float
    fields: tuple[tuple[str, str], ...]

    @property
    def reason(self) -> str:
        """What the queue shows: never a value."""
        said = "; ".join(f"{name} {level}" for name, level in self.fields)
        return f"probable {self.probability:.3f}: {said}"


def suggest(ctx: Ctx, records: pa.Table, *, ns: str, scope: str = "", least: float = 0.8) -> int:
    """See `api.suggest`."""
    values = pc.cast(records.column("value"), pa.string()).to_pylist()
    box = vault()
    refs = [IdentifierRef(ns, scope, box.blind_index(ns, scope, v)) if v else None for v in values]
    known = store.lookup(ctx.tx, {r for r in refs if r is not None})
    whose = [None if r is None else known.get(r) for r in refs]
    at = [i for i, row in enumerate(whose) if row is not None and row.uid is not None]
    named = {row.id: row.uid for row in (whose[i] for i in at) if row is not None}
    ids = pa.array([row.id for row in (whose[i] for i in at) if row is not None], pa.int64())
    found = likely(records.drop_columns("value").take(pa.array(at, pa.int64())), ids, least)
    apart = [k for k in found if named[k.a] != named[k.b]]
    return store_people.suggest(ctx.tx, [(k.a, k.b, k.reason) for k in apart], ctx.clock.system_now())


def suggest_people(ctx: Ctx, records: pa.Table, least: float) -> int:
    """Put pairs of people into the queue who probably are one; return how many are new. records: uid, and fields."""
    standing = store_people.standing_for(ctx.tx, records.column("uid").to_pylist())
    numbers = [standing.get(uid) for uid in records.column("uid").to_pylist()]
    at = pa.array([i for i, number in enumerate(numbers) if number is not None], pa.int64())
    ids = pa.array([number for number in numbers if number is not None], pa.int64())
    found = likely(records.drop_columns("uid").take(at), ids, least)
    return store_people.suggest(ctx.tx, [(k.a, k.b, k.reason) for k in found], ctx.clock.system_now())


def likely(fields: pa.Table, numbers: pa.Array, least: float) -> list[Likely]:
    """Return the pairs of records that are one person with at least this probability, by number.

    fields: columns of text. numbers: one different number per record. Raises BadInput.
    """
    splink, duckdb = _splink(), _splink("backends.duckdb")
    if fields.num_rows < LEAST_RECORDS or fields.num_columns < 2:
        raise BadInput(
            f"Suggestions need two fields of {LEAST_RECORDS} known customers, here are {fields.num_columns}"
            f" of {fields.num_rows}.",
            "The model learns from the records what is rare.",
            code="suggestions.too_few",
        )
    text = pa.table({f"f{i}": pc.cast(column, pa.string()) for i, column in enumerate(fields.columns)})
    settings, telling = _settings(text)
    if len(telling) < 2:
        raise BadInput(
            "Suggestions need two fields that tell people apart, and here is not more than one.",
            "Names and birthdays do; cities do not.",
            code="suggestions.too_few",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        linker = splink.Linker(
            duckdb.DuckDBAPI().register(text.append_column("number", numbers)), settings, log_level=40
        )
        _train(linker, telling)
        pairs = linker.inference.predict(threshold_match_probability=least).as_duckdbpyrelation()
        rows = pairs.arrow().read_all().to_pylist()
    return [_likely(row, fields.column_names) for row in rows]


def missing() -> BadInput:
    """Return what to say when the package is not there."""
    return BadInput("Suggestions need the package splink.", f"Install it: {INSTALL}.", code="suggestions.not_installed")


def is_installed() -> bool:
    """Tell whether suggestions can be made here."""
    return importlib.util.find_spec("splink") is not None


def _splink(part: str = "") -> Any:  # noqa: ANN401 - an extra: where it is absent, so are its types
    """Return a module of splink. Raises BadInput: it is not installed."""
    try:
        return importlib.import_module(f"splink.{part}".rstrip("."))
    except ImportError as error:
        raise missing() from error


def _settings(text: pa.Table) -> tuple[Any, list[str]]:
    """Return the model, and the fields that tell people apart."""
    splink, compare = _splink(), _splink("comparison_library")
    comparisons: list[Any] = []
    telling: list[str] = []
    for name in text.column_names:
        column = text.column(name).drop_null()
        different = len(column.unique()) / max(1, len(column))
        if different > 0.15:
            telling.append(name)
        if len(column) and all(_DAY.fullmatch(v) for v in column.slice(0, 50).to_pylist()):
            comparisons.append(compare.DamerauLevenshteinAtThresholds(name, [1, 2]))
        elif different > 0.15:
            comparisons.append(compare.JaroWinklerAtThresholds(name, [0.92, 0.8]))
        else:
            comparisons.append(compare.ExactMatch(name))
    settings = splink.SettingsCreator(
        link_type="dedupe_only",
        unique_id_column_name="number",
        comparisons=[c.configure(term_frequency_adjustments=True) if _is_word(c) else c for c in comparisons],
        blocking_rules_to_generate_predictions=[splink.block_on(name) for name in telling],
    )
    return settings, telling


def _is_word(comparison: Any) -> bool:  # noqa: ANN401 - splink's comparisons share no type
    return "Damerau" not in type(comparison).__name__


def _train(linker: Any, telling: Sequence[str]) -> None:  # noqa: ANN401 - splink is an extra
    block_on = _splink().block_on
    linker.training.estimate_probability_two_random_records_match(
        [block_on(*pair) for pair in combinations(telling, 2)], recall=0.6
    )
    linker.training.estimate_u_using_random_sampling(max_pairs=_PAIRS, seed=_SEED)
    for name in telling:
        linker.training.estimate_parameters_using_expectation_maximisation(block_on(name))


def _likely(row: dict[str, Any], names: Sequence[str]) -> Likely:
    a, b = sorted((row["number_l"], row["number_r"]))
    said: list[tuple[str, str]] = []
    for i, name in enumerate(names):
        one, other = row[f"f{i}_l"], row[f"f{i}_r"]
        if one is None or other is None:
            level = "missing"
        elif one == other:
            level = "same"
        else:
            level = "alike" if row[f"gamma_f{i}"] > 0 else "different"
        said.append((name, level))
    return Likely(a, b, row["match_probability"], tuple(said))
