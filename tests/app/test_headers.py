"""What every answer tells the browser, whatever kind of answer it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from regulars.app.asgi import create_app
from regulars.app.boot import House
from regulars.workspace import api as workspace

EVERYWHERE = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
KINDS = {
    "page": ("/", 200, "text/html"),
    "page of the console's own router": ("/customers/1", 200, "text/html"),
    "asset": ("/assets/main.js", 200, "javascript"),
    "file beside the page": ("/mark.svg", 200, "image/svg+xml"),
    "answer": ("/api/customers", 200, "application/json"),
    "description of the API": ("/api/openapi.json", 200, "application/json"),
    "download": ("/api/customers.csv", 200, "text/csv"),
    "health": ("/healthz", 200, "application/json"),
    "metrics": ("/metrics", 200, "text/plain"),
    "problem: not there": ("/api/nothing", 404, "application/problem+json"),
    "problem: refused input": ("/api/customers?limit=0", 422, "application/problem+json"),
    "problem: wrong method": ("/v1/track", 405, "application/problem+json"),
    "problem: a fault of ours": ("/api/broken", 500, "application/problem+json"),
}


@pytest.fixture
def app(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FastAPI:
    """The web application over a built console, with one path that fails."""
    web = tmp_path / "web"
    (web / "assets").mkdir(parents=True)
    (web / "index.html").write_text("<!doctype html>")
    (web / "mark.svg").write_text("<svg/>")
    (web / "assets" / "main.js").write_text("1")
    monkeypatch.setenv("REGULARS_WEB_ROOT", str(web))
    made = create_app(house)

    def broken() -> None:
        raise ZeroDivisionError

    made.add_api_route("/api/broken", broken)
    return made


def browser(app: FastAPI, house: House, scheme: str) -> TestClient:
    opened = TestClient(app, base_url=f"{scheme}://testserver", raise_server_exceptions=False)
    with house.ctx() as ctx:
        workspace.add_user(ctx, "admin@example.com", "Admin", "correct horse", ["*"])
    opened.post("/api/login", json={"email": "admin@example.com", "password": "correct horse"})
    return opened


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_every_kind_of_answer_is_guarded(app: FastAPI, house: House, scheme: str):
    with browser(app, house, scheme) as opened:
        for kind, (path, status, content_type) in KINDS.items():
            answer = opened.get(path)
            assert (answer.status_code, content_type in answer.headers["Content-Type"]) == (status, True), kind
            assert {name: answer.headers.get(name) for name in EVERYWHERE} == EVERYWHERE, kind
            policy = answer.headers["Content-Security-Policy"]
            for rule in ("default-src 'self'", "frame-ancestors 'none'", "base-uri 'none'", "object-src 'none'"):
                assert rule in policy, kind
            assert "'unsafe-inline'" not in policy.split("style-src")[0]
            assert "camera=()" in answer.headers["Permissions-Policy"], kind
            assert answer.headers["X-Request-Id"], kind
            # told over HTTP it would be ignored, and behind no TLS it would be wrong
            assert ("Strict-Transport-Security" in answer.headers) == (scheme == "https"), kind
            kept = path.startswith(("/api/", "/v1/"))
            assert (answer.headers.get("Cache-Control") == "no-store") == kept, kind


def test_a_wrong_method_is_told_with_those_there_are_and_no_path_is_a_fault(app: FastAPI, house: House):
    with browser(app, house, "http") as opened:
        assert opened.get("/v1/track").headers["Allow"] == "POST"
        assert opened.post("/customers/1").status_code == 404
        assert opened.head("/customers/1").status_code == 200
        for odd in (
            "/%00",
            "/assets/%00",
            "/" + "a" * 5_000,
            "/assets/" + "a" * 5_000,
            "/..%2f..%2fetc/passwd",
            "/api",
        ):
            answer = opened.get(odd)
            assert answer.status_code == (200 if not odd.startswith(("/assets", "/api")) else 404), odd
            assert "root:" not in answer.text
