"""The API's description (OpenAPI 3.1), with what all answers and all requests have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from regulars.workspace.api import COOKIE, PublicRoute

_PROBLEM: dict[str, Any] = {
    "title": "Problem",
    "type": "object",
    "description": "Why a request was not done (RFC 9457). code: stable, for programs; detail and hint: in words.",
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer", "minimum": 400, "maximum": 599},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "hint": {"type": "string"},
        "details": {"type": "object", "description": "Further facts of this code."},
        "fields": {
            "type": "array",
            "description": "Of refused input, each place that is wrong.",
            "items": {
                "type": "object",
                "properties": {"path": {"type": "string"}, "message": {"type": "string"}},
                "required": ["path", "message"],
            },
        },
        "request_id": {"type": "string"},
    },
    "required": ["type", "title", "status", "detail", "code", "hint"],
}
_WORDS = {
    "4XX": "The request is not done: wrong input, not allowed, not there, or not now.",
    "5XX": "The request could not be done; it may be sent again.",
}
_SECURITY = {
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "Of the console; writes carry CSRF."},
    "key": {"type": "http", "scheme": "basic", "description": "An API key as the user name, with an empty password."},
}


def describe(app: FastAPI) -> None:
    """Let the app's description say how every route refuses, and which take a login or a key."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(plain(), set(_public(app.routes)))
        assert app.openapi_schema is not None  # noqa: S101 - the call above keeps it
        return app.openapi_schema

    app.openapi = openapi


def _complete(found: dict[str, Any], public: set[tuple[str, str]]) -> None:
    parts = found["components"]
    for name in ("HTTPValidationError", "ValidationError"):  # the framework's own, which nobody gets
        del parts["schemas"][name]
    parts["schemas"]["Problem"] = _PROBLEM
    content = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
    parts["responses"] = {name: {"description": words, "content": content} for name, words in _WORDS.items()}
    parts["securitySchemes"] = _SECURITY
    for path, operations in found["paths"].items():
        for method, operation in operations.items():
            answers = operation["responses"]
            answers.pop("422", None)  # it is a problem like all others
            answers |= {name: {"$ref": f"#/components/responses/{name}"} for name in _WORDS}
            if (path, method.upper()) not in public:
                operation["security"] = [{name: []} for name in _SECURITY]


def methods_at(app: FastAPI, path: str) -> list[str]:
    """Return the methods that the description names for a path; of several templates the most literal counts."""
    described: dict[str, dict[str, Any]] = app.openapi()["paths"]
    fitting = [template for template in described if _fits(template, path)]
    return [m.upper() for m in described[min(fitting, key=lambda one: one.count("{"))]] if fitting else []


def _fits(template: str, path: str) -> bool:
    pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, path) is not None


def _public(routes: list[BaseRoute]) -> Iterator[tuple[str, str]]:
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is not None:
            yield from _public(inner.routes)
        elif isinstance(route, APIRoute) and any(isinstance(call, PublicRoute) for call in _calls(route.dependant)):
            yield from ((route.path, method) for method in route.methods or ())


def _calls(dependant: Dependant) -> Iterator[Callable[..., Any] | None]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from _calls(inner)
