"""What the server says, in the reader's language.

Everything is written and stored in English where it happens. On its way out a finished sentence is found again among
the templates of `words_zh/<room>.toml`, English text with holes -> Chinese, and what stood in the holes is put in.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Annotated

from pydantic import PlainSerializer

from regulars.core.text import Lang, Text

HOLE = re.compile(r"\{(\w+)\}")
_CAUGHT = "('[^']*'|.*?)"
"""What stands in a hole: what is quoted as a whole, else as little as fits."""

_SPACED = re.compile(" ?([“”]) ?")
"""Chinese quotes bring their own room."""

_LONGEST = 1_500
"""Characters; a longer text is no sentence of ours, and one made to be slow would be."""

_BETWEEN = "; "
"""What several findings are joined by."""

reader: ContextVar[Lang] = ContextVar("reader", default="en")
"""The language of whoever reads the answer of this request."""


@dataclass(frozen=True, slots=True)
class _Template:
    """own: the longest run of its own characters.

    bare: it has only marks of its own, and leads from a place without spaces ("body.name: ...") to a known text.
    """

    own: str
    fits: re.Pattern[str]
    holes: tuple[str, ...]
    chinese: str
    bare: bool
    opens_with_hole: bool
    length: int


def say(text: str, lang: Lang) -> str:
    """Return a finished English sentence in the language, or as it is when the catalogue does not know it.

    What stands in a hole and is itself a known text is said in the language too.
    """
    return (_chinese(text) if lang == "zh" and len(text) <= _LONGEST else None) or text


def both(template: str, **parts: object) -> Text:
    """Return a sentence in both languages, put together from a template of the catalogue and what fills its holes."""
    known = {name: str(part) for name, part in parts.items()}
    return Text(_filled(_texts()[template], known), template.format(**known))


def preferred(accept_language: str) -> Lang:
    """Return the language that an Accept-Language header (RFC 9110, 12.5.4) ranks first; English if it ranks none."""
    ranked: dict[Lang, float] = {"en": 0.0, "zh": 0.0}
    first: Lang = "en"
    for entry in accept_language.lower().split(","):
        tag, _, weight = entry.partition(";")
        lang: Lang | None = "zh" if tag.strip().startswith("zh") else "en" if tag.strip().startswith("en") else None
        if lang is not None:
            ranked[lang] = max(ranked[lang], _weight(weight))
            first = lang if ranked[lang] > max(w for other, w in ranked.items() if other != lang) else first
    return first


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """Return room -> English template -> Chinese template, as the files hold them."""
    folder = resources.files("regulars.core") / "words_zh"
    files = sorted((f for f in folder.iterdir() if f.name.endswith(".toml")), key=lambda f: f.name)
    return {f.name.removesuffix(".toml"): tomllib.loads(f.read_text(encoding="utf-8")) for f in files}


def _said(text: str) -> str:
    return say(text, reader.get())


Said = Annotated[str, PlainSerializer(_said, return_type=str, when_used="json")]
"""Prose of the server within an answer: written in English, sent in the reader's language."""


@lru_cache(maxsize=2_000)
def _chinese(text: str) -> str | None:
    whole, _ = _compiled()
    if text in whole or " " not in text:
        return whole.get(text)
    pieces = [_chinese(piece) for piece in text.split(_BETWEEN)] if _BETWEEN in text else []
    if pieces and all(pieces):
        return "；".join(piece or "" for piece in pieces)
    found = _found(text)
    return _filled(found[0].chinese, dict(zip(found[0].holes, found[1], strict=True))) if found else None


def _found(text: str) -> tuple[_Template, tuple[str, ...]] | None:
    """Return the template that a text was made from, and what stands in its holes."""
    for one in _compiled()[1]:
        match = one.fits.fullmatch(text) if one.own in text else None
        if match and not (one.bare and not any(map(_part, match.groups()))):
            return one, match.groups()
    return None


def _filled(chinese: str, parts: Mapping[str, str]) -> str:
    said = HOLE.sub(lambda hole: _part(parts[hole[1]]) or _quoted(parts[hole[1]]), chinese)
    return _SPACED.sub(r"\1", said).replace("？。", "？")


def _part(text: str) -> str | None:
    """Say what stood in a hole: a known text, or one whose full stop was taken off to put it there."""
    known = _chinese(text)
    if known or not text[:1].isupper():
        return known
    found = _found(ended := f"{text}.")
    begins = ended in _compiled()[0] or (found is not None and not found[0].opens_with_hole)
    return (_chinese(ended) or text).removesuffix("。") if begins else None


def _quoted(part: str) -> str:
    """Give what stands in straight quotes the quotes of Chinese text."""
    return f"“{part[1:-1]}”" if len(part) > 1 and part[0] == part[-1] == "'" else part


@cache
def _texts() -> dict[str, str]:
    return {english: chinese for room in catalogue().values() for english, chinese in room.items()}


@cache
def _compiled() -> tuple[dict[str, str], list[_Template]]:
    """Return the texts without holes, and the templates, the surest first.

    A bare one needs a known part, a text that begins with its own words is no other's end; then the longest.
    """
    texts = _texts()
    whole = {english: chinese for english, chinese in texts.items() if not HOLE.search(english)}
    holed = [_template(english, texts[english]) for english in sorted(texts.keys() - whole.keys())]
    return whole, sorted(holed, key=lambda one: (not one.bare, one.opens_with_hole, -one.length))


def _template(english: str, chinese: str) -> _Template:
    own = HOLE.split(english)[::2]
    bare = not any(char.isalpha() for char in "".join(own))
    caught = [r"(\S+?)" if bare else _CAUGHT] * (len(own) - 2) + [_CAUGHT]
    pattern = re.escape(own[0]) + "".join(hole + re.escape(text) for hole, text in zip(caught, own[1:], strict=True))
    return _Template(
        own=max(own, key=len),
        fits=re.compile(pattern, re.DOTALL),
        holes=tuple(HOLE.findall(english)),
        chinese=chinese,
        bare=bare,
        opens_with_hole=not own[0],
        length=sum(map(len, own)),
    )


def _weight(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    try:
        return float(value) if name.strip() == "q" else 1.0
    except ValueError:
        return 0.0
