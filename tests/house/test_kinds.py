"""Nothing switches on a kind's name: what a kind does differently stands in its own file."""

from __future__ import annotations

import ast
from pathlib import Path

from tests.house import tree

KIND_WORDS = {"key", "kind", "kind_key", "node_key", "channel_key", "channel", "node"}


def in_kind_folder(path: Path) -> bool:
    return bool(tree.KIND_FOLDERS & set(path.relative_to(tree.SOURCE).parts[1:-1]))


def own_key(cls: ast.ClassDef) -> str | None:
    """Return the value of `key: ClassVar[str] = "..."` of a class, if it has one."""
    for part in cls.body:
        targets = (
            [part.target] if isinstance(part, ast.AnnAssign) else part.targets if isinstance(part, ast.Assign) else []
        )
        value = part.value if isinstance(part, ast.Assign | ast.AnnAssign) else None
        if any(isinstance(t, ast.Name) and t.id == "key" for t in targets) and isinstance(value, ast.Constant):
            return str(value.value)
    return None


def kind_keys() -> set[str]:
    return {
        key
        for path in tree.python_files("src/regulars")
        if in_kind_folder(path)
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.ClassDef) and (key := own_key(node))
    }


def last_word(node: ast.expr) -> str:
    """Return the name a value goes by: x.kind, x["kind"] and kind are all "kind"."""
    if isinstance(node, ast.Attribute):
        return node.attr
    if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant):
        return str(node.slice.value)
    return node.id if isinstance(node, ast.Name) else ""


def constants(node: ast.expr) -> set[str]:
    return {str(c.value) for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)}


def switches(module: ast.Module, keys: set[str]) -> list[int]:
    """Return the lines that compare something called a kind or key to a registered key."""
    found: list[int] = []
    for node in ast.walk(module):
        if isinstance(node, ast.Compare):
            sides = [node.left, *node.comparators]
            named = any(last_word(side) in KIND_WORDS for side in sides)
            if named and any(constants(side) & keys for side in sides if last_word(side) not in KIND_WORDS):
                found.append(node.lineno)
        elif isinstance(node, ast.Match) and last_word(node.subject) in KIND_WORDS:
            patterns = [p.value for case in node.cases for p in ast.walk(case.pattern) if isinstance(p, ast.MatchValue)]
            found += [p.lineno for p in patterns if constants(p) & keys]
    return sorted(found)


def test_nothing_switches_on_a_kind() -> None:
    keys = kind_keys()
    found = [
        f"{tree.short(path)}:{line}"
        for path in tree.python_files("src/regulars")
        if not in_kind_folder(path)
        for line in switches(tree.syntax(path), keys)
    ]
    assert not found, "these ask for a kind by name; give the kind a method instead:\n" + "\n".join(found)


def test_the_check_finds_a_switch() -> None:
    fault = ast.parse('if channel.key == "log":\n    pass\nmatch node["kind"]:\n    case "log":\n        pass\n')
    assert switches(fault, {"log"}) == [1, 4]
    assert switches(ast.parse('state == "log"'), {"log"}) == []
