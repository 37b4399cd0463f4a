"""The tags room's door."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from regulars.core.ctx import GROUP_BRAND_ID, Ctx
from regulars.core.errors import BadInput, Conflict
from regulars.core.rule import Rule
from regulars.profiles import api as profiles
from regulars.segments import api as segments
from regulars.segments import api_kept
from regulars.segments.contract import TAG_KEY, Segment
from regulars.tags import definition as defining
from regulars.tags import store
from regulars.tags.contract import PersonTag, Received, State, Tag, TagNotFound, Value, Wanted
from regulars.workspace import api as workspace

__all__ = [
    "Draft",
    "create",
    "get",
    "listed",
    "of_everybody",
    "of_person",
    "people_by_day",
    "preview",
    "received",
    "retire",
    "update",
]

MAX_NAME = 40
MOST_RECEIVED = 50


@dataclass(frozen=True, slots=True)
class Draft:
    """A tag as somebody writes it down. folder: a path of names with "/", empty = at the top. definition: JSON."""

    name: str
    folder: str
    description: str
    owner: str
    definition: Mapping[str, Any]


# --- looking --------------------------------------------------------------------------------------------
def listed(ctx: Ctx, wanted: Wanted | None = None, *, after: int | None = None, limit: int | None = None) -> list[Tag]:
    """Return the brand's tags that are wanted by folder and name, with the people that the scope reaches.

    after: id of the last one seen.
    """
    rows = store.listed(ctx, wanted or Wanted(), after=after, limit=limit)
    kept = api_kept.of_tags(ctx, [row["id"] for row in rows])
    return [_tag(row, kept) for row in rows]


def total(ctx: Ctx, wanted: Wanted) -> int:
    """Return how many tags are wanted."""
    return store.total(ctx, wanted)


def folders(ctx: Ctx) -> dict[str, int]:
    """Return how many of the brand's tags lie in each folder itself, by its path."""
    return store.folders(ctx)


def get(ctx: Ctx, tag_id: int) -> Tag:
    """Return a tag. Raises TagNotFound."""
    return _tag(_row(ctx, tag_id), api_kept.of_tags(ctx, [tag_id]))


def of_everybody(ctx: Ctx) -> int:
    """Return how many people there are, of whom a coverage is a share, as far as the scope reaches."""
    return sum(profiles.counts(ctx).values())


def _row(ctx: Ctx, tag_id: int, *, lock: bool = False) -> dict[str, Any]:
    row = store.get(ctx, tag_id, lock=lock)
    if row is None:
        raise TagNotFound(f"There is no tag {tag_id}.", "It may have been retired. Open the list of tags.")
    return row


def _key(tag_id: int, no: int) -> str:
    return f"{TAG_KEY}{tag_id}:{no}"


def _tag(row: Mapping[str, Any], kept: Mapping[str, Segment]) -> Tag:
    own = [(value, kept[_key(row["id"], value["no"])]) for value in row["definition"]["values"]]
    states = {segment.state for _, segment in own}
    state: State = "failed" if "failed" in states else "refreshing" if "refreshing" in states else "ready"
    refreshed = [s.refreshed_at for _, s in own if s.refreshed_at is not None]
    days = [s.as_of_on for _, s in own if s.as_of_on is not None]
    return Tag(
        values=tuple(Value(v["no"], v["label"], s.id, s.people) for v, s in own),
        state=state,
        error=next((s.error for _, s in own if s.error), ""),
        as_of_on=min(days, default=None),
        refreshed_at=min(refreshed) if len(refreshed) == len(own) else None,
        **{n: row[n] for n in ("id", "folder", "name", "origin", "description", "owner", "definition", "created_at")},
    )


def people_by_day(ctx: Ctx, tag_id: int, days: int) -> list[tuple[date, dict[int, int]]]:
    """Return (business day, people by number of the value) of the last days, ascending; a day without news is left out.

    Raises TagNotFound. Of everybody, whatever the scope.
    """
    tag = get(ctx, tag_id)
    numbers = {value.segment_id: value.no for value in tag.values}
    rows = api_kept.people_by_day(ctx, sorted(numbers), ctx.today - timedelta(days=days - 1))
    found: dict[date, dict[int, int]] = {}
    last: dict[int, int] = {}
    for segment_id, day, people in sorted(rows, key=lambda r: r[1]):
        last[numbers[segment_id]] = people
        found[day] = dict(last)
    return sorted(found.items())


def received(ctx: Ctx, tag_id: int) -> list[Received]:
    """Return the values that people have of an imported tag, listed or not, the commonest 50. Raises TagNotFound."""
    row = _row(ctx, tag_id)
    known = defining.read(row["definition"])
    if not isinstance(known, defining.Imported):
        return []
    numbers = {written: value.no for value in known.values for written in value.match}
    rows = store.received(ctx, tag_id, MOST_RECEIVED)
    return [Received(r["value"], r["people"], numbers.get(r["value"])) for r in rows]


def of_person(ctx: Ctx, uid: int, only: Collection[int] | None = None) -> list[PersonTag]:
    """Return a person's tags by folder and name. only: of these tags. Raises PersonNotFound."""
    facts = profiles.tags(ctx, uid)
    tags = [tag for tag in listed(ctx) if only is None or tag.id in only]
    inside = api_kept.inside_since(ctx, [v.segment_id for t in tags for v in t.values], uid)
    return [
        PersonTag(
            tag.id, tag.folder, tag.name, tag.origin, value.no, value.label,
            facts[tag.id][1] if tag.id in facts else inside[value.segment_id],
        )
        for tag in tags
        for value in tag.values
        if value.segment_id in inside
    ]  # fmt: skip


