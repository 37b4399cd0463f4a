"""Message templates: Liquid over a short list of variables, checked when saved, bounded when rendered."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from regulars.channels.contract import Message
from regulars.core.errors import BadInput
from regulars.core.text import Text

VARIABLES: dict[str, Text] = {
    "person.label": Text("客户标识（已脱敏）", "the customer's masked name"),
    "purchase_number": Text("购买次数", "number of purchases"),
    "days_since_last_order": Text("距上次购买天数", "days since the last order"),
    "favourite_category": Text("最常购买品类", "favourite category"),
    "link": Text("短链接（点击可追踪）", "short link, its clicks counted"),
    "stop_link": Text("退订链接", "link to opt out"),
}
"""What a template may name. Nothing personal beyond the masked label leaves the house this way."""

LINKS = frozenset({"link", "stop_link"})
"""Variables that every message of a request has, made when it is sent."""

_WEB = re.compile(r"https?://[^\s/?#]+(?:[/?#]\S*)?", re.IGNORECASE)

MAX_CHARACTERS = 10_000


class _Environment(Environment):
    loop_iteration_limit = 1_000
    output_stream_limit = 4 * MAX_CHARACTERS
    local_namespace_limit = 100_000


_environment = _Environment()


@lru_cache(maxsize=256)
def _parsed(text: str) -> BoundTemplate:
    """Parse a template once: a campaign renders the same two for everybody."""
    return _environment.from_string(text)


def check(message: Message, more: Mapping[str, str] | None = None) -> tuple[str, ...]:
    """Return the variables that a message and further texts name, sorted.

    Raises: BadInput on a bad template, an unknown variable, or a link that leads nowhere.
    """
    used: set[str] = set()
    for part, text in {"title": message.title, "body": message.body, **(more or {})}.items():
        if len(text) > MAX_CHARACTERS:
            raise BadInput(f"The {part} is longer than {MAX_CHARACTERS:,} characters.", "Shorten it.")
        try:
            used |= {str(path) for path in _parsed(text).global_variable_paths()}
        except LiquidError as error:
            raise BadInput(
                f"The {part} is not a valid template: {str(error).splitlines()[0]}.",
                "Check the braces and tags.",
                code="template.bad",
            ) from error
    unknown = sorted(used - set(VARIABLES))
    if unknown:
        raise BadInput(
            f"The message names {', '.join(unknown)}, which is not a variable.",
            f"Variables: {', '.join(VARIABLES)}.",
            code="template.unknown_variable",
        )
    if message.link and not _WEB.fullmatch(message.link):
        raise BadInput(
            "The address the link leads to is not one of the web.",
            "Write it whole, such as https://shop.example/sale.",
            code="template.bad_link",
        )
    if "link" in used and not message.link:
        raise BadInput("The message shows a link that leads nowhere.", "Give the address the link leads to.")
    return tuple(sorted(used))


def missing(used: tuple[str, ...], values: Mapping[str, Any]) -> tuple[str, ...]:
    """Return which of the variables used a person has no value for."""
    return tuple(name for name in used if values.get(name) in (None, ""))


def render(message: Message, values: Mapping[str, Any]) -> Message:
    """Return the message for one person. values: by variable name; a missing one renders as nothing.

    Raises: BadInput when the template fails on these values (a filter given the wrong type, a runaway loop).
    """
    texts = render_texts({"title": message.title, "body": message.body}, values)
    return Message(texts["title"], texts["body"], message.link)


def render_texts(texts: Mapping[str, str], values: Mapping[str, Any]) -> dict[str, str]:
    """Return several texts for one person. Raises as `render`."""
    tree: dict[str, Any] = {}
    for name, value in values.items():
        at = tree
        *path, last = name.split(".")
        for step in path:
            at = at.setdefault(step, {})
        at[last] = value
    try:
        return {name: _parsed(text).render(**tree) for name, text in texts.items()}
    except LiquidError as error:
        raise BadInput(
            f"The message cannot be rendered: {str(error).splitlines()[0]}.",
            "Check its filters.",
            code="template.failed",
        ) from error
