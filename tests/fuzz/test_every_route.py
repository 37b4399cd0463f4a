"""Every route against odd requests made from the API's own description: none may fail, none may surprise.

`make fuzz` asks many more than CI does: REGULARS_FUZZ_EXAMPLES says how many at random per operation.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from fastapi.testclient import TestClient
from schemathesis.engine import Status, events, from_schema
from tests.tags.test_tags import Shop, by_hand

from regulars.app.asgi import create_app
from regulars.app.boot import House
from regulars.workspace.access import COOKIE

EXAMPLES = int(os.environ.get("REGULARS_FUZZ_EXAMPLES", "1"))
SEED = int(os.environ.get("REGULARS_FUZZ_SEED", "1"))

ENDLESS_S = 300
"""An answer that takes so long on whatever machine does not end."""

LEFT_OUT = {
    # they end the very session that this test asks by
    "POST /api/logout",
    "DELETE /api/me/sessions",
    "DELETE /api/users/{user_id}/sessions",
}
CHECKS = {
    "not_a_server_error": {"enabled": True},
    "status_code_conformance": {"enabled": True},
    "content_type_conformance": {"enabled": True},
    "response_schema_conformance": {"enabled": True},
    "response_headers_conformance": {"enabled": True},
    "unsupported_method": {"enabled": True},
    "allow_header_conformance": {"enabled": True},
    "missing_required_header": {"enabled": True},
    "ignored_auth": {"enabled": True},
    # what is refused may be refused for what it asks of, before its shape is looked at
    "negative_data_rejection": {"enabled": True, "expected-statuses": ["4xx"]},
    # a well-formed request may still name what is not there, or break a rule that no schema can say
    "positive_data_acceptance": {"enabled": False},
    # ids are numbers, so another request's thing may stand where this one's was
    "use_after_free": {"enabled": False},
    "ensure_resource_availability": {"enabled": False},
}


@pytest.fixture
def ids(house: House, client: TestClient) -> dict[str, int]:
    """A small shop with one of everything; returns what is in a path by name -> the number of one there is."""
    shop = Shop(house, client)
    for who, orders in {"ann": 3, "ben": 2, "cem": 1}.items():
        for n in range(orders):
            shop.order(who, f"{who}-{n}", f"2011-12-0{n + 1}")
    client.post("/v1/track", json={"event": "page.viewed", "properties": {"page": "/"}})  # names nobody
    shop.settle()
    rule = {"op": "ge", "field": "person.purchase_number", "value": 2}
    segment = client.post("/api/segments", json={"name": "Regulars", "rule": rule}).json()["id"]
    campaign = client.post("/api/campaigns", json=campaign_on(segment))
    assert campaign.status_code == 201, campaign.text
    tag = shop.make("称呼", by_hand("姐", "老师"))["id"]
    shop.settle()
    row = client.get("/api/quarantine").json()["items"][0]["id"]
    return {
        "uid": shop.uid("ann"), "segment_id": segment, "campaign_id": campaign.json()["id"], "tag_id": tag,
        "row_id": row, "operation_id": 1, "user_id": 1, "request_id": 1, "import_id": 1, "item_id": 1,
    }  # fmt: skip


def campaign_on(segment_id: int) -> dict[str, Any]:
    return {"name": "Come back", "segment_id": segment_id, "channel": {"key": "log", "config": {}},
            "message": {"title": "Hello", "body": "{{ person.label }}, come back"}}  # fmt: skip


def found(house: House, browser: TestClient, ids: dict[str, int]) -> Iterator[str]:
    """Ask and yield what is wrong, in words with the request that shows it."""
    config = schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "request-timeout": ENDLESS_S,
            "headers": {
                "Cookie": f"{COOKIE}={browser.cookies[COOKIE]}",
                "X-CSRF-Token": browser.headers["X-CSRF-Token"],
            },
            "generation": {"max-examples": EXAMPLES, "deterministic": True, "database": "none", "no-shrink": True},
            "phases": {"stateful": {"enabled": False}},
            "checks": CHECKS,
            "suppress-health-check": ["all"],
        }
    )
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", create_app(house), config=config, timeout=ENDLESS_S)

    @schema.hook
    def map_path_parameters(_context: Any, path_parameters: Any) -> Any:  # every other number is one there is
        taken = path_parameters or {}
        return {n: ids[n] if n in ids and isinstance(v, int) and v % 2 else v for n, v in taken.items()} or None

    asked = schema.exclude(lambda ctx: ctx.operation.label in LEFT_OUT)
    told: set[tuple[str, str]] = set()
    for event in from_schema(asked).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield str(event)
        if not isinstance(event, events.ScenarioFinished):
            continue
        for case_id, checks in event.recorder.checks.items():
            for check in checks:
                if check.status is Status.FAILURE and (event.recorder.label, check.name) not in told:
                    told.add((event.recorder.label, check.name))
                    case = event.recorder.cases[case_id].value
                    answer = event.recorder.interactions[case_id].response
                    yield (
                        f"{event.recorder.label}: {check.name}: {check.failure_info.failure}\n"
                        f"{case.as_curl_command()}\n"
                        f"{answer.status_code if answer else None} {answer.content[:500] if answer else ''}\n"
                    )


def test_no_request_fails_or_surprises(house: House, client: TestClient, ids: dict[str, int]):
    wrong = list(found(house, client, ids))
    assert not wrong, f"{len(wrong)} findings:\n\n" + "\n".join(wrong)