def preview(ctx: Ctx, definition: Mapping[str, Any]) -> list[int]:
    """Return how many people each value of a rule's or computed tag would have, nothing kept. Raises BadInput."""
    drafted = defining.numbered(defining.read({**definition, "values": _without_numbers(definition)}), None)
    if not isinstance(drafted, defining.ByRule | defining.Computed):
        raise BadInput("Only tags that are worked out can be counted before.", "Save it: facts come in afterwards.")
    return [segments.preview(ctx, rule, exact=True).people for rule in defining.rules_of(0, drafted).values()]


def _without_numbers(definition: Mapping[str, Any]) -> list[Any]:
    values = definition.get("values")
    listed = values if isinstance(values, list) else []
    return [{k: v for k, v in one.items() if k != "no"} if isinstance(one, dict) else one for one in listed]  # pyright: ignore[reportUnknownVariableType] - JSON


# --- changing -------------------------------------------------------------------------------------------
def create(ctx: Ctx, draft: Draft) -> Tag:
    """Make a tag and find the people of each value. Audited. Raises BadInput, Conflict for a taken name."""
    made = defining.numbered(defining.read(draft.definition), None)
    if ctx.brand_id == GROUP_BRAND_ID and isinstance(made, defining.Imported | defining.Manual):
        raise BadInput("Imported and manual tags belong to a brand, not to the group.", "Choose a brand.")
    values = _checked(ctx, draft, None) | {"origin": made.origin, "definition": defining.dump(made)}
    tag_id = store.add(ctx, values)
    rules = defining.rules_of(tag_id, made)
    for value in made.values:
        _keep(ctx, tag_id, value.no, _name(draft.name.strip(), value.label), rules[value.no])
    workspace.audit(ctx, "tag.created", "tag", tag_id, after=values)
    return get(ctx, tag_id)


def _keep(ctx: Ctx, tag_id: int, no: int, name: str, rule: Rule) -> None:
    segments.create(ctx, name=name, rule=rule, key=_key(tag_id, no))


def _name(tag: str, label: str) -> str:
    return f"{tag}：{label}"


def update(ctx: Ctx, tag_id: int, draft: Draft) -> Tag:
    """Change a tag's words and values; what changed is evaluated at once. Audited.

    Raises TagNotFound, Conflict for a taken name, BadInput, SegmentInUse when a value goes that others are built on.
    """
    before = _row(ctx, tag_id, lock=True)
    old = defining.read(before["definition"])
    new = defining.numbered(defining.read(draft.definition), old)
    if new.origin != old.origin or _attribute(new) != _attribute(old):
        raise BadInput("Where a tag comes from cannot change.", "Retire it and make another.", code="tag.origin")
    values = _checked(ctx, draft, tag_id) | {"definition": defining.dump(new)}
    store.change(ctx, tag_id, values)
    _follow(ctx, tag_id, new, draft.name.strip())
    told = {name: before[name] for name in ("name", "folder", "description", "owner", "definition")}
    workspace.audit(ctx, "tag.changed", "tag", tag_id, before=told, after=values)
    return get(ctx, tag_id)


def _attribute(definition: object) -> str:
    return definition.attribute if isinstance(definition, defining.Imported) else ""


def _follow(ctx: Ctx, tag_id: int, new: Any, name: str) -> None:  # noqa: ANN401 - one of the four definitions
    """Bring the values' segments to a changed tag: those that went, those renamed, those new or of another rule."""
    kept = api_kept.of_tags(ctx, [tag_id])
    names = {value.no: _name(name, value.label) for value in new.values}
    for key in sorted(kept.keys() - {_key(tag_id, no) for no in names}):
        segments.delete(ctx, kept[key].id)
    renamed = {
        kept[_key(tag_id, no)].id: wanted
        for no, wanted in names.items()
        if _key(tag_id, no) in kept and kept[_key(tag_id, no)].name != wanted
    }
    api_kept.rename(ctx, renamed)
    for no, rule in defining.rules_of(tag_id, new).items():
        found = kept.get(_key(tag_id, no))
        if found is None:
            _keep(ctx, tag_id, no, names[no], rule)
        else:
            segments.update(ctx, found.id, name=names[no], description="", rule=rule)


def retire(ctx: Ctx, tag_id: int) -> None:
    """Take a tag out of use; what was imported or set stays on record. Audited.

    Raises TagNotFound, SegmentInUse naming what is built on one of its values.
    """
    before = _row(ctx, tag_id, lock=True)
    for segment in api_kept.of_tags(ctx, [tag_id]).values():
        segments.delete(ctx, segment.id)
    store.retire(ctx, tag_id)
    workspace.audit(ctx, "tag.retired", "tag", tag_id, before={"name": before["name"], "folder": before["folder"]})


def _checked(ctx: Ctx, draft: Draft, tag_id: int | None) -> dict[str, Any]:
    name = draft.name.strip()
    if not 0 < len(name) <= MAX_NAME:
        raise BadInput(f"A tag needs a name of 1 to {MAX_NAME} characters.", "Name what is said of people.")
    if store.named(ctx, name) not in (None, tag_id):
        raise Conflict(f"There is already a tag named {name}.", "Choose another name.", code="tag.name_taken")
    steps = [step.strip() for step in draft.folder.split("/") if step.strip()]
    if len(steps) > 4 or any(len(step) > MAX_NAME for step in steps):
        raise BadInput(f"A folder has at most 4 levels of {MAX_NAME} characters.", "Shorten it.")
    owner = draft.owner.strip() or ctx.actor.name
    return {"name": name, "folder": "/".join(steps), "description": draft.description, "owner": owner}
