"""What an administrator does: roles, the team, invitations, sessions, keys, and reading who did what."""

from __future__ import annotations

from datetime import timedelta

import pytest
from fastapi.testclient import TestClient
from tests.conftest import app_of

from regulars.core.errors import BadInput, Conflict
from regulars.workspace import api as workspace
from regulars.workspace import api_access
from regulars.workspace.contract import Reach
from regulars.workspace.logic import browser_words

WORDS = "four plain words here"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"


def _login(house, email, password=WORDS, agent=FIREFOX):
    browser = TestClient(app_of(house), raise_server_exceptions=False, headers={"User-Agent": agent})
    answer = browser.post("/api/login", json={"email": email, "password": password})
    assert answer.status_code == 200, answer.text
    browser.headers["X-CSRF-Token"] = browser.get("/api/me").json()["csrf"]
    return browser


def _invited(house, client, email, role, **reach):
    """Invite somebody and let them take the link; return their browser."""
    made = client.post("/api/invitations", json={"email": email, "role": role, **reach})
    assert made.status_code == 200, made.text
    token = made.json()["path"].partition("#")[2]
    taken = TestClient(app_of(house)).post(
        "/api/invitation/accept", json={"token": token, "name": "New", "password": WORDS}
    )
    assert taken.json() == {"email": email}
    return _login(house, email)


def _actions(client, **wanted):
    return [e["action"] for e in client.get("/api/audit", params=wanted).json()["items"]]


def test_an_invited_person_sets_name_and_password_and_has_the_role_and_reach_given(house, client):
    link = client.post(
        "/api/invitations", json={"email": "Ann@Shop.com ", "role": "store_manager", "brands": [1], "stores": ["S1"]}
    ).json()
    token = link["path"].partition("#")[2]
    assert [i["email"] for i in client.get("/api/invitations").json()["items"]] == ["ann@shop.com"]
    nobody = TestClient(app_of(house))
    opened = nobody.post("/api/invitation", json={"token": token}).json()
    assert (opened["email"], opened["new"], opened["role"]["zh"], opened["invited_by"]) == (
        "ann@shop.com", True, "店长", "Admin",
    )  # fmt: skip
    weak = nobody.post("/api/invitation/accept", json={"token": token, "name": "Ann", "password": "short"})
    assert weak.json()["code"] == "password.short"
    assert (
        nobody.post("/api/invitation/accept", json={"token": token, "name": "Ann", "password": WORDS}).status_code
        == 200
    )
    again = nobody.post("/api/invitation/accept", json={"token": token, "name": "Eve", "password": WORDS})
    assert (again.status_code, again.json()["code"]) == (404, "invitation.closed")
    me = _login(house, "ann@shop.com").get("/api/me").json()
    assert (me["user"]["name"], me["role"], [b["id"] for b in me["brands"]]) == ("Ann", "store_manager", [1])
    assert "customers.unmask" not in me["permissions"]
    assert client.get("/api/invitations").json()["items"] == []


def test_a_link_ends_by_time_by_taking_it_back_and_by_a_newer_one(house, client):
    first, second = (
        client.post("/api/invitations", json={"email": "ann@shop.com", "role": "analyst"}).json() for _ in range(2)
    )
    nobody = TestClient(app_of(house))

    def status(link):
        return nobody.post("/api/invitation", json={"token": link["path"].partition("#")[2]}).status_code

    assert (status(first), status(second)) == (404, 200)
    (one,) = client.get("/api/invitations").json()["items"]
    client.delete(f"/api/invitations/{one['id']}")
    assert status(second) == 404
    third = client.post("/api/invitations", json={"email": "ann@shop.com", "role": "analyst"}).json()
    with house.ctx() as ctx:
        ctx.tx.execute("update invitation set expires_at = expires_at - interval '8 days'")
    assert status(third) == 404
    with house.ctx() as ctx:
        hashes = ctx.tx.execute("select token_hash from invitation").fetchall()
    assert not any(third["path"].endswith(h["token_hash"]) for h in hashes)


