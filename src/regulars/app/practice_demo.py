"""The practice hour: a brand on Tmall, Douyin and WeCom, played by the sandbox and lived through by the product.

The sandbox and the server are processes of their own; everything between them goes over HTTP, by the real clients.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import time as clock_time
from datetime import timedelta
from typing import Any

import httpx2
from rich.console import Console

from regulars.app.boot import House
from regulars.app.demo import Login, kept_login
from regulars.app.settings import Settings
from regulars.app.stores import ensure_stores
from regulars.channels import api_delivery, api_receipts
from regulars.channels.contract import Message, QuietHours
from regulars.core.clock import day_start
from regulars.core.ctx import Ctx
from regulars.core.errors import Conflict, NotFound, Unavailable
from regulars.core.rule import parse
from regulars.infra import event_log
from regulars.ingest import api_sources as sources
from regulars.journeys import api as journeys
from regulars.journeys.contract import Campaign, Draft
from regulars.platforms import api as platforms
from regulars.profiles import api as profiles
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars.workspace import api_accounts
from regulars.workspace.contract import Brand

BRAND = Brand(1, "practice", "瑞果生鲜 · 演练 Practice", "Asia/Shanghai", "CNY")
TMALL, DOUYIN = "瑞果天猫旗舰店", "瑞果抖音店"
SCENARIO = "brand_hour"
SANDBOX_PORT = 8900
SEND_AT_S = 35 * 60
"""Into the hour: enough people have bought, and enough of it is left for what comes back."""
BUYERS = "本小时买过的客户 · Bought in this hour"
TWICE = "本小时买过两次及以上 · Bought twice in this hour"
SMS = "会员价短信 · Members' price by SMS"
WECOM = "导购问候 · A guide's greeting"
_SENDERS = {"webhook": "register"}
"""Who in the sandbox sends to a connector, where it is not called the same."""
_READY, _PLAYED = "practice_ready", "practice_played"
_PATIENCE_S, _LOOK_S, _SETTLE_S = 180.0, 1.0, 3.0
_TODAY = {"kind": "last_days", "days": 1}
_NO_QUIET = QuietHours(clock_time(0), clock_time(0))
"""The hour is played at whatever time of day, and reaches nobody who could be woken."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Places:
    """Where it runs. hooks: by platform of the sandbox, the paths to which its messages go."""

    sandbox: str
    console: str
    hooks: Mapping[str, str]


# --- making ---------------------------------------------------------------------------------------------------
def prepare(house: House, sandbox: str) -> tuple[Login, dict[str, str]]:
    """Make the brand, its sources, segments and campaigns, led to the sandbox; return the login and the hooks.

    Raises: Conflict when this home holds something else.
    """
    with house.ctx() as ctx:
        if workspace.setting(ctx, "demo_ready"):
            raise Conflict(
                "This home holds the retailer's year, in which time stands still.",
                "Give practice a home of its own: make demo PRACTICE=1, or set REGULARS_HOME.",
            )
        login = kept_login(ctx, house.settings.home_path)
        workspace.add_brand(ctx, BRAND)
    offered = platforms.offered_by_sandbox(sandbox)
    with house.ctx(BRAND.id) as ctx:
        platforms.begin_practice(ctx, sandbox, offered)
        api_accounts.set_for_practice(ctx, on=True)
        if not workspace.setting(ctx.for_brand(0), _READY):
            _connect(ctx, sandbox)
            _plan(ctx)
            workspace.set_setting(ctx.for_brand(0), _READY, {"brand": BRAND.key})
        return login, _hooks(ctx)


def _accounts(ctx: Ctx) -> dict[str, int]:
    return {one.platform: one.id for one in platforms.accounts(ctx) if one.world == "practice"}


def _connect(ctx: Ctx, sandbox: str) -> None:
    account = _accounts(ctx)
    register = _told(f"{sandbox}/accounts")["register"]["secret"]
    for connector, name, more in (
        ("taobao", "天猫旗舰店 · Tmall", {"account_id": account["taobao"], "config": {"shop": TMALL}}),
        ("douyin_shop", "抖音小店 · Douyin", {"account_id": account["douyin_shop"], "config": {"shop": DOUYIN}}),
        ("wecom", "企业微信 · WeCom", {"account_id": account["wecom"], "config": {"phones": True}}),
        ("webhook", "会员系统 · Register of members", {"config": {"shop": TMALL, "secret": register}}),
    ):
        sources.connect(ctx, connector, {"name": name, **more})


