"""The demo: a real retailer's year of orders, sensible segments, and a win-back replayed over the past."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from datetime import time as clock_time
from decimal import Decimal
from importlib import resources
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from rich.console import Console

from regulars.app import file_import
from regulars.app.boot import House
from regulars.app.worker import Worker
from regulars.channels.contract import Frequency, Message, QuietHours
from regulars.core.ctx import Ctx
from regulars.core.errors import NotFound
from regulars.core.ids import new_token
from regulars.core.rule import parse
from regulars.ingest import api as ingest
from regulars.insight import api as insight
from regulars.journeys import api as journeys
from regulars.journeys.contract import Campaign, Draft
from regulars.profiles import api as profiles
from regulars.segments import api as segments
from regulars.segments.contract import Segment
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand

BRAND = Brand(1, "online-retail", "Online Retail", "Europe/London", "GBP")
TODAY = date(2011, 12, 10)
REPLAY_ON = date(2011, 9, 10)
WAIT_S = 0.5
EMAIL = "demo@regulars.local"
WIN_BACK = "可召回老客 · Win-back candidates"
CAMPAIGN = "老客召回 · 2011 秋 · Autumn win-back (replay)"

SEGMENTS: dict[str, tuple[str, dict[str, Any]]] = {
    "新客 · New customers": (
        "近 90 天第一次购买, 还没有第二单。",
        {
            "op": "and",
            "rules": [
                {"op": "eq", "field": "person.purchase_number", "value": 1},
                {"op": "within_days", "field": "person.first_order_on", "days": 90},
            ],
        },
    ),
    "忠诚客户 · Loyal customers": (
        "已购买 8 单及以上。",
        {"op": "ge", "field": "person.purchase_number", "value": 8},
    ),
    WIN_BACK: (
        "买过至少 2 单, 最近一单在 60 到 180 天前。",
        {
            "op": "and",
            "rules": [
                {"op": "ge", "field": "person.purchase_number", "value": 2},
                {"op": "older_than_days", "field": "person.last_order_on", "days": 60},
                {"op": "within_days", "field": "person.last_order_on", "days": 180},
            ],
        },
    ),
    "高价值沉睡客户 · Big spenders gone quiet": (
        "累计净消费 1,000 及以上, 半年没有购买。",
        {
            "op": "and",
            "rules": [
                {"op": "ge", "field": "person.net_fen", "value": 100_000},
                {"op": "older_than_days", "field": "person.last_order_on", "days": 180},
            ],
        },
    ),
    "近 45 天两单以上 · Twice in 45 days": (
        "近 45 天购买至少 2 单, 每单金额不限。",
        {
            "op": "did",
            "relation": "order",
            "window": {"kind": "last_days", "days": 45},
            "measure": "count",
            "compare": "ge",
            "value": 2,
        },
    ),
}


@dataclass(frozen=True, slots=True)
class Login:
    """What is printed: how to get in."""

    email: str
    password: str


@dataclass(slots=True)
class _Watch:
    console: Console
    seconds: dict[str, float] = field(default_factory=dict[str, float])

    @contextmanager
    def step(self, name: str, words: str) -> Generator[None]:
        """Say what is done and keep how long it took."""
        start = time.perf_counter()
        self.console.print(f"  {words} ...", highlight=False)
        yield
        self.seconds[name] = round(time.perf_counter() - start, 2)


def example_folder() -> Path:
    """Return the folder of the shipped example, in a checkout or inside the wheel."""
    packaged = Path(str(resources.files("regulars"))) / "examples" / "online_retail"
    return packaged if packaged.is_dir() else Path(__file__).resolve().parents[3] / "examples" / "online_retail"


def prepare(house: House, console: Console, data: Path | None = None) -> Login:
    """Bring the demo to where it can be looked at; what is there already stays as it is, so again takes seconds.

    data: a file of the same columns instead of the whole year (tests).
    """
    with house.ctx() as ctx:
        login = kept_login(ctx, house.settings.home_path)
        if workspace.setting(ctx, "demo_ready"):
            return login
    watch = _Watch(console)
    with house.ctx() as ctx:
        workspace.add_brand(ctx, BRAND)
        workspace.freeze(ctx, datetime.combine(TODAY, clock_time(12), ZoneInfo(BRAND.zone)))
    with watch.step("import", "Importing 541,909 order lines of Online Retail (UCI, CC BY 4.0)"):
        folder = example_folder()
        file = data or folder / "online_retail.parquet"
        file_import.run(house, BRAND.id, file, folder / "mapping.yaml", console=console)
    with watch.step("segments", "Finding new, loyal and fading customers"), house.ctx(BRAND.id) as ctx:
        _make_segments(ctx)
    with watch.step("campaign", "Replaying a win-back of 10 September 2011, keeping a random fifth back"):
        with house.ctx(BRAND.id) as ctx:
            _make_campaign(ctx)
        _run_campaign(house)
    with house.ctx() as ctx:
        workspace.set_setting(ctx, "demo_ready", watch.seconds)
    return login


def kept_login(ctx: Ctx, home: Path) -> Login:
    """Return the demo's login, kept in the home so that it can be printed again; made at the first start."""
    path = home / "demo-login.json"
    if path.exists():
        return Login(**json.loads(path.read_text()))
    login = Login(EMAIL, new_token(9))
    workspace.add_user(ctx, login.email, "Demo", login.password, ["*"])
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
        json.dump({"email": login.email, "password": login.password}, out)
    return login


