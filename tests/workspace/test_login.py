"""Getting in: second factors, a provider of sign-ins, attempts from one address, and the first user."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx2
import oidc_provider_mock
import pytest
from fastapi.testclient import TestClient
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import app_of

from regulars.app.asgi import configured, create_app
from regulars.platforms.api_oidc import Provider
from regulars.workspace import api as workspace
from regulars.workspace import api_access, api_login, second_factor
from regulars.workspace.contract import Reach

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the provider is not ours to mend
WORDS = "four plain words here"
RFC_SECRET = b"12345678901234567890"


# --- codes ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("second", "code"),
    [(59, "287082"), (1111111109, "081804"), (1111111111, "050471"), (1234567890, "005924"), (2000000000, "279037")],
)
def test_codes_are_those_of_rfc_6238(second, code):
    at = datetime.fromtimestamp(second, UTC)
    assert second_factor.code_at(RFC_SECRET, second_factor.step_of(at)) == code


@given(st.binary(min_size=20, max_size=20), st.integers(10**9, 2 * 10**9), st.integers(-1, 1))
def test_a_code_is_good_once_and_for_the_neighbouring_half_minutes(secret, second, off):
    at = datetime.fromtimestamp(second, UTC)
    code = second_factor.code_at(secret, second_factor.step_of(at) + off)
    step = second_factor.accepted_step(secret, f"{code[:3]} {code[3:]}", at, 0)
    assert step is not None
    later = at + timedelta(seconds=second_factor.STEP_S)
    again = second_factor.accepted_step(secret, code, later, step)
    assert again is None or second_factor.code_at(secret, again) == code  # two half minutes may share a code
    assert again is None or again > step


# --- second factor over HTTP ------------------------------------------------------------------------------
def _browser(house) -> TestClient:
    return TestClient(app_of(house), raise_server_exceptions=False, follow_redirects=False)


def _login(house, email="ann@shop.com", code=""):
    browser = _browser(house)
    answer = browser.post("/api/login", json={"email": email, "password": WORDS, "code": code})
    if answer.status_code == 200:
        browser.headers["X-CSRF-Token"] = browser.get("/api/me").json()["csrf"]
    return browser, answer


def _secret(browser) -> bytes:
    typed = browser.post("/api/me/second-factor").json()["secret"]
    return base64.b32decode(typed)


def _code(house, secret: bytes, off: int = 0) -> str:
    with house.ctx() as ctx:
        return second_factor.code_at(secret, second_factor.step_of(ctx.clock.system_now()) + off)


@pytest.fixture
def ann(house):
    with house.ctx() as ctx:
        workspace.add_user(ctx, "ann@shop.com", "Ann", WORDS, ["*"])
    browser, _ = _login(house)
    return browser


def _turn_on(house, browser) -> tuple[bytes, list[str]]:
    secret = _secret(browser)
    answer = browser.post("/api/me/second-factor/confirm", json={"code": _code(house, secret, -1)})
    assert answer.status_code == 200, answer.text
    return secret, answer.json()["codes"]


def test_with_a_second_factor_the_password_alone_opens_nothing(house, ann):
    secret, _ = _turn_on(house, ann)
    assert ann.get("/api/me").json()["second_factor"] is True
    assert _login(house)[1].json()["code"] == "login.code_needed"
    assert _login(house, code="000000")[1].json()["code"] == "login.code_wrong"
    code = _code(house, secret)
    assert _login(house, code=code)[1].status_code == 200
    assert _login(house, code=code)[1].json()["code"] == "login.code_wrong"  # it was looked over somebody's shoulder


def test_a_secret_counts_only_once_a_code_has_confirmed_it(house, ann):
    _secret(ann)
    wrong = ann.post("/api/me/second-factor/confirm", json={"code": "000000"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "second_factor.wrong_code")
    assert _login(house)[1].status_code == 200


def test_each_recovery_code_opens_once(house, ann):
    _, codes = _turn_on(house, ann)
    assert len(set(codes)) == second_factor.RECOVERY_CODES
    assert _login(house, code=codes[3].upper())[1].status_code == 200
    assert _login(house, code=codes[3])[1].json()["code"] == "login.code_wrong"
    assert _login(house, code=codes[4].replace("-", " "))[1].status_code == 200


def test_wrong_codes_lock_the_account_as_wrong_passwords_do(house, ann):
    secret, _ = _turn_on(house, ann)
    for _ in range(5):
        _login(house, code="000000")
    assert _login(house, code=_code(house, secret))[1].json()["code"] == "login.failed"


def test_turning_it_on_ends_the_sessions_that_a_password_began(house, ann):
    other, _ = _login(house)
    _turn_on(house, ann)
    assert other.get("/api/me").status_code == 401
    assert ann.get("/api/me").status_code == 200


def test_turning_it_off_takes_the_password(house, ann):
    _turn_on(house, ann)
    wrong = ann.post("/api/me/second-factor/end", json={"password": "not mine at all"})
    assert wrong.json()["code"] == "password.wrong"
    assert ann.post("/api/me/second-factor/end", json={"password": WORDS}).status_code == 200
    assert _login(house)[1].status_code == 200


def test_an_administrator_helps_somebody_who_lost_the_telephone(house, client, ann):
    _turn_on(house, ann)
    members = client.get("/api/users").json()["items"]
    member = next(m for m in members if m["email"] == "ann@shop.com")
    assert member["second_factor"] is True
    assert client.post(f"/api/users/{member['id']}/second-factor/reset").json()["second_factor"] is False
    assert ann.get("/api/me").status_code == 401
    assert _login(house)[1].status_code == 200
    actions = [e["action"] for e in client.get("/api/audit").json()["items"]]
    assert "user.second_factor_reset" in actions


def test_where_everybody_needs_one_nothing_else_is_open_until_it_is_there(house, client, ann):
    own = client.put("/api/login/policy", json={"second_factor_required": True})
    assert (own.status_code, own.json()["code"]) == (409, "second_factor.own")  # or nobody could turn it off again
    _turn_on(house, client)
    assert client.put("/api/login/policy", json={"second_factor_required": True}).status_code == 200
    assert ann.get("/api/me").json()["second_factor_needed"] is True
    refused = ann.get("/api/customers")
    assert (refused.status_code, refused.json()["code"]) == (403, "second_factor.needed")
    _turn_on(house, ann)
    assert ann.get("/api/customers").status_code == 200


def test_the_secret_is_sealed_and_no_log_holds_a_code(house, ann):
    secret, codes = _turn_on(house, ann)
    with house.ctx() as ctx:
        row = ctx.tx.execute(
            "select totp_secret, recovery_hashes from app_user where email = 'ann@shop.com'"
        ).fetchone()
        entries = str(ctx.tx.execute("select before, after from audit_entry").fetchall())
    assert secret not in bytes(row["totp_secret"])
    assert not set(codes) & set(row["recovery_hashes"])
    assert not any(code in entries for code in codes)


def test_many_refused_logins_from_one_address_are_stopped_and_written_down(house, client):
    browser = _browser(house)
    answers = [browser.post("/api/login", json={"email": f"nobody{n}@shop.com", "password": "x"}) for n in range(31)]
    assert [a.status_code for a in answers] == [401] * 30 + [429]
    assert int(answers[-1].headers["Retry-After"]) == 300
    refused = client.get("/api/audit", params={"action": "user.login_refused"}).json()["items"]
    assert refused[0]["address"] == "testclient"
    assert "nobody" not in str(refused)


PROXY = "10.0.0.9"


@contextmanager
def _behind(house, proxies: str) -> Iterator[Callable[[str], int]]:
    """Give a way to log in wrongly over a connection from PROXY, as the web process serves it; it returns the status.

    It takes what X-Forwarded-For says.
    """
    served = configured(lambda: create_app(house), proxies)
    served.load()
    with TestClient(served.loaded_app, raise_server_exceptions=False, client=(PROXY, 40_000)) as browser:
        wrong = {"email": "nobody@shop.com", "password": "x"}
        yield (
            lambda forwarded: browser.post("/api/login", json=wrong, headers={"X-Forwarded-For": forwarded}).status_code
        )


def _refused_from(house) -> set[str]:
    with house.ctx() as ctx:
        rows = ctx.tx.execute("select address from audit_entry where action = 'user.login_refused'").fetchall()
    return {row["address"] for row in rows}


@pytest.mark.parametrize("proxies", ["", "10.0.0.8"])
def test_a_forged_address_does_not_get_around_the_limit_of_logins(house, proxies):
    with _behind(house, proxies) as login:
        assert [login(f"198.51.100.{n}") for n in range(31)] == [401] * 30 + [429]
    assert _refused_from(house) == {PROXY}


def test_behind_a_named_proxy_the_address_counts_that_the_proxy_itself_saw(house):
    with _behind(house, PROXY) as login:
        assert [login(f"198.51.100.{n}, 203.0.113.9") for n in range(31)] == [401] * 30 + [429]
        assert login("203.0.113.10") == 401
    assert _refused_from(house) == {"203.0.113.9", "203.0.113.10"}


# --- sign-in by a provider --------------------------------------------------------------------------------
def _claims(email: str, *, verified: bool = True) -> dict[str, object]:
    return {"email": email, "email_verified": verified, "name": "林岚"}


@pytest.fixture(scope="module")
def provider():
    """An OpenID Connect provider of others' making, over HTTP on this machine."""
    people = [
        oidc_provider_mock.User(sub="lin", claims=_claims("lin@shop.com")),
        oidc_provider_mock.User(sub="lin2", claims=_claims("lin@shop.com")),
        oidc_provider_mock.User(sub="claims-lin", claims=_claims("lin@shop.com", verified=False)),
        oidc_provider_mock.User(sub="stranger", claims=_claims("stranger@else.com")),
    ]
    with oidc_provider_mock.run_server_in_thread(user_claims=people, require_nonce=True) as server:
        yield f"http://localhost:{server.server_port}"