def _hooks(ctx: Ctx) -> dict[str, str]:
    """Return the paths that the sandbox's messages go to, by its platforms."""
    hooks = {_SENDERS.get(one.connector, one.connector): f"/hooks/sources/{one.hook}" for one in sources.connected(ctx)}
    account = platforms.account(ctx, _accounts(ctx)["aliyun"])
    return {**hooks, "aliyun": f"/hooks/receipts/{platforms.hook_of(account)}", "links": ""}


def _plan(ctx: Ctx) -> None:
    bought: dict[str, Any] = {
        "op": "did", "relation": "order", "window": _TODAY, "measure": "count", "compare": "ge", "value": 1,
    }  # fmt: skip
    made = segments.create(ctx, name=BUYERS, rule=parse(bought), description="今天买过，在天猫或抖音。")
    twice = parse({**bought, "value": 2})
    segments.create(ctx, name=TWICE, rule=twice, description="同一个人在天猫与抖音的订单合在一起数。")
    account = _accounts(ctx)
    text_sms = {
        "account_id": account["aliyun"],
        "sign_name": "瑞果生鲜",
        "template_code": "SMS_100004",
        "template_text": "您的会员价已留好，今晚前有效：https://t.sandbox.example/l/${code} 拒收请回复R",
        "params": {"code": "{{ link | split: '/' | last }}"},
        "opt_out": "拒收请回复R",
    }
    body = "您的会员价已留好，今晚前有效：{{ link }} 拒收请回复R"
    for name, channel, config, message in (
        (SMS, "sms_aliyun", text_sms, Message("", body, "https://shop.example/members")),
        (WECOM, "wecom_message", {"account_id": account["wecom"]}, Message("", "新一批蜜橘到了，会员价给您留着。")),
    ):
        journeys.create(
            ctx,
            Draft(name, made.id, channel, config, message, holdout_bp=1_000, quiet_hours=_NO_QUIET, window_days=7),
        )


# --- running --------------------------------------------------------------------------------------------------
@contextmanager
def sandbox_beside(settings: Settings, port: int) -> Generator[str]:
    """Let the sandbox run in a process of its own; yield its address. Raises: Unavailable."""
    command = (sys.executable, "-m", "regulars.app.cli", "sandbox", "--port", str(port))
    url = f"http://127.0.0.1:{port}"
    with _process(command, settings, "sandbox"):
        _wait(lambda: _answers(f"{url}/accounts"), "the sandbox to answer")
        yield url


@contextmanager
def served(settings: Settings, port: int) -> Generator[subprocess.Popen[bytes]]:
    """Let the whole product be served by a process of its own. Raises: Unavailable."""
    command = (sys.executable, "-m", "regulars.app.cli", "serve", "--host", settings.host, "--port", str(port))
    with _process(command, settings, "practice-serve") as process:
        _wait(lambda: _answers(f"http://{settings.host}:{port}/healthz"), "the console to answer")
        yield process


@contextmanager
def _process(command: Sequence[str], settings: Settings, name: str) -> Generator[subprocess.Popen[bytes]]:
    folder = settings.home_path / "log"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.log").open("wb") as log:
        env = {**os.environ, "REGULARS_HOME": str(settings.home_path)}
        process = subprocess.Popen(command, stdout=log, stderr=log, env=env)  # noqa: S603 - of ourselves
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def play(house: House, places: Places, minutes: float, console: Console) -> dict[str, Any]:
    """Let the hour pass and return `compared`, once both sides agree or patience has ended.

    Raises: Conflict when it was played in this home: the sandbox begins anew, and would tell the same once more.
    """

    def say(words: str) -> None:
        console.print(f"  {words}", highlight=False)

    if _was_played(house):
        raise Conflict("The hour was played in this home already.", "Remove the folder to play it once more.")
    with house.ctx() as ctx:
        workspace.set_setting(ctx, _PLAYED, {"scenario": SCENARIO})
    for key, path in places.hooks.items():
        _told(f"{places.sandbox}/control/callbacks", {"platform": key, "url": f"{places.console}{path}"})
    say(f"An hour of a brand begins; it takes {minutes:g} minutes. Watch it: {places.console}")
    _told(f"{places.sandbox}/control/play?name={SCENARIO}&minutes={minutes}", {})
    _through_the_hour(house, places, say)
    return _settled(house, places, say)


