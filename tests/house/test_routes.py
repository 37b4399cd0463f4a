"""Every route says who may use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import pytest
from fastapi import APIRouter, FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from regulars.app.asgi import create_app
from regulars.workspace.access import SIGNED_IN
from regulars.workspace.api import PERMISSIONS, Permission, PublicRoute

MADE_BY_FASTAPI = {"/api/openapi.json", "/api/docs", "/docs/oauth2-redirect"}
"""The description of the API itself: it holds no data, and connectors are written by it."""

PUBLIC = {
    "GET /healthz",  # load balancers
    "GET /metrics",  # scraped inside the network, counts only
    "GET /sdk/{name}",  # shops' own pages load the behaviour SDK; it holds no data
    "GET /l/{code}",  # links in messages: whoever got one opens it
    "POST /l/{code}",  # opting out by one click (RFC 8058)
    "GET,POST /hooks/receipts/{hook}",  # providers' receipts: the address is sealed, signatures are checked
    "GET,POST /hooks/sources/{hook}",  # platforms send here; each message is believed by its signature alone
    "POST /api/login",
    "POST /api/logout",
    "GET /api/login/options",  # the login page is drawn by it
    "GET /api/login/provider",
    "GET /api/login/provider/back",
    "POST /api/setup",  # by a link that the server prints while there is no user
    "POST /api/invitation",  # whoever opens a link has no account yet
    "POST /api/invitation/accept",
}


FOR_ALL_USERS = {
    "GET /api/practice",  # every page says so while practice mode is on
    "GET /api/me",
    "PUT /api/me",
    "POST /api/me/password",
    "POST /api/me/second-factor",
    "POST /api/me/second-factor/confirm",
    "POST /api/me/second-factor/end",
    "GET /api/me/sessions",
    "DELETE /api/me/sessions",
    "GET /api/me/views",
    "POST /api/me/views",
    "DELETE /api/me/views/{view_id}",
    "GET /api/needs",  # lists only what the asker may deal with
}
"""Whoever is logged in may ask these, whatever the permissions."""


def every_route(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    """Yield the routes of the app and of the routers included in it."""
    for route in routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from every_route(inner.routes)


def api_routes(app: FastAPI) -> list[APIRoute]:
    return [r for r in every_route(app.routes) if isinstance(r, APIRoute)]


def calls(dependant: Dependant) -> Iterator[Any]:
    yield dependant.call
    for inner in dependant.dependencies:
        yield from calls(inner)


def marks(route: APIRoute) -> list[Permission | PublicRoute]:
    return [call for call in calls(route.dependant) if isinstance(call, Permission | PublicRoute)]


@pytest.fixture(scope="module")
def app() -> FastAPI:
    return create_app()


def named(route: APIRoute) -> str:
    return f"{','.join(sorted(route.methods or ()))} {route.path}"


def test_every_route_declares_its_permission(app: FastAPI) -> None:
    silent = [named(r) for r in api_routes(app) if len(marks(r)) != 1]
    assert not silent, "each of these needs one Permitted(...) or PublicRoute(reason):\n" + "\n".join(silent)


def test_permissions_are_known(app: FastAPI) -> None:
    asked = {(named(r), m.permission) for r in api_routes(app) for m in marks(r) if isinstance(m, Permission)}
    assert {route for route, permission in asked if permission == SIGNED_IN} <= FOR_ALL_USERS
    assert {(route, permission) for route, permission in asked if permission not in {*PERMISSIONS, SIGNED_IN}} == set()


def test_few_routes_are_public_and_say_why(app: FastAPI) -> None:
    public = {named(r): m.reason for r in api_routes(app) for m in marks(r) if isinstance(m, PublicRoute)}
    assert set(public) <= PUBLIC
    assert all(len(reason.split()) > 3 for reason in public.values())


def test_no_route_escapes_the_check(app: FastAPI) -> None:
    assert set(app.openapi()["paths"]) == {r.path for r in api_routes(app) if r.include_in_schema}
    others = {getattr(r, "path", "?") for r in every_route(app.routes) if not isinstance(r, APIRoute)}
    assert others <= MADE_BY_FASTAPI | {"/assets"}


def test_the_check_finds_a_silent_route() -> None:
    router = APIRouter()

    @router.get("/silent")
    def silent() -> None: ...

    assert [marks(r) for r in router.routes if isinstance(r, APIRoute)] == [[]]
