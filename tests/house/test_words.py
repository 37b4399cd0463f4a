"""Whatever the server can say in English, it can say in Chinese; and the catalogue holds nothing else."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from pydantic_core._pydantic_core import list_all_errors
from tests.house import tree

from regulars.core import words

WORDS = frozenset({"message", "hint", "detail", "what", "why", "wrong", "words", "guess", "more", "reasons", "_HINT",
                   "_WANTED", "REASONS"})  # fmt: skip
"""Names of parameters and variables that hold prose on its way to a reader."""

RETURNING = frozenset({"_problem", "_number_problem", "_text_problem", "_day_problem", "_explain", "check_format",
                       "check_constant", "_check_pattern"})  # fmt: skip
"""Functions that return what is wrong, in words, and nothing else in prose."""

NOT_READ = ("infra/lake_server/", "app/cli.py", "app/cli_sandbox.py", "app/demo.py", "app/practice_demo.py",
            "app/supervisor.py", "app/stores.py",
            "app/segment_count.py", "app/person_card.py", "app/settings.py", "infra/embedded_pg.py",
            "profiles/store/")  # fmt: skip
"""Files whose words reach a terminal or another program, never somebody who reads a page."""

Part = str | None
"""Text as written, or None for what is put in."""


def alternatives(node: ast.expr | None) -> list[list[Part]]:
    """Return every text that an expression can be, as far as it is written there."""
    match node:
        case ast.Constant(value=str(text)):
            return [[text]]
        case ast.JoinedStr(values=values):
            return [[str(v.value) if isinstance(v, ast.Constant) else None for v in values]]
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            return [a + b for a in alternatives(left) for b in alternatives(right)]
        case ast.IfExp(body=body, orelse=orelse):
            return alternatives(body) + alternatives(orelse)
        case ast.BoolOp(values=parts) | ast.Dict(values=parts) | ast.Tuple(elts=parts):
            return [text for part in parts for text in alternatives(part)]
        case ast.GeneratorExp(elt=elt):
            return alternatives(elt)
        case ast.Call(func=ast.Name(id="tuple"), args=[only]):
            return alternatives(only)
        case _:
            return []


def template(parts: list[Part]) -> str:
    """Return the text with its holes numbered from 1."""
    number = iter(range(1, len(parts) + 1))
    return "".join(f"{{{next(number)}}}" if part is None else part for part in parts)


def last_name(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


@cache
def read_files() -> tuple[Path, ...]:
    files = tree.python_files("src/regulars")
    return tuple(p for p in files if not p.relative_to(tree.SOURCE).as_posix().startswith(NOT_READ))


@cache
def error_classes() -> frozenset[str]:
    bases = {
        node.name: {last_name(b) for b in node.bases}
        for path in read_files()
        for node in ast.walk(tree.syntax(path))
        if isinstance(node, ast.ClassDef)
    }
    found = {"RegularsError"}
    while more := {name for name, above in bases.items() if above & found} - found:
        found |= more
    return frozenset(found)


@cache
def constructors() -> dict[str, list[str]]:
    """Return error class -> the parameters it is made with, its own or those of the class it derives from."""
    own: dict[str, list[str]] = {}
    above: dict[str, str] = {}
    for path in read_files():
        for node in ast.walk(tree.syntax(path)):
            if isinstance(node, ast.ClassDef) and node.name in error_classes():
                above[node.name] = next((last_name(b) for b in node.bases if last_name(b) in error_classes()), "")
                for part in node.body:
                    if isinstance(part, ast.FunctionDef) and part.name == "__init__":
                        own[node.name] = [a.arg for a in part.args.args if a.arg != "self"]
    for name in above:
        step = name
        while step and step not in own:
            step = above.get(step, "")
        if step:
            own.setdefault(name, own[step])
    return own


@cache
def prose_parameters() -> dict[tuple[Path | None, str], dict[str, int]]:
    """Return (file, function) -> its parameters that take prose -> their place; file None for those of any file."""
    found: dict[tuple[Path | None, str], dict[str, int]] = {}
    made = constructors()
    for name in error_classes():
        taken = made.get(name, ["message", "hint"])
        found[None, name] = {word: taken.index(word) for word in ("message", "hint") if word in taken}
    found |= {(None, "ValueError"): {"": 0}, (None, "HTTPException"): {"": 1}}
    for path in read_files():
        for node in ast.walk(tree.syntax(path)):
            if isinstance(node, ast.FunctionDef) and node.name != "__init__":
                names = [a.arg for a in (*node.args.posonlyargs, *node.args.args) if a.arg not in {"self", "cls"}]
                taken = {name: names.index(name) for name in names if name in WORDS}
                taken |= {a.arg: 99 for a in node.args.kwonlyargs if a.arg in WORDS}
                found[path, node.name] = taken
                if not node.name.startswith("_"):
                    found.setdefault((None, node.name), {}).update(taken)
    return found


def prose(path: Path, node: ast.AST) -> Iterator[ast.expr | None]:
    """Yield the expressions of a node that are prose for a reader."""
    match node:
        case ast.Call(func=ast.Name(id="Refused"), args=[ast.List(elts=pairs)]):
            yield from (pair.elts[1] for pair in pairs if isinstance(pair, ast.Tuple))
        case ast.Call(func=ast.Name(id="Field"), keywords=keywords):
            yield from (k.value for k in keywords if k.arg == "title")
        case ast.Call(func=func, args=args, keywords=keywords):
            known, name = prose_parameters(), last_name(func)
            taken = known.get((path, name)) or known.get((None, name), {})
            yield from (args[place] for place in taken.values() if place < len(args))
            yield from (k.value for k in keywords if k.arg in taken)
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in WORDS:
            yield value
        case ast.AnnAssign(target=ast.Name(id=name), value=value) if name in WORDS:
            yield value
        case ast.FunctionDef(name=name) if name in RETURNING:
            yield from (part.value for part in ast.walk(node) if isinstance(part, ast.Return))
        case _:
            pass


@cache
def spoken() -> dict[str, set[str]]:
    """Return template -> the files that say it."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in read_files():
        for node in ast.walk(tree.syntax(path)):
            for parts in (text for expression in prose(path, node) for text in alternatives(expression)):
                if any(char.isalpha() or char in ":;(" for part in parts for char in part or ""):
                    found[template(parts)].add(path.relative_to(tree.SOURCE).as_posix())
    return found