@pytest.fixture
def by_provider(house, provider):
    house.provider = Provider(provider, "regulars", "a secret", name="Shop ID")
    return house


def _come_back(browser, subject: str, onward: str = "/"):
    away = browser.get("/api/login/provider", params={"next": onward})
    assert away.status_code == 303, away.text
    asked = parse_qs(urlsplit(away.headers["location"]).query)
    assert asked["code_challenge_method"] == ["S256"]
    granted = httpx2.post(away.headers["location"], data={"sub": subject})
    assert granted.status_code == 302, granted.text
    back = urlsplit(granted.headers["location"])
    return browser.get(f"{back.path}?{back.query}")


def _invite(house, email="lin@shop.com"):
    with house.ctx() as ctx:
        api_access.invite(ctx, email, "analyst", Reach())


def test_whoever_was_invited_gets_in_by_the_provider_without_a_password(by_provider):
    _invite(by_provider)
    browser = _browser(by_provider)
    assert browser.get("/api/login/options").json()["provider"] == "Shop ID"
    answer = _come_back(browser, "lin", "/segments?page=2")
    assert (answer.status_code, answer.headers["location"]) == (303, "/segments?page=2")
    me = browser.get("/api/me").json()
    assert (me["user"]["email"], me["user"]["name"], me["role"]) == ("lin@shop.com", "林岚", "analyst")
    assert _come_back(_browser(by_provider), "lin").headers["location"] == "/"


