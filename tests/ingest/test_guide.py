"""The import guide names what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from regulars.ingest import api
from regulars.ingest.expression.functions import FUNCTIONS, LAZY
from regulars.ingest.targets import TARGETS

DOCS = Path(__file__).resolve().parents[2] / "docs"


@pytest.mark.parametrize("page", ["import-guide.md", "zh/import-guide.md"])
def test_the_guide_is_complete_and_its_mapping_is_valid(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    words = set(re.findall(r"[a-z_]+", text))
    named = {n for n in {*FUNCTIONS, *LAZY} if n.isidentifier()} - {"not_in", "negate"}
    assert named <= words
    assert {f for fields in TARGETS.values() for f in fields} <= words
    mapping = api.load_mapping(re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)[0])
    assert mapping.columns["item_id"].source == "商家编码"