def room_of(files: set[str]) -> str:
    rooms = {file.partition("/")[0] for file in files}
    return rooms.pop() if len(rooms) == 1 else "shared"


def expected() -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for text, files in spoken().items():
        found[room_of(files)].add(text)
    return found


FRAMEWORKS = "frameworks"
NOT_OF_PYDANTIC = {"Not Found", "Method Not Allowed", "JSON decode error", "There was an error parsing the body"}
NEVER_OF_JSON = re.compile(
    r"arguments?_|argument$|_argument|attribute|bytes_|callable|complex_|counter|deque|dataclass|default_factory"
    r"|ellipsis|fraction|frozen|instance|is_subclass|iter|mapping|missing_sentinel|named_tuple|needs_python"
    r"|ordered_dict|recursion|time_delta|datetime_object|date_from_datetime_parsing"
)
"""Errors of pydantic that no value from JSON into our models can bring."""


@cache
def of_pydantic() -> dict[str, str]:
    """Return template -> the type of error, in both spellings."""
    return {
        text: error["type"]
        for error in list_all_errors()
        for text in (error["message_template_python"], error.get("message_template_json", ""))
        if text
    }


@pytest.mark.parametrize("room", sorted({*expected(), *words.catalogue()} - {FRAMEWORKS}))
def test_every_text_of_a_room_has_its_chinese_and_no_other_is_kept(room):
    kept = set(words.catalogue().get(room, {}))
    said = expected()[room]
    assert said - kept == set(), f"add these to core/words_zh/{room}.toml"
    assert kept - said == set(), f"nothing says these: take them out of core/words_zh/{room}.toml"


def test_what_the_frameworks_say_of_an_input_has_its_chinese():
    kept = set(words.catalogue()[FRAMEWORKS])
    assert kept - set(of_pydantic()) == NOT_OF_PYDANTIC
    assert {text for text, kind in of_pydantic().items() if not NEVER_OF_JSON.search(kind)} - kept == set()


@pytest.mark.parametrize("room", sorted(words.catalogue()))
def test_the_chinese_has_the_holes_of_the_english(room):
    for english, chinese in words.catalogue()[room].items():
        own, theirs = set(words.HOLE.findall(english)), set(words.HOLE.findall(chinese))
        assert theirs <= own if room == FRAMEWORKS else theirs == own, english


@pytest.mark.parametrize("room", sorted(words.catalogue()))
def test_the_chinese_is_written_as_the_console_writes(room):
    cjk = r"[\u4e00-\u9fff]"
    for english, chinese in words.catalogue()[room].items():
        assert not re.search(rf"{cjk}[A-Za-z0-9`]|[A-Za-z0-9`]{cjk}", chinese), chinese
        assert not re.search(r"[!！]|[\u4e00-\u9fff][.;:?]", chinese), chinese
        assert english.endswith(".") == chinese.endswith("。"), english


@pytest.mark.parametrize("room", sorted(words.catalogue()))
def test_no_text_is_taken_for_another(room):
    for english, chinese in words.catalogue()[room].items():
        parts = {hole: f"<{number}>" for number, hole in enumerate(words.HOLE.findall(english), 1)}
        said = words.HOLE.sub(lambda hole, parts=parts: parts[hole[1]], english)
        wanted = words.HOLE.sub(lambda hole, parts=parts: parts[hole[1]], chinese)
        bare = not any(char.isalpha() for char in words.HOLE.sub("", english))
        assert words.say(said, "zh") == (said if bare else wanted)
