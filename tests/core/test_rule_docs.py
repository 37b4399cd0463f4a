"""The reference's examples are rules that can be read."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from tests.core.rule_catalog import catalog

from regulars.core.errors import BadInput
from regulars.core.rule import parse
from regulars.core.rule.operators import OPERATORS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("page", ["rule-reference.md", "zh/rule-reference.md"])
def test_every_example_of_the_reference_is_a_rule(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    examples = re.findall(r"```json\n(.*?)```", text, re.DOTALL)
    assert len(examples) >= 6
    for example in examples:
        parse(json.loads(example), catalog())
    assert all(f"`{op}`" in text for op in [*(operator.op for operator in OPERATORS), "sequence", "count_within"])


def test_the_refusal_shown_is_the_one_given() -> None:
    rule = {"op": "and", "rules": [{"op": "everyone"}, {"op": "eq", "field": "person.net_fen", "value": "500"}]}
    with pytest.raises(BadInput) as error:
        parse(rule, catalog())
    assert f"`{error.value.message}`" in (DOCS / "rule-reference.md").read_text(encoding="utf-8")
