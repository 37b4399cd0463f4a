"""What waits for somebody: each kind to whoever may deal with it, and one that fails does not hide the others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.conftest import app_of

from regulars.core.ctx import Ctx
from regulars.core.errors import BadInput
from regulars.core.rule import parse
from regulars.segments import api as segments
from regulars.segments import store as segment_store
from regulars.workspace import api as workspace
from regulars.workspace import api_access, needs
from regulars.workspace.contract import Reach


def waiting(client: TestClient) -> dict[str, tuple[int, list[str]]]:
    page = client.get("/api/needs").json()
    assert page["total"] == len(page["items"])
    return {need["kind"]: (need["count"], [one["name"] for one in need["first"]]) for need in page["items"]}


def test_nothing_waits_in_a_new_house(client: TestClient) -> None:
    assert client.get("/api/needs").json() == {"items": [], "next_cursor": None, "total": 0}


def test_what_waits_is_listed_by_kind_with_names(client: TestClient, house) -> None:
    with house.ctx(1) as ctx:
        failed = workspace.start_operation(ctx, "import", "broken.csv")
        workspace.fail(ctx, failed.id, "no such column")
        again = workspace.start_operation(ctx, "import", "mended.csv")
        workspace.fail(ctx, again.id, "no such column")
        workspace.finish(ctx, workspace.start_operation(ctx, "import", "mended.csv").id, {})
        slow = workspace.start_operation(ctx, "suggest", "duplicates")
        ctx.tx.execute(
            "update operation set updated_at = updated_at - interval '1 hour' where id = %(id)s", {"id": slow.id}
        )
        rule = parse({"op": "ge", "field": "person.purchase_number", "value": 8})
        kept = segments.create(ctx, name="Loyal", rule=rule)
        segment_store.set_state(ctx, kept.id, "failed", "the lake was away")
        invited, _ = api_access.invite(ctx, "lin@shop.com", "store_manager", Reach())
        ctx.tx.execute(
            "update invitation set expires_at = %(at)s where id = %(id)s",
            {"at": ctx.clock.system_now() + timedelta(hours=5), "id": invited.id},
        )
        api_access.invite(ctx, "later@shop.com", "store_manager", Reach())
    assert waiting(client) == {
        "invitations_ending": (1, ["lin@shop.com"]),
        "segments_failed": (1, ["Loyal"]),
        "tasks_failed": (1, ["broken.csv"]),
        "tasks_stuck": (1, ["duplicates"]),
    }


def test_each_sees_what_they_may_deal_with(client: TestClient, house) -> None:
    with house.ctx(1) as ctx:
        workspace.fail(ctx, workspace.start_operation(ctx, "import", "broken.csv").id, "no such column")
    with house.ctx() as ctx:
        workspace.add_user(ctx, "reader@example.com", "Reader", "correct horse", ["segments.read"])
    with TestClient(app_of(house), base_url="http://testserver") as reader:
        reader.post("/api/login", json={"email": "reader@example.com", "password": "correct horse"})
        assert waiting(reader) == {}
    assert "tasks_failed" in waiting(client)


def test_a_room_that_cannot_tell_says_so_and_the_others_go_on(ctx: Ctx, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(own: Ctx) -> tuple[int, list[workspace.Waiting]]:
        own.tx.execute("select 1 / 0")
        raise BadInput("never reached", "")

    monkeypatch.setattr(needs, "_finds", {"a": ("x", broken), "b": ("x", lambda _: (2, []))})
    assert [(one.kind, one.count, one.failed) for one in workspace.needs(ctx)] == [("a", 0, True), ("b", 2, False)]