def test_a_user_is_bound_to_the_first_subject_that_came(by_provider):
    with by_provider.ctx() as ctx:
        workspace.add_user(ctx, "lin@shop.com", "Lin", WORDS, ["insight.read"])
    assert _come_back(_browser(by_provider), "lin").headers["location"] == "/"
    refused = _come_back(_browser(by_provider), "lin2")
    assert refused.headers["location"] == "/login?refused=login.not_invited"


@pytest.mark.parametrize("subject", ["claims-lin", "stranger"])
def test_an_address_that_is_not_verified_or_not_known_opens_nothing(by_provider, client, subject):
    _invite(by_provider)
    browser = _browser(by_provider)
    assert _come_back(browser, subject).headers["location"] == "/login?refused=login.not_invited"
    assert browser.get("/api/me").status_code == 401
    refused = client.get("/api/audit", params={"action": "user.login_refused"}).json()["items"]
    assert refused[0]["after"] == {"why": "login.not_invited"}


def test_a_sign_in_that_another_browser_began_is_refused(by_provider):
    _invite(by_provider)
    away = _browser(by_provider).get("/api/login/provider")
    granted = httpx2.post(away.headers["location"], data={"sub": "lin"})
    back = urlsplit(granted.headers["location"])
    victim = _browser(by_provider)
    assert victim.get(f"{back.path}?{back.query}").headers["location"] == "/login?refused=login.provider"
    victim.get("/api/login/provider")
    assert victim.get(f"{back.path}?{back.query}").headers["location"] == "/login?refused=login.provider"