def test_a_change_of_role_binds_the_very_next_request(house, client):
    made = client.post("/api/roles", json={"name": "客诉专员", "permissions": ["customers.read", "ingest.read"]}).json()
    ann = _invited(house, client, "ann@shop.com", made["key"])
    assert ann.get("/api/operations").status_code == 200
    body = {"name": "客诉专员", "permissions": ["customers.read"]}
    assert client.put(f"/api/roles/{made['key']}", json=body).json()["people"] == 1
    assert ann.get("/api/operations").status_code == 403
    user_id = ann.get("/api/me").json()["user"]["id"]
    client.put(f"/api/users/{user_id}", json={"role": "operator"})
    assert ann.get("/api/operations").status_code == 200
    assert client.delete(f"/api/roles/{made['key']}").status_code == 200
    (changed,) = client.get("/api/audit", params={"action": "user.access_changed"}).json()["items"]
    assert (changed["before"]["role"], changed["after"]["role"]) == (made["key"], "operator")
    assert changed["address"] == "testclient"


def test_roles_of_the_product_stand_and_roles_in_use_stay(client):
    assert client.delete("/api/roles/analyst").json()["code"] == "role.built_in"
    assert client.put("/api/roles/analyst", json={"name": "x", "permissions": ["audit.read"]}).status_code == 409
    made = client.post("/api/roles", json={"name": "Buyer", "permissions": ["insight.read"]}).json()
    client.post("/api/invitations", json={"email": "ann@shop.com", "role": made["key"]})
    assert client.delete(f"/api/roles/{made['key']}").json()["code"] == "role.in_use"
    assert client.post("/api/roles", json={"name": "buyer", "permissions": ["insight.read"]}).status_code == 409
    assert client.post("/api/roles", json={"name": "All", "permissions": ["*"]}).status_code == 422
    assert client.post("/api/roles", json={"name": "Odd", "permissions": ["moon.read"]}).status_code == 422


def test_somebody_disabled_is_out_at_once(house, client):
    ann = _invited(house, client, "ann@shop.com", "analyst")
    user_id = ann.get("/api/me").json()["user"]["id"]
    assert client.post(f"/api/users/{user_id}/disable").json()["disabled_at"]
    assert ann.get("/api/me").status_code == 401
    again = TestClient(app_of(house)).post("/api/login", json={"email": "ann@shop.com", "password": WORDS})
    assert again.status_code == 401
    client.post(f"/api/users/{user_id}/enable")
    assert ann.get("/api/me").status_code == 401, "the old session does not come back"
    assert _login(house, "ann@shop.com").get("/api/me").status_code == 200


def test_the_last_administrator_stays(house, client):
    other = _invited(house, client, "ann@shop.com", "administrator")
    admin_id = client.get("/api/me").json()["user"]["id"]
    ann_id = other.get("/api/me").json()["user"]["id"]
    assert client.post(f"/api/users/{admin_id}/disable").json()["code"] == "access.own"
    assert other.post(f"/api/users/{admin_id}/disable").status_code == 200
    with house.ctx() as ctx:
        with pytest.raises(Conflict, match="last administrator"):
            api_access.disable(ctx, ann_id)
        ctx.tx.rollback()
    with house.ctx() as ctx:
        with pytest.raises(Conflict, match="last administrator"):
            api_access.change_access(ctx, ann_id, "administrator", Reach(frozenset({1})))
        ctx.tx.rollback()
    assert other.get("/api/me").json()["role"] == "administrator"


def test_nobody_hands_out_more_than_they_have(house, client):
    made = client.post("/api/roles", json={"name": "Lead", "permissions": ["access.read", "access.write"]}).json()
    lead = _invited(house, client, "lead@shop.com", made["key"], brands=[1])
    plain = {"email": "x@shop.com", "role": made["key"]}
    for more in (
        {**plain, "role": "administrator", "brands": [1]},
        {**plain, "role": "analyst", "brands": [1]},
        {**plain, "brands": None},
        {**plain, "brands": [2]},
    ):
        assert lead.post("/api/invitations", json=more).json()["code"] == "access.beyond_own", more
    assert lead.post("/api/invitations", json={**plain, "brands": [1]}).status_code == 200
    assert lead.post("/api/roles", json={"name": "X", "permissions": ["access.read"]}).status_code == 403
    assert lead.post("/api/api-keys", json={"name": "x", "permissions": ["customers.read"]}).status_code == 403
    admin_id = client.get("/api/me").json()["user"]["id"]
    assert lead.put(f"/api/users/{admin_id}", json=plain | {"brands": [1]}).json()["code"] == "access.beyond_own"
    assert lead.post(f"/api/users/{admin_id}/password-link").status_code == 403
    with house.ctx() as ctx:
        api_access.invite(ctx, "far@shop.com", "analyst", Reach(frozenset({2})))
    assert [i["email"] for i in lead.get("/api/invitations").json()["items"]] == ["x@shop.com"]
    assert {m["name"] for m in lead.get("/api/users").json()["items"]} == {"Admin", "New"}


