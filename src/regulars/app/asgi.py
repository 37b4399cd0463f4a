"""The web process: every room's routes, one error shape, the console's files, health and metrics."""

from __future__ import annotations

import gc
import os
import socket
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib import resources
from pathlib import Path
from typing import Any

import psycopg
import structlog
import uvicorn
from fastapi import Depends, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse
from fastapi.staticfiles import StaticFiles
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.exceptions import HTTPException

import regulars
from regulars.app.boot import House, room_modules
from regulars.app.settings import Settings
from regulars.core.errors import RegularsError, Unavailable
from regulars.core.ids import new_id
from regulars.infra import event_log
from regulars.ingest import api as ingest
from regulars.segments import api as segments
from regulars.workspace.api import PublicRoute

log = structlog.get_logger()
_parked_gauge = Gauge("regulars_events_parked", "Events that a consumer could not take.")
_drift_gauge = Gauge("regulars_segment_drift_people", "People the last checks found in or out of segments wrongly.")
_failed_gauge = Gauge("regulars_segments_failed", "Live segments whose last evaluation failed.")
_lag_gauge = Gauge("regulars_event_log_lag_events", "Log rows a consumer has not taken yet.", ["consumer"])

_RETRY_AFTER_S = 5


class Full(RegularsError):
    """A store has no room left; nothing of the request was kept."""

    code, status = "no_room", 507


_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Content-Security-Policy": (
        "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
    ),
}


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
        responses={422: {"description": "The input cannot be taken as it is (RFC 9457 problem)."}},
    )
    if house is not None:
        app.state.house = house
    app.add_exception_handler(RegularsError, _regulars_problem)
    for away in (psycopg.OperationalError, psycopg.InterfaceError):
        app.add_exception_handler(away, _database_problem)
    app.add_exception_handler(RequestValidationError, _validation_problem)
    app.add_exception_handler(HTTPException, _http_problem)
    app.add_exception_handler(Exception, _unexpected_problem)
    app.middleware("http")(_headers)
    for module in room_modules("routes"):
        app.include_router(module.router)
    _add_health(app)
    _add_console(app)
    return app


def serve(host: str, port: int) -> None:
    """Answer until SIGTERM or SIGINT. Several processes may share the port; the system spreads connections on them."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    config = uvicorn.Config(
        create_app,
        factory=True,
        host=host,
        port=port,
        log_level="warning",
        proxy_headers=bool(Settings().proxies),
        forwarded_allow_ips=Settings().proxies,
    )
    uvicorn.Server(config).run(sockets=[listener])


async def _headers(request: Request, call_next: Callable[[Request], Awaitable[Response]]) -> Response:
    request.state.request_id = str(new_id())
    response = await call_next(request)
    response.headers["X-Request-Id"] = request.state.request_id
    for name, value in _SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _problem(status: int, code: str, detail: str, hint: str, **more: Any) -> JSONResponse:  # noqa: ANN401 - JSON
    body = {"type": f"urn:regulars:problem:{code}", "title": detail, "status": status, "detail": detail}
    return JSONResponse(
        body | {"code": code, "hint": hint} | more, status_code=status, media_type="application/problem+json"
    )


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


def _validation_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - registered for this class
    fields = [{"path": ".".join(str(p) for p in e["loc"]), "message": e["msg"]} for e in error.errors()]
    first = fields[0] if fields else {"path": "", "message": "unknown"}
    return _problem(
        422, "bad_input", f"{first['path']}: {first['message']}", "Correct the field and try again.", fields=fields
    )


def _http_problem(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class
    code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "http")
    hint = "See the paths and methods in /api/openapi.json."
    return _problem(error.status_code, code, f"{request.method} {request.url.path}: {error.detail}.", hint)


def _unexpected_problem(request: Request, error: Exception) -> JSONResponse:
    request_id = getattr(request.state, "request_id", "")
    log.error("unexpected", request_id=request_id, path=request.url.path, error=type(error).__name__, exc_info=error)
    return _problem(
        500,
        "unexpected",
        "Something went wrong on our side.",
        "Try again; if it stays, report it with the request id.",
        request_id=request_id,
    )


def _add_health(app: FastAPI) -> None:
    @app.get("/healthz", dependencies=[Depends(PublicRoute("load balancers ask before anybody logs in"))])
    def healthz(request: Request) -> dict[str, str]:  # pyright: ignore[reportUnusedFunction] - FastAPI keeps it
        """Tell whether both stores answer, and whether messages are taken or why not."""
        house: House = request.app.state.house
        house.ping()
        with house.ctx() as ctx:
            refusal = ingest.refusal(ctx)
        return {"status": "ok", "version": regulars.__version__, "messages": refusal or "taken"}

    @app.get("/metrics", dependencies=[Depends(PublicRoute("scraped inside the network; counts only"))])
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


def _add_console(app: FastAPI) -> None:
    root = web_root()
    if not (root / "index.html").exists():
        return
    app.mount("/assets", StaticFiles(directory=root / "assets"), name="assets")

    @app.get(
        "/{path:path}",
        include_in_schema=False,
        dependencies=[Depends(PublicRoute("the console's files hold no data"))],
    )
    def console(path: str) -> FileResponse:  # pyright: ignore[reportUnusedFunction] - FastAPI keeps it
        """Serve the console; its own router reads the path."""
        if path.partition("/")[0] in {"api", "v1"}:
            raise HTTPException(404, "there is no such path")
        file = (root / path).resolve()
        if path and file.is_file() and file.is_relative_to(root.resolve()):
            return FileResponse(file)
        return FileResponse(root / "index.html", headers={"Cache-Control": "no-cache"})
