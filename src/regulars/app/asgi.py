"""The web process: every room's routes, one error shape, the console's files, health and metrics."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import psycopg
import structlog
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, PlainTextResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.exceptions import HTTPException
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import Receive, Scope, Send

import regulars
from regulars.app.boot import House, room_modules
from regulars.app.description import describe, methods_at
from regulars.app.settings import Settings
from regulars.core.errors import BadInput, RegularsError, Unavailable
from regulars.core.ids import new_id
from regulars.core.words import preferred, reader, say
from regulars.infra import event_log
from regulars.ingest import api as ingest
from regulars.segments import api as segments
from regulars.workspace.api import PublicRoute, by_route

log = structlog.get_logger()
_parked_gauge = Gauge("regulars_events_parked", "Events that a consumer could not take.")
_drift_gauge = Gauge("regulars_segment_drift_people", "People the last checks found in or out of segments wrongly.")
_failed_gauge = Gauge("regulars_segments_failed", "Live segments whose last evaluation failed.")
_lag_gauge = Gauge("regulars_event_log_lag_events", "Log rows a consumer has not taken yet.", ["consumer"])

_RETRY_AFTER_S = 5
_UNFIT = {None, "22003", "22008", "22021", "22P05"}
"""SQLSTATEs of values beyond a range; None: the driver refuses to send it, a NUL in a text."""
_TAGS = {"zh": "zh-CN", "en": "en"}


class Full(RegularsError):
    """A store has no room left; nothing of the request was kept."""

    code, status = "no_room", 507


_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; object-src 'none';"
        " base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), midi=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HTTPS_ONLY = "max-age=31536000"
"""Of this host alone: what else runs under the domain is not ours to decide."""


def create_app(house: House | None = None) -> FastAPI:
    """Build the web application. house: the open stores; None = from the environment at start-up."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        if house is None:
            settings = Settings()
            app.state.house = House(settings.database_url, settings.lake_url, settings)
            # A batch of messages is thousands of objects that live as long as its request, and none in a ring: looking
            # through them again and again took a tenth of the time of ingest.
            gc.freeze()
            gc.set_threshold(100_000)
        yield
        if house is None:
            app.state.house.close()

    app = FastAPI(
        title="Regulars",
        version=regulars.__version__,
        lifespan=lifespan,
        docs_url=None,  # its page would load scripts from elsewhere; the description itself is served
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    if house is not None:
        app.state.house = house
    app.add_exception_handler(RegularsError, _regulars_problem)
    for away in (psycopg.OperationalError, psycopg.InterfaceError):
        app.add_exception_handler(away, _database_problem)
    app.add_exception_handler(psycopg.DataError, _unfit_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _unexpected_problem)
    app.middleware("http")(_headers)
    app.add_middleware(GZipMiddleware, minimum_size=1024, compresslevel=5)
    for module in room_modules("routes"):
        app.include_router(module.router)
    app.state.asked = by_route(app.routes)
    _add_health(app)
    _add_console(app)
    describe(app)
    return app


def serve(host: str, port: int) -> None:
    """Answer until SIGTERM or SIGINT. Several processes may share the port; the system spreads connections on them."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    uvicorn.Server(configured(create_app, Settings().proxies)).run(sockets=[listener])


def configured(make_app: Callable[[], FastAPI], proxies: str) -> uvicorn.Config:
    """Return how the app is served. proxies: addresses whose X-Forwarded-For and -Proto are believed; "" = nobody's."""
    return uvicorn.Config(
        make_app, factory=True, log_level="warning", proxy_headers=bool(proxies), forwarded_allow_ips=proxies
    )


async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    request.state.request_id = str(new_id())
    # A link that downloads carries the language in its address, as it has no headers of its own.
    wanted = request.query_params.get("lang", "")
    reader.set(preferred(wanted or request.headers.get("Accept-Language", "")))
    return _with_headers(request, await call_next(request))


def _with_headers(request: Request, response: Response) -> Response:
    if request.url.path.startswith(("/api/", "/v1/")):
        response.headers["Content-Language"] = _TAGS[reader.get()]
        response.headers.add_vary_header("Accept-Language")
        response.headers.setdefault("Cache-Control", "no-store")  # what is known of people stays in no cache
    if request.url.path.startswith(("/hooks/sources/", "/sdk/")):
        # Read from pages of other addresses, which send no cookie and learn nothing but what became of their message.
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Request-Id"] = request.state.request_id
    if request.url.scheme == "https":
        response.headers.setdefault("Strict-Transport-Security", _HTTPS_ONLY)
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _problem(status: int, code: str, detail: str, hint: str, **more: Any) -> JSONResponse:  # noqa: ANN401 - JSON
    told = say(detail, reader.get())
    body = {"type": f"urn:regulars:problem:{code}", "title": told, "status": status, "detail": told}
    body |= {"code": code, "hint": say(hint, reader.get())}
    return JSONResponse(body | more, status_code=status, media_type="application/problem+json")


def _regulars_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RegularsError)  # noqa: S101 - registered for this class
    answer = _problem(error.status, error.code, error.message, error.hint, details=error.details)
    retry_after_s = error.details.get("retry_after_s", _RETRY_AFTER_S if isinstance(error, Unavailable) else None)
    if retry_after_s is not None:
        answer.headers["Retry-After"] = str(retry_after_s)
    return answer


