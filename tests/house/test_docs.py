"""What the pages say is so: their links lead somewhere, their examples are taken, their paths exist."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from tests.house import tree
from tests.house.test_routes import api_routes, marks

from regulars.app.asgi import create_app
from regulars.channels.kinds.webhook import signature
from regulars.core.clock import WallClock
from regulars.infra import crypto
from regulars.ingest.facts import Refused, settle
from regulars.ingest.messages import MESSAGE_TYPES, Arrival, message_key, parse_message, translate
from regulars.workspace.access import SIGNED_IN
from regulars.workspace.api import Permission

DOCS = tree.ROOT / "docs"
API_PAGES = ("docs/http-api.md", "docs/zh/http-api.md")
_FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?[^)]*\)|<(?:img|a)\b[^>]*\b(?:src|href)=\"([^\"]+)\"")
_PATH = re.compile(r"(?<![\w./])/(?:api|v1)/(?:\{[\w,]+\}|[\w/.-])+")
_SENT = re.compile(r"\$R(/v1/\w+) .*?-d '(.*?)'", re.DOTALL)
_ROW = re.compile(r"^\| (GET|POST|PUT|DELETE) \| `([^`]+)` \| (.+?) \| .+ \|$", re.MULTILINE)


def pages() -> list[Path]:
    return [p for p in tree.kept_files() if p.suffix == ".md"]


@cache
def text(page: Path | str) -> str:
    return (tree.ROOT / page).read_text(encoding="utf-8")


def blocks(page: str, language: str) -> list[str]:
    return [body for kind, body in _FENCE.findall(text(page)) if kind == language]


def prose(page: Path) -> str:
    """Return the page without its code, where brackets are no links."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", text(page)))


@cache
def anchors(page: Path) -> frozenset[str]:
    """Return the names that headings have on the code host: small letters, spaces as hyphens, no punctuation."""
    headings = re.findall(r"^#+ +(.+)$", _FENCE.sub("", text(page)), re.MULTILINE)
    return frozenset(re.sub(r"[^\w\- ]", "", h.strip().lower()).replace(" ", "-") for h in headings)


def broken(page: Path) -> Iterator[str]:
    for found in _LINK.findall(prose(page)):
        link = unquote(found[0] or found[1])
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if not (target.is_relative_to(tree.ROOT) and target.exists()):
            yield f"{tree.short(page)}: {link} is not there"
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            yield f"{tree.short(page)}: {tree.short(target)} has no heading for #{anchor}"


def test_links_and_images_lead_somewhere() -> None:
    dead = [line for page in pages() for line in broken(page)]
    assert not dead, "\n".join(dead)


def test_every_page_is_there_in_both_languages() -> None:
    english, chinese = ({p.name for p in folder.glob("*.md")} for folder in (DOCS, DOCS / "zh"))
    assert english == chinese, f"in one language only: {sorted(english ^ chinese)}"


@pytest.fixture(scope="module")
def described() -> dict[str, Any]:
    return create_app().openapi()


def known_paths(described: dict[str, Any]) -> list[re.Pattern[str]]:
    """Return a pattern per path; a parameter that is one of a few words matches those only."""
    patterns: list[re.Pattern[str]] = []
    for path, methods in described["paths"].items():
        words = {
            p["name"]: "|".join(p["schema"]["enum"])
            for operation in methods.values()
            for p in operation.get("parameters", [])
            if p["in"] == "path" and "enum" in p["schema"]
        }
        parts = re.split(r"\{(\w+)\}", path)
        pattern = "".join(
            re.escape(part) if n % 2 == 0 else rf"(?:\{{{part}\}}|{words.get(part, '[^/{}]+')})"
            for n, part in enumerate(parts)
        )
        patterns.append(re.compile(pattern))
    return [*patterns, re.compile(re.escape(create_app().openapi_url or ""))]


def named_paths(page: Path) -> Iterator[str]:
    """Yield the paths that a page names; `/v1/{track,page}` names two."""
    for path in (found.rstrip("./-") for found in _PATH.findall(text(page))):
        start, _, rest = path.partition("{")
        words, _, end = rest.partition("}")
        yield from (f"{start}{word}{end}" for word in words.split(",")) if "," in words else [path]


def test_every_path_that_a_page_names_exists(described: dict[str, Any]) -> None:
    known = known_paths(described)
    lost = {
        f"{tree.short(page)}: {path}"
        for page in pages()
        for path in named_paths(page)
        if not any(one.fullmatch(path) for one in known)
    }
    assert not lost, "\n".join(sorted(lost))


@pytest.mark.parametrize("page", API_PAGES)
def test_the_table_of_paths_is_whole_and_names_the_permissions(page: str) -> None:
    session, nobody = ("a session", "none") if page == API_PAGES[0] else ("已登录", "无")
    told = {(method, path): permission.strip("`") for method, path, permission in _ROW.findall(text(page))}
    real: dict[tuple[str, str], str] = {}
    for route in api_routes(create_app()):
        (mark,) = marks(route)
        permission = mark.permission if isinstance(mark, Permission) else nobody
        permission = session if permission == SIGNED_IN else permission
        real |= {(method, route.path): permission for method in route.methods or () if route.include_in_schema}
    assert told == real


@pytest.mark.parametrize("page", API_PAGES)
def test_examples_are_json(page: str) -> None:
    bodies = blocks(page, "json") + [
        b for block in blocks(page, "bash") for b in re.findall(r"-d '(.*?)'", block, re.DOTALL)
    ]
    assert len(bodies) > 10
    for body in bodies:
        json.loads(body)


def messages(page: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the type and the body of every message that an example sends."""
    for block in blocks(page, "bash"):
        for path, body in _SENT.findall(block):
            found = json.loads(body)
            if path == "/v1/batch":
                shared = {"context": found.get("context", {})}
                yield from ((m["type"], {**shared, **m}) for m in found["batch"])
            else:
                yield path.rpartition("/")[2], found


@pytest.mark.parametrize("page", API_PAGES)
def test_messages_in_examples_are_taken(page: str, vault: crypto.Vault) -> None:
    del vault  # it only has to be open
    now = datetime(2026, 11, 21, tzinfo=UTC)
    sent = list(messages(page))
    assert {kind for kind, _ in sent} == set(MESSAGE_TYPES)
    for kind, raw in sent:
        refused = ""
        try:
            message = parse_message(raw, kind)  # pyright: ignore[reportArgumentType] - compared with the types above
            draft = translate(message, message_key(message, raw), Arrival(1, now, "CNY"))
            settle(draft, brand_id=1, zone="Asia/Shanghai", recorded_at=now)
        except Refused as error:
            refused = str(error)
        assert bool(refused) == ("-bad-" in raw.get("messageId", "")), f"{raw}: {refused or 'is taken'}"


@pytest.mark.parametrize("page", API_PAGES)
def test_the_verifier_for_receivers_works(page: str) -> None:
    (code,) = blocks(page, "python")
    names: dict[str, Any] = {}
    exec(code, names)  # the page's own example
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    now = int(WallClock().system_now().timestamp())

    def headers(at: int) -> dict[str, str]:
        made = signature(secret, "msg_1", at, body)
        return {"webhook-id": "msg_1", "webhook-timestamp": str(at), "webhook-signature": f"v1,bm8= {made}"}

    assert names["verified"](secret, headers(now), body)
    assert not names["verified"](secret, headers(now), body + b" ")
    assert not names["verified"](secret, headers(now) | {"webhook-id": "msg_2"}, body)
    assert not names["verified"](secret, headers(now - 301), body)