def _make_segments(ctx: Ctx) -> None:
    known = {s.name for s in segments.listed(ctx, limit=1000)}
    for name, (description, rule) in SEGMENTS.items():
        if name not in known:
            segments.create(ctx, name=name, rule=parse(rule), description=description)
    insight.keep_at_risk(ctx, make=True)


def _segment(ctx: Ctx, name: str) -> Segment:
    return next(s for s in segments.listed(ctx, limit=1000) if s.name == name)


def _campaign(ctx: Ctx) -> Campaign | None:
    return next((c for c in journeys.listed(ctx, limit=1000) if c.draft.name == CAMPAIGN), None)


def _make_campaign(ctx: Ctx) -> None:
    campaign = _campaign(ctx) or journeys.create(
        ctx,
        Draft(
            name=CAMPAIGN,
            segment_id=_segment(ctx, WIN_BACK).id,
            channel="log",
            config={},
            message=Message(
                title="We kept your favourites",
                body="It has been {{ days_since_last_order }} days. New arrivals are waiting for you.",
            ),
            holdout_bp=2000,
            quiet_hours=QuietHours(clock_time(21), clock_time(9)),
            frequency=Frequency(messages=2, days=7),
            window_days=60,
            replay_on=REPLAY_ON,
        ),
    )
    if campaign.state == "draft":
        journeys.publish(ctx, campaign.id, confirm_people=journeys.plan(ctx, campaign.id).people)


def _run_campaign(house: House) -> None:
    """Work until everybody of the campaign is accounted for; a lease left by a killed run is waited for."""
    worker = Worker(house)
    while True:
        worker.drain()
        with house.ctx(BRAND.id) as ctx:
            campaign = _campaign(ctx)
            counts = journeys.counts(ctx, campaign) if campaign else None
        if counts is None or (campaign and campaign.state != "live") or (counts.entered and not counts.waiting):
            return
        time.sleep(WAIT_S)


def figures(house: House) -> dict[str, Any]:
    """Return the demo's figures, computed by the product's own queries. Raises NotFound before `prepare`."""
    with house.ctx(BRAND.id) as ctx:
        campaign = _campaign(ctx)
        if campaign is None:
            raise NotFound("The demo is not set up in this home.", "Run: make demo-check.")
        result = journeys.result_of(ctx, campaign.id)
        treated, held_out = result.arms
        lift = result.lift
        return {
            **_rounded(profiles.figures(ctx)),
            "quarantined": _quarantined(ctx),
            "segments": {s.name: s.people for s in segments.listed(ctx, limit=1000)},
            "campaign": {
                "treated": result.treated,
                "held_out": result.held_out,
                "sent": result.counts.sent,
                "suppressed": dict(result.counts.reasons),
                "buyers_treated": treated.buyers,
                "buyers_held_out": held_out.buyers,
                "lift": lift.difference if lift else None,
                "lift_low": lift.low if lift else None,
                "lift_high": lift.high if lift else None,
            },
            "seconds": workspace.setting(ctx.for_brand(0), "demo_ready", {}),
        }


def _rounded(facts: dict[str, Any]) -> dict[str, Any]:
    """Return the exact decimal texts as numbers with two places, as money is read."""
    return facts | {name: float(round(Decimal(facts[name]), 2)) for name in ("value_all", "positive_value")}


def _quarantined(ctx: Ctx) -> int:
    return ingest.quarantine_counts(ctx).get("open", 0)
