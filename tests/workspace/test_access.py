"""Who gets in, who may do what, and what is written down about it."""

from __future__ import annotations

import base64
from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.conftest import app_of

from regulars.core.errors import BadInput, NotFound
from regulars.workspace import api as workspace


def _login(house, email, password):
    browser = TestClient(app_of(house), raise_server_exceptions=False)
    answer = browser.post("/api/login", json={"email": email, "password": password})
    if answer.status_code == 200:
        browser.headers["X-CSRF-Token"] = browser.get("/api/me").json()["csrf"]
    return browser, answer


def test_nobody_gets_in_without_a_login(house):
    answer = TestClient(app_of(house)).get("/api/me")
    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["code"] == "unauthenticated"
    assert answer.json()["hint"]


def test_after_logging_in_the_console_knows_who_where_and_when(client):
    me = client.get("/api/me").json()
    assert me["user"]["email"] == "admin@example.com"
    assert me["permissions"] == ["*"]
    assert me["brand_id"] == 1
    assert me["brands"][0]["currency"] == "GBP"
    assert me["frozen"] is True
    assert me["business_on"] == "2011-12-10"


def test_logging_out_ends_the_session(client):
    assert client.post("/api/logout").status_code == 200
    assert client.get("/api/me").status_code == 401


def test_a_write_without_the_csrf_token_is_refused(client):
    del client.headers["X-CSRF-Token"]
    answer = client.post("/api/operations/1/cancel")
    assert answer.status_code == 403
    assert answer.json()["code"] == "csrf"


def test_a_role_without_the_permission_is_told_which_one_it_needs(house):
    with house.ctx() as ctx:
        workspace.add_user(ctx, "reader@example.com", "Reader", "only reading", ["insight.read"])
    browser, _ = _login(house, "reader@example.com", "only reading")
    answer = browser.get("/api/operations")
    assert answer.status_code == 403
    assert "ingest.read" in answer.json()["detail"]


def test_a_user_of_one_brand_does_not_reach_another(house):
    with house.ctx() as ctx:
        workspace.add_user(ctx, "one@example.com", "One", "just the one", ["*"])
        ctx.tx.execute("update app_user set brands = '{1}' where email = 'one@example.com'")
    browser, _ = _login(house, "one@example.com", "just the one")
    assert [b["id"] for b in browser.get("/api/me").json()["brands"]] == [1]
    assert browser.get("/api/operations", headers={"X-Brand-Id": "2"}).status_code == 403


def test_five_wrong_passwords_lock_the_account_and_the_answer_does_not_tell(house):
    with house.ctx() as ctx:
        workspace.add_user(ctx, "slow@example.com", "Slow", "the right one", ["*"])
    answers = [_login(house, "slow@example.com", "wrong")[1] for _ in range(5)]
    locked = _login(house, "slow@example.com", "the right one")[1]
    nobody = _login(house, "nobody@example.com", "x")[1]
    assert {a.status_code for a in answers} == {401}
    assert locked.status_code == 401
    assert locked.json()["detail"] == nobody.json()["detail"]


def test_an_api_key_works_for_its_brand_and_permissions_only(house):
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "shop", ["ingest.read"])
    browser = TestClient(app_of(house), raise_server_exceptions=False)
    basic = {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}
    assert browser.get("/api/operations", headers=basic).status_code == 200
    assert browser.post("/api/operations/1/cancel", headers=basic).status_code == 403
    assert browser.get("/api/operations", headers={"Authorization": "Basic rubbish"}).status_code == 401
    with house.ctx() as ctx:
        (used,) = ctx.tx.execute("select last_used_at from api_key").fetchall()
    assert used["last_used_at"] is not None


def test_secrets_are_stored_as_hashes_only(house, client):
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "shop", ["ingest.write"])
        stored = ctx.tx.execute(
            "select u.password_hash, s.token_hash, k.key_hash from app_user u, session s, api_key k"
        ).fetchone()
    assert key not in stored.values()
    assert client.cookies["regulars_session"] not in stored.values()
    assert stored["password_hash"].startswith("$argon2id$")


def test_every_write_leaves_an_audit_row_in_its_own_transaction(db, make_ctx):
    with db.tx() as tx:
        workspace.set_setting(make_ctx(tx), "quiet_hours", {"from": 21, "to": 9})
        tx.rollback()
        assert tx.execute("select count(*) as n from audit_entry").fetchone()["n"] == 0
    with db.tx() as tx:
        workspace.set_setting(make_ctx(tx), "quiet_hours", {"from": 21, "to": 9})
    with db.tx() as tx:
        row = tx.execute("select action, object_id, before, after from audit_entry").fetchone()
    assert row == {"action": "setting.changed", "object_id": "quiet_hours", "before": None,
                   "after": {"from": 21, "to": 9}}  # fmt: skip


def test_frozen_time_advances_by_whole_business_days(house):
    with house.ctx(1) as ctx:
        workspace.advance_days(ctx, 2)
    with house.ctx(1) as ctx:
        assert ctx.today.isoformat() == "2011-12-12"
        workspace.freeze(ctx, None)
    with house.ctx(1) as ctx, pytest.raises(BadInput, match="runs by itself"):
        workspace.advance_days(ctx, 1)


def test_a_long_task_shows_progress_and_can_be_cancelled(ctx, clock):
    task = workspace.start_operation(ctx, "import", "orders.csv", total=100, unit="lines")
    clock.advance(timedelta(seconds=10))
    workspace.progress(ctx, task.id, 40)
    workspace.cancel(ctx, task.id)
    assert workspace.cancel_requested(ctx, task.id)
    workspace.finish(ctx, task.id, {"lines": 40}, state="cancelled")
    ended = workspace.operation(ctx, task.id)
    assert (ended.state, ended.done, ended.result) == ("cancelled", 40, {"lines": 40})
    assert ended.finished_at is not None
    workspace.cancel(ctx, task.id)
    assert workspace.operation(ctx, task.id) == ended, "one that has ended stays as it ended"
    with pytest.raises(NotFound):
        workspace.operation(ctx, task.id + 1)
