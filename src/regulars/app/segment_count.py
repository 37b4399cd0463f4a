"""How many customers a segment or a condition has, for the command line."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml

from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound
from regulars.core.rule import Rule, parse
from regulars.segments import api as segments


def count(ctx: Ctx, which: str, as_of: date | None) -> dict[str, Any]:
    """Count exactly. which: a segment's id or name, or the path of a file with a condition. Raises NotFound."""
    rule, name = _rule(ctx, which)
    found = segments.preview(ctx, rule, as_of=as_of, exact=True)
    return {
        "segment": name,
        "people": found.people,
        "of_people": found.of_people,
        "path": found.path,
        "seconds": round(found.seconds, 4),
        "sentence": found.sentence.en,
    }


def _rule(ctx: Ctx, which: str) -> tuple[Rule, str]:
    if Path(which).is_file():
        return parse(yaml.safe_load(Path(which).read_text())), which
    for segment in segments.listed(ctx, limit=1000):
        if which in {str(segment.id), segment.name, segment.key}:
            rule = segment.rule if segment.kind == "dynamic" else None
            return rule or parse({"op": "in_segment", "segment_id": segment.id}), segment.name
    raise NotFound(f"There is no segment {which!r}.", "List them: regulars segment list.")