def _through_the_hour(house: House, places: Places, say: Say) -> None:
    sent, tens = False, 0
    while True:
        played = _told(f"{places.sandbox}/control/play")
        if played["at_s"] >= SEND_AT_S and not sent:
            sent = True
            for name in (SMS, WECOM):
                say(f"{SEND_AT_S // 60} min: {name}: {_published(house, name):,} people")
        if played["at_s"] // 600 > tens:
            tens = int(played["at_s"] // 600)
            say(f"{tens * 10} min: {_so_far(house)}")
        if played["ended"]:
            return
        time.sleep(_LOOK_S)


def _published(house: House, name: str) -> int:
    """Publish a campaign for whoever is in its segment now; somebody who joins in between is looked at again."""
    for attempt in range(5):
        try:
            with house.ctx(BRAND.id) as ctx:
                campaign = _campaign(ctx, name)
                people = journeys.plan(ctx, campaign.id).people
                journeys.publish(ctx, campaign.id, confirm_people=people)
                return people
        except Conflict as error:
            if attempt == 4 or error.code != "campaign.people_changed":
                raise
    raise AssertionError("unreachable")


def _so_far(house: House) -> str:
    found = ours(house)
    size = found["segments"]
    return (
        f"{found['people']:,} people, {found['paid']:,} paid orders, {size[BUYERS]:,} bought, {size[TWICE]:,} twice; "
        f"{found['sms']['messages']:,} SMS, {found['wecom']['messages']:,} on WeCom"
    )


def _settled(house: House, places: Places, say: Say) -> dict[str, Any]:
    say("The hour is over; what is still on its way is waited for.")
    until = time.monotonic() + _PATIENCE_S
    while True:
        with house.ctx(BRAND.id) as ctx:
            for one in sources.connected(ctx):
                sources.read_now(ctx, one.id)
        api_receipts.ask(house.db, house.make_ctx, BRAND.id)
        time.sleep(_SETTLE_S)
        found = compared(house, places.sandbox)
        if (found["agree"] and _followed(house)) or time.monotonic() > until:
            return found


def _followed(house: House) -> bool:
    with house.ctx() as ctx:
        return event_log.slowest(ctx).events == 0


# --- figures --------------------------------------------------------------------------------------------------
def compared(house: House, sandbox: str) -> dict[str, Any]:
    """Return what the product counts beside what the sandbox says it did, and whether they agree."""
    mine, facts = ours(house), _told(f"{sandbox}/control/facts")
    theirs = expected(facts)
    rows = {name: {"ours": mine[name], "sandbox": value} for name, value in theirs.items()}
    return {"figures": rows, "segments": mine["segments"], "agree": all(mine[name] == theirs[name] for name in theirs)}


def expected(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the sandbox's facts under the names of `ours`."""
    shops = [facts["taobao"], facts["douyin_shop"]]
    sms, wecom = facts["aliyun"], facts["wecom"]
    return {
        "people": facts["people"],
        "paid": sum(one["paid"] for one in shops),
        "paid_fen": sum(one["paid_fen"] for one in shops),
        "refunds": sum(one["refunds"] for one in shops),
        "sms": {
            "messages": sms["messages"], "delivered": sms["delivered"], "failed": sms["failed"],
            "clicked": sms["clicked"], "opted_out": sms["replied"],
        },
        "wecom": {"messages": wecom["messages"], "delivered": wecom["arrived"]},
    }  # fmt: skip


def ours(house: House) -> dict[str, Any]:
    """Return what the product counts, by its own queries."""
    with house.ctx(BRAND.id) as ctx:
        lines = profiles.figures(ctx)
        found = api_delivery.delivery(ctx, ctx.today - timedelta(days=7), ctx.today)
        reached = {way.channel: way.people for way in found.ways}
        start, end = day_start(ctx.today - timedelta(days=1), ctx.zone), ctx.now + timedelta(days=1)
        paid = [fen for shop in (TMALL, DOUYIN) for fen in profiles.paid_orders(ctx, shop, start, end).values()]
        sms, wecom = reached.get("sms_aliyun", {}), reached.get("wecom_message", {})
        return {
            "people": sum(lines["people"].values()),
            "paid": len(paid),
            "paid_fen": sum(paid),
            "refunds": lines["cancelled_invoices"],
            "sms": {
                "messages": sms.get("sent", 0),
                "failed": sms.get("not_delivered", 0),
                **{name: sms.get(name, 0) for name in ("delivered", "clicked", "opted_out")},
            },
            "wecom": {
                "messages": wecom.get("sent", 0),
                "delivered": wecom.get("delivered", 0),
            },
            "segments": {one.name: one.people for one in segments.listed(ctx, limit=1000)},
        }


def _campaign(ctx: Ctx, name: str) -> Campaign:
    found = next((one for one in journeys.listed(ctx, limit=1000) if one.draft.name == name), None)
    if found is None:
        raise NotFound(f"There is no campaign {name!r} in this home.", "Run: make demo PRACTICE=1.")
    return found


# --- over HTTP ------------------------------------------------------------------------------------------------
def _told(url: str, given: Mapping[str, Any] | None = None) -> Any:  # noqa: ANN401 - JSON
    """Ask the sandbox for something, or tell it. Raises: Unavailable."""
    try:
        answer = httpx2.request("GET" if given is None else "POST", url, json=given, timeout=30, trust_env=False)
        answer.raise_for_status()
    except httpx2.HTTPError as error:
        raise Unavailable("The sandbox does not answer.", "See log/sandbox.log in the home.") from error
    return answer.json()


def _answers(url: str) -> bool:
    try:
        return httpx2.get(url, timeout=5, trust_env=False).status_code == 200
    except httpx2.HTTPError:
        return False


def _wait(holds: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + _PATIENCE_S
    while not holds():
        if time.monotonic() > until:
            raise Unavailable(f"Waited {_PATIENCE_S:.0f} s for {what}.", "See the folder log in the home.")
        time.sleep(0.2)


def free_port(wanted: int) -> int:
    """Return the wanted port, or a free one when somebody has it."""
    for port in (wanted, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
                return int(probe.getsockname()[1])
            except OSError:
                continue
    raise Unavailable("No port is free.", "Stop something that listens.")


# --- commands -------------------------------------------------------------------------------------------------
def show(settings: Settings, port: int, minutes: float, consoles: tuple[Console, Console]) -> None:
    """Serve the console beside the sandbox and let the hour pass in it, until stopped; said where and how it goes."""
    out, err = consoles
    with _ready(settings, port) as (house, places, login, server):
        out.print(f"\n  [bold]{places.console}[/]   {login.email}   {login.password}   sandbox: {places.sandbox}\n")
        if not _was_played(house):
            found = play(house, places, minutes, err)
            out.print("  Both sides agree." if found["agree"] else "  The two sides differ:", highlight=False)
            for name, row in found["figures"].items():
                out.print(f"  {name:12} here {row['ours']}   sandbox {row['sandbox']}", highlight=False)
        server.wait()


def checked(settings: Settings, minutes: float, err: Console) -> dict[str, Any]:
    """Let the hour pass in a fresh home and return `compared`. Raises: Conflict when it was played there before."""
    with _ready(settings, free_port(0)) as (house, places, _, _):
        return play(house, places, minutes, err)


@contextmanager
def _ready(settings: Settings, port: int) -> Generator[tuple[House, Places, Login, subprocess.Popen[bytes]]]:
    with sandbox_beside(settings, free_port(SANDBOX_PORT)) as sandbox:
        with _opened(settings) as house:
            login, hooks = prepare(house, sandbox)
        with served(settings, port) as server, _opened(settings) as house:
            yield house, Places(sandbox, f"http://{settings.host}:{port}", hooks), login, server


@contextmanager
def _opened(settings: Settings) -> Generator[House]:
    with ensure_stores(settings) as endpoints:
        house = House(endpoints.database_url, endpoints.lake_url, settings)
        try:
            house.migrate()
            yield house
        finally:
            house.close()


def _was_played(house: House) -> bool:
    with house.ctx() as ctx:
        return bool(workspace.setting(ctx, _PLAYED))