def _database_problem(request: Request, error: Exception) -> JSONResponse:
    """PostgreSQL went away, or is full, in the middle of a request: what was not answered may be sent again."""
    log.warning("database_away", path=request.url.path, error=type(error).__name__)
    if isinstance(error, psycopg.errors.DiskFull):
        return _regulars_problem(request, Full("The database has no room left.", "Make room on its disk.",
                                               retry_after_s=60))  # fmt: skip
    return _regulars_problem(request, Unavailable("The database does not answer.", "Send the same again in a moment."))


def _unfit_problem(request: Request, error: Exception) -> Response:
    """PostgreSQL cannot hold a value that was given: a number, day or character beyond its range.

    Everything else of this class is a fault of ours.
    """
    if getattr(error, "sqlstate", None) not in _UNFIT:
        return _unexpected_problem(request, error)
    told = BadInput("A value is beyond what can be kept.", "Look for very large numbers, far days and NUL characters.")
    return _regulars_problem(request, told)


def _validation_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    found = [(".".join(str(p) for p in e["loc"]), e["msg"]) for e in error.errors()]
    fields = [{"path": path, "message": say(message, reader.get())} for path, message in found]
    path, message = found[0] if found else ("", "unknown")
    return _problem(422, "bad_input", f"{path}: {message}", "Correct the field and try again.", fields=fields)


def _http_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http")
    hint = "See the paths and methods in /api/openapi.json."
    answer = _problem(error.status_code, code, f"{request.method} {request.url.path[:200]}: {error.detail}.", hint)
    answer.headers.update(error.headers or {})
    if error.status_code == 405 and (methods := methods_at(request.app, request.url.path)):
        answer.headers["Allow"] = ", ".join(methods)  # of one path several routes may each know one
    return answer


def _unexpected_problem(request: Request, error: Exception) -> Response:
    request_id = request.state.request_id
    log.error("unexpected", request_id=request_id, path=request.url.path, error=type(error).__name__, exc_info=error)
    answer = _problem(
        500,
        "unexpected",
        "Something went wrong on our side.",
        "Try again; if it stays, report it with the request id.",
        request_id=request_id,
    )
    return _with_headers(request, answer)  # this answer is made outside of everything that adds to answers


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", dependencies=[Depends(PublicRoute("load balancers ask before anybody logs in"))])
    def healthz(request: Request) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction] - FastAPI keeps it
        """Tell whether both stores answer, and whether messages are taken or why not."""
        house: House = request.app.state.house
        house.ping()
        with house.ctx() as ctx:
            refusal = ingest.refusal(ctx)
        return {"status": "ok", "version": regulars.__version__, "messages": refusal or "taken"}

    @app.get(
        "/metrics",
        dependencies=[Depends(PublicRoute("scraped inside the network; counts only"))],
        response_class=PlainTextResponse,
    )
    def metrics(request: Request) -> Response:  # pyright: ignore[reportUnusedFunction] - FastAPI keeps it
        """Return Prometheus metrics."""
        with request.app.state.house.ctx() as ctx:
            for one in event_log.lag(ctx):
                _lag_gauge.labels(one.consumer).set(one.events)
            _parked_gauge.set(sum(1 for _ in event_log.parked(ctx)))
            drift, failed = segments.health(ctx)
            _drift_gauge.set(drift)
            _failed_gauge.set(failed)
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)


def web_root() -> Path:
    """Return the folder of the built console; it may be missing in a checkout where it was not built."""
    return Path(os.environ.get("REGULARS_WEB_ROOT", str(resources.files("regulars.app") / "web")))


class _Assets(StaticFiles):
    """The console's scripts and styles: their names change with what is in them, so a browser asks once."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        """Return the file, to be kept for good."""
        answer = await super().get_response(path, scope)
        answer.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return answer


def _add_sdk(app: FastAPI, folder: Path) -> None:
    @app.get(
        "/sdk/{name}",
        include_in_schema=False,
        dependencies=[Depends(PublicRoute("shops' own pages load the behaviour SDK from here"))],
    )
    def sdk(name: Literal["regulars.js", "regulars.mp.js"]) -> FileResponse:  # pyright: ignore[reportUnusedFunction]
        """Serve a behaviour SDK; pages ask for it anew every hour."""
        if not (folder / name).is_file():
            raise HTTPException(404)
        return FileResponse(
            folder / name, media_type="text/javascript", headers={"Cache-Control": "public, max-age=3600"}
        )


def _add_console(app: FastAPI) -> None:
    root = web_root()
    if not (root / "index.html").exists():
        return
    _add_sdk(app, root / "sdk")
    app.mount("/assets", _Assets(directory=root / "assets"), name="assets")
    files = {f"/{file.name}": file for file in root.iterdir() if file.is_file()}
    nothing = app.router.default

    async def console(scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the console where there is nothing else; its own router reads the path. Its files hold no data."""
        path = scope["path"]
        if (
            scope["type"] != "http"
            or scope["method"] not in {"GET", "HEAD"}
            or path.lstrip("/").partition("/")[0] in {"api", "v1"}
        ):
            return await nothing(scope, receive, send)
        page = FileResponse(root / "index.html", headers={"Cache-Control": "no-cache"})
        answer = FileResponse(files[path]) if path in files else page
        return await answer(scope, receive, send)

    # Not a route that takes every path: then a wrong method would be told as a path that is not there.
    app.router.default = console