def test_passwords_that_others_would_try_first_are_refused(client):
    for password, code in (
        ("password123", "password.common"), ("aaaaaaaaaaaa", "password.common"),
        ("Admin-and-more", "password.own_name"), ("too short", "password.short"),
    ):  # fmt: skip
        answer = client.post("/api/me/password", json={"current": "correct horse", "new": password})
        assert (answer.status_code, answer.json()["code"]) == (422, code), password


def test_a_new_password_ends_the_other_sessions_and_wrong_ones_lock(house, client):
    other = _login(house, "admin@example.com", "correct horse")
    assert client.post("/api/me/password", json={"current": "correct horse", "new": WORDS}).status_code == 200
    assert client.get("/api/me").status_code == 200
    assert other.get("/api/me").status_code == 401
    for _ in range(5):
        wrong = client.post("/api/me/password", json={"current": "not it at all", "new": WORDS + "!"})
        assert wrong.json()["code"] == "password.wrong"
    right = client.post("/api/me/password", json={"current": WORDS, "new": WORDS + "!"})
    assert right.json()["code"] == "password.wrong", "locked after five"


def test_an_administrator_gives_a_link_to_somebody_who_forgot_the_password(house, client):
    ann = _invited(house, client, "ann@shop.com", "analyst")
    user_id = ann.get("/api/me").json()["user"]["id"]
    token = client.post(f"/api/users/{user_id}/password-link").json()["path"].partition("#")[2]
    nobody = TestClient(app_of(house))
    assert nobody.post("/api/invitation", json={"token": token}).json()["new"] is False
    nobody.post("/api/invitation/accept", json={"token": token, "password": "something quite new"})
    assert ann.get("/api/me").status_code == 401
    assert _login(house, "ann@shop.com", "something quite new").get("/api/me").json()["user"]["name"] == "New"


def test_one_sees_where_one_is_logged_in_and_ends_it(house, client):
    other = _login(house, "admin@example.com", "correct horse")
    here, there = client.get("/api/me/sessions").json()["items"], None
    there = next(s for s in here if not s["current"])
    assert (there["address"], there["browser"], len(here)) == ("testclient", "Firefox, Windows", 2)
    assert client.delete("/api/me/sessions", params={"session_id": there["id"]}).json() == {"ended": 1}
    assert other.get("/api/me").status_code == 401
    _login(house, "admin@example.com", "correct horse")
    assert client.delete("/api/me/sessions").json() == {"ended": 1}
    ann = _invited(house, client, "ann@shop.com", "analyst")
    user_id = ann.get("/api/me").json()["user"]["id"]
    assert len(client.get(f"/api/users/{user_id}/sessions").json()["items"]) == 1
    assert client.delete(f"/api/users/{user_id}/sessions").json() == {"ended": 1}
    assert ann.get("/api/me").status_code == 401


def test_browsers_are_told_in_words():
    assert browser_words("Mozilla/5.0 (iPhone; CPU iPhone OS 18_1) AppleWebKit MicroMessenger/8.0") == "WeChat, iPhone"
    assert browser_words("Mozilla/5.0 (Macintosh; Intel Mac OS X) Chrome/140 Safari/537 Edg/140") == "Edge, Mac"
    assert browser_words("something else") == ""


