"""Values at the edge of what stores hold, where the API's description takes any: counted or refused, never a fault."""

from __future__ import annotations

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

NUMBERS = [2**31, 2**63, -(2**63) - 1, 10**30, 1e308, 0.1]
TEXTS = ["", "\x00", "'; --", "\U0010ffff", "\ufeff", "x" * 100_000, "%", "{x:String}", "\\"]
DAYS = ["0001-01-01", "1899-12-31", "1969-12-31", "2149-06-07", "2299-12-31", "9999-12-31"]


def nested(depth: int) -> dict[str, Any]:
    rule: dict[str, Any] = {"op": "ge", "field": "person.purchase_number", "value": 1}
    for _ in range(depth):
        rule = {"op": "not", "of": rule}
    return rule


def rules() -> list[dict[str, Any]]:
    found = [{"op": op, "field": "person.purchase_number", "value": n} for op in ("ge", "eq") for n in NUMBERS]
    found += [{"op": "eq", "field": "person.favourite_category", "value": text} for text in TEXTS]
    found += [{"op": op, "field": "person.last_order_on", "value": day} for op in ("ge", "lt") for day in DAYS]
    found += [
        {
            "op": "count", "relation": "order", "window": {"kind": "last_days", "days": days},
            "compare": {"op": "ge", "value": 1},
        }
        for days in (0, -1, 366, 40_000, 10**6, 2**63)
    ]  # fmt: skip
    return [*found, nested(40)]


@pytest.mark.parametrize("path", ["/api/segments/preview", "/api/segments"])
def test_conditions_with_odd_values_are_counted_or_refused(client: TestClient, path: str):
    for number, rule in enumerate(rules()):
        body = {"rule": rule} | ({"name": f"Odd {number}"} if path == "/api/segments" else {})
        answer = client.post(path, content=json.dumps(body), headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (json.dumps(rule)[:300], answer.text)


@pytest.mark.parametrize(
    "path", ["/api/segments/preview", "/api/tags/preview", "/v1/track", "/v1/batch", "/v1/identify"]
)
@pytest.mark.parametrize("opens", ['{"a": ', "["])
def test_a_body_nested_without_end_is_refused(client: TestClient, path: str, opens: str):
    closes = "}" if opens.startswith("{") else "]"
    deep = opens * 50_000 + "1" + closes * 50_000
    within = f'{{"userId": "u", "event": "e", "properties": {{"a": {deep}}}}}'
    for body in (deep, f'{{"rule": {deep}}}', within):
        answer = client.post(path, content=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, answer.text[:300])


@pytest.mark.parametrize("day", DAYS)
def test_days_far_away_are_refused_where_nothing_can_be_known_of_them(client: TestClient, day: str):
    for path, name in (
        ("/api/overview/day", "on"),
        ("/api/overview/changes", "on"),
        ("/api/customers/1/timeline", "on"),
        ("/api/customers/1/timeline/types", "on"),
        ("/api/audit", "since_on"),
        ("/api/audit", "until_on"),
    ):
        answer = client.get(path, params={name: day})
        assert answer.status_code in {200, 404, 422}, (path, day, answer.text)


@pytest.mark.parametrize("text", ["\x00", "\ud800", "\U0010ffff", "x" * 1_000_000])
def test_odd_text_is_kept_or_refused(client: TestClient, text: str):
    raw = json.dumps(text)
    for path, body in (
        ("/api/me/views", '{"of": "customers", "name": %s, "search": "", "columns": []}'),
        ("/api/tags", '{"name": %s, "definition": {"origin": "manual", "values": [{"label": "a"}]}}'),
        ("/api/tags", '{"name": "t", "definition": {"origin": "manual", "values": [{"label": %s}]}}'),
        ("/api/quarantine/1/fix", '{"fields": {%s: "a"}}'),
        ("/v1/identify", '{"userId": %s, "traits": {}}'),
        ("/v1/identify", '{"userId": "u", "traits": {%s: %s}}'),
        ("/v1/track", '{"userId": "u", "event": %s}'),
        ("/v1/batch", '{"batch": [{"type": "track", "userId": "u", "event": "e", "messageId": %s}]}'),
        ("/api/login", '{"email": %s, "password": "x"}'),
    ):
        content = body.replace("%s", raw)
        answer = client.post(path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (path, answer.text[:300])
    for path in ("/api/customers", "/api/customers.csv"):
        assert client.get(path, params={"q": text.encode("utf-8", "replace")[:5_000]}).status_code < 500