def test_a_code_is_good_once(by_provider):
    _invite(by_provider)
    browser = _browser(by_provider)
    away = browser.get("/api/login/provider")
    back = urlsplit(httpx2.post(away.headers["location"], data={"sub": "lin"}).headers["location"])
    kept = browser.cookies.get("regulars_sign_in")
    assert browser.get(f"{back.path}?{back.query}").headers["location"] == "/"
    replay = _browser(by_provider)
    replay.cookies.set("regulars_sign_in", kept)
    assert replay.get(f"{back.path}?{back.query}").headers["location"] == "/login?refused=login.provider"


@pytest.mark.parametrize("onward", ["https://else.com/", "//else.com", "/\\else.com", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site_after_signing_in(by_provider, onward):
    _invite(by_provider)
    assert _come_back(_browser(by_provider), "lin", onward).headers["location"] == "/"


def test_a_provider_that_is_away_leads_back_to_the_login_page(house):
    house.provider = Provider("http://127.0.0.1:9", "regulars", "a secret", wait_s=1)
    answer = _browser(house).get("/api/login/provider")
    assert answer.headers["location"] == "/login?refused=oidc.away"


def test_a_session_by_the_provider_needs_no_second_factor_of_ours(by_provider, client):
    _turn_on(by_provider, client)
    client.put("/api/login/policy", json={"second_factor_required": True})
    _invite(by_provider)
    browser = _browser(by_provider)
    _come_back(browser, "lin")
    assert browser.get("/api/segments").status_code == 200


# --- the first user ---------------------------------------------------------------------------------------
FIRST = {
    "name": "周敏", "email": "min@shop.com", "password": WORDS, "brand_name": "晴川女装", "zone": "Asia/Shanghai",
    "currency": "CNY",
}  # fmt: skip


def test_the_first_user_is_made_by_the_link_that_the_server_prints(house):
    with house.ctx() as ctx:
        token = api_login.setup_token(ctx)
    browser = _browser(house)
    assert browser.get("/api/login/options").json()["new"] is True
    assert browser.post("/api/setup", json=FIRST | {"token": "guessed"}).status_code == 404
    assert browser.post("/api/setup", json=FIRST | {"token": token}).status_code == 200
    assert _login(house, "min@shop.com")[0].get("/api/me").json()["brands"][0]["name"] == "晴川女装"
    assert browser.post("/api/setup", json=FIRST | {"token": token, "email": "b@shop.com"}).status_code == 404
    with house.ctx() as ctx:
        assert api_login.setup_token(ctx) is None


@pytest.mark.parametrize(
    ("wrong", "code"),
    [({"password": "short"}, "password.short"), ({"zone": "Mars/North"}, "bad_input"), ({"email": "x"}, "bad_input")],
)
def test_a_mistake_at_the_first_step_makes_nothing(house, wrong, code):
    with house.ctx() as ctx:
        token = api_login.setup_token(ctx)
    answer = _browser(house).post("/api/setup", json=FIRST | {"token": token} | wrong)
    assert (answer.status_code, answer.json()["code"]) == (422, code)
    with house.ctx() as ctx:
        assert api_login.is_new(ctx)