def test_a_key_is_told_once_and_lets_nobody_in_after_it_is_revoked(house, client):
    made = client.post("/api/api-keys", json={"name": "shop", "permissions": ["ingest.read"]}).json()["key"]
    (row,) = client.get("/api/api-keys").json()["items"]
    assert (row["name"], row["permissions"], row["last_used_at"], made in str(row)) == (
        "shop", ["ingest.read"], None, False,
    )  # fmt: skip
    machine = TestClient(app_of(house), headers={"Authorization": f"Bearer {made}"})
    assert machine.get("/api/operations").status_code == 200
    assert machine.put("/api/me", json={"name": "x"}).status_code == 401, "a key is nobody with an account"
    assert client.get("/api/api-keys").json()["items"][0]["last_used_at"]
    assert client.delete(f"/api/api-keys/{row['id']}").status_code == 200
    assert machine.get("/api/operations").status_code == 401
    assert client.delete(f"/api/api-keys/{row['id']}").status_code == 404


def test_the_log_is_searched_by_what_who_when_and_page_by_page(house, client):
    for name in ("A", "B", "C"):
        client.post("/api/api-keys", json={"name": name, "permissions": ["ingest.read"]})
    me = client.get("/api/me").json()["user"]
    first = client.get("/api/audit", params={"action": "api_key.created", "limit": 2}).json()
    rest = client.get(
        "/api/audit", params={"action": "api_key.created", "limit": 2, "cursor": first["next_cursor"]}
    ).json()
    assert [e["after"]["name"] for e in first["items"] + rest["items"]] == ["C", "B", "A"]
    assert rest["next_cursor"] is None
    assert _actions(client, actor_kind="user", actor_id=str(me["id"]), object_kind="user") == ["user.logged_in"]
    assert set(client.get("/api/audit/actions").json()) >= {"api_key.created", "user.logged_in", "user.saved"}
    day = first["items"][0]["at"][:10]
    assert len(_actions(client, since_on=day, until_on=day, action="api_key.created")) == 3
    assert _actions(client, until_on="2020-01-01") == []
    assert client.get("/api/audit", params={"cursor": "x"}).status_code == 422


def test_the_log_of_a_brand_is_read_by_whoever_reaches_it(house, client):
    client.post("/api/api-keys", json={"name": "one", "permissions": ["ingest.read"]})
    auditor = client.post("/api/roles", json={"name": "Auditor", "permissions": ["audit.read"]}).json()["key"]
    of_two = _invited(house, client, "two@shop.com", auditor, brands=[2])
    assert _actions(of_two) == []
    assert of_two.get("/api/audit", headers={"X-Brand-Id": "1"}).status_code == 403
    of_store = _invited(house, client, "store@shop.com", auditor, stores=["S1"])
    assert of_store.get("/api/audit").status_code == 403
    everywhere = _invited(house, client, "all@shop.com", auditor)
    assert {"api_key.created", "user.joined"} <= set(_actions(everywhere))


def test_a_refusal_is_kept_though_its_request_is_rolled_back(house, client):
    ann = _invited(house, client, "ann@shop.com", "service_agent")
    assert ann.get("/api/operations").status_code == 403
    (entry,) = client.get("/api/audit", params={"action": "access.refused", "actor_kind": "user"}).json()["items"]
    assert entry["after"] == {"method": "GET", "path": "/api/operations", "status": 403, "code": "forbidden"}
    assert (entry["actor_name"], entry["request_id"] != "", entry["address"]) == ("New", True, "testclient")


def test_a_session_is_seen_to_the_minute(house, client):
    with house.ctx() as ctx:
        ctx.tx.execute("update session set last_seen_at = last_seen_at - interval '1 hour'")
    client.get("/api/me")
    (row,) = client.get("/api/me/sessions").json()["items"]
    with house.ctx() as ctx:
        (seen,) = ctx.tx.execute("select last_seen_at - created_at < %s as near from session", [timedelta(minutes=1)])
    assert row["current"]
    assert seen["near"]


def test_users_of_the_command_line_get_the_role_that_fits(ctx):
    workspace.add_user(ctx, "a@shop.com", "A", WORDS, ["*"])
    workspace.add_user(ctx, "b@shop.com", "B", WORDS, ["insight.read", "customers.read"])
    workspace.add_user(ctx, "c@shop.com", "C", WORDS, ["customers.read", "insight.read"])
    rows = ctx.tx.execute("select role from app_user order by email").fetchall()
    assert rows[0]["role"] == "administrator"
    assert rows[1]["role"] == rows[2]["role"]
    with pytest.raises(BadInput, match="first that others"):
        workspace.add_user(ctx, "d@shop.com", "D", "qwertyuiop", ["*"])
