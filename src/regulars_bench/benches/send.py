"""Messages through two provider accounts at a time: each at its rate, nobody twice, nothing lost.

The providers are the sandbox's, in a process of its own that counts; the house is a whole running server whose
processes are killed.
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any, ClassVar
from urllib.request import Request, urlopen

import psutil

from regulars.app.boot import House
from regulars.channels import api as channels
from regulars.channels import api_receipts
from regulars.channels.contract import Message, Order
from regulars.core.errors import Unavailable
from regulars.platforms import api as platforms
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand
from regulars_bench import home, serving
from regulars_bench.contract import Bench, Figure, Result, Setup
from regulars_bench.people import consenting

MESSAGES = {"ci": 1_400, "1m": 200_000, "10m": 200_000, "max": 200_000}
KILLS = {"ci": 2, "1m": 20, "10m": 20, "max": 20}
_STEADY_S = {"ci": 0.0, "1m": 90.0, "10m": 90.0, "max": 90.0}
_GROUP = 4_000
_ARRIVAL_S = 30.0
_SEED = 20261111


@dataclass(frozen=True, slots=True)
class Way:
    """A provider account: its channel, and how many messages a second it may send. share: of all messages."""

    platform: str
    channel: str
    per_second: int
    share: float


WAYS = (Way("aliyun", "sms_aliyun", 500, 5 / 7), Way("tencent", "sms_tencent_same", 200, 2 / 7))


class SendBench(Bench):
    """Plan everything at once, let the senders run, kill them, and count at the providers."""

    key: ClassVar[str] = "send"
    title: ClassVar[str] = "Sending: two provider accounts at their rates, with kills"

    def run(self, setup: Setup) -> Result:
        """Measure in a house made anew. Raises Unavailable when the sandbox or the server does not start."""
        folder = setup.home / "send"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        total = MESSAGES[setup.scale]
        with _sandbox(folder) as url:
            with home.opened(folder) as house:
                setup.say(f"making {total:,} people")
                _plan(house, url, total)
                versions = home.versions(house)
            setup.say("sending")
            figures = _sent(folder, url, setup)
            with home.opened(folder) as house:
                figures |= _ends(house, url, total)
        return Result({"messages": total, "kills": KILLS[setup.scale]}, figures=figures, versions=versions)


@contextmanager
def _sandbox(folder: Path) -> Generator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    with (folder / "sandbox.log").open("wb") as log:
        command = (sys.executable, "-m", "regulars.app.cli", "sandbox", "--port", str(port))
        server = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603
    url = f"http://127.0.0.1:{port}"
    try:
        serving.wait_for(lambda: bool(_asked(f"{url}/accounts")), "the sandbox to answer", 60)
        yield url
    finally:
        server.terminate()
        server.wait()


def _asked(url: str) -> Any:  # noqa: ANN401 - JSON
    try:
        with urlopen(Request(url), timeout=10) as answer:  # noqa: S310 - of this machine
            return json.load(answer)
    except OSError:
        return None


def _plan(house: House, url: str, total: int) -> None:
    """Make people with phones who consent, two accounts at their rates, and put everybody into the outbox."""
    with house.ctx() as ctx:
        workspace.add_brand(ctx, Brand(1, "bench", "Bench", "Asia/Shanghai", "CNY"))
    with house.ctx(1) as ctx:
        uids = consenting(ctx, total)
        platforms.begin_practice(ctx, url, platforms.offered_by_sandbox(url))
        practising = {one.platform: one for one in platforms.accounts(ctx)}
        first = 0
        for way in WAYS:
            account = practising[way.platform]
            shown = platforms.shown_settings(account)
            platforms.change_account(ctx, account.id, account.name, shown, rates={way.channel: way.per_second})
            last = total if way is WAYS[-1] else first + round(total * way.share)
            mine = uids[first:last]
            groups = [(n, mine[at : at + _GROUP]) for n, at in enumerate(range(0, len(mine), _GROUP), start=1)]
            channels.plan(ctx, _order(way, account.id), groups)
            first = last


def _order(way: Way, account_id: int) -> Order:
    config = {
        "account_id": account_id,
        "sign_name": "瑞果生鲜",
        "template_code": "SMS_100002" if way.platform == "aliyun" else "2100002",
        "params": {},
    }
    return Order(
        key=f"bench {way.channel}", channel=way.channel, config=config, message=Message("", "双12 满199减60"),
        quiet_hours=None,
    )  # fmt: skip


def _sent(folder: Path, url: str, setup: Setup) -> dict[str, Figure]:
    """Let a server send; watch the rates while nothing is killed, then kill its processes. Return the rates."""
    figures: dict[str, Figure] = {}
    rng = Random(_SEED)  # noqa: S311 - not for secrets
    with serving.served(folder):
        serving.wait_for(lambda: all(_times(url, way) > 0 for way in WAYS), "the first messages", 300)
        if steady_s := _STEADY_S[setup.scale]:
            for way, found in zip(WAYS, _rates(url, steady_s), strict=True):
                off = abs(found - way.per_second) / way.per_second * 100
                figures[f"{way.platform}_per_s"] = Figure(round(found, 1), f"1/s of {way.per_second} allowed")
                figures[f"{way.platform}_off_percent"] = Figure(round(off, 2), "%", "<= 1")
        killed = 0
        while killed < KILLS[setup.scale]:
            time.sleep(rng.uniform(1.0, 4.0))
            killed += _kill_one(folder, rng)
        serving.wait_for(lambda: _quiet(url), "the outbox to be empty", 1_200)
    figures["kills"] = Figure(killed, "processes")
    return figures


def _times(url: str, way: Way) -> int:
    return int((_asked(f"{url}/control/times/{way.platform}") or {"times": 0})["times"])


def _rates(url: str, seconds: float) -> list[float]:
    """Return messages a second of each account, from the arrival of one request to that of another.

    A request carries up to 200 messages: between any two instants the count would be off by as many.
    """
    time.sleep(5)
    before = [_next_arrival(url, way) for way in WAYS]
    time.sleep(seconds)
    after = [_next_arrival(url, way) for way in WAYS]
    return [(b - a) / (ended - begun) for (begun, a), (ended, b) in zip(before, after, strict=True)]


def _next_arrival(url: str, way: Way) -> tuple[float, int]:
    """Wait for the next request at a provider; return when it came and the messages so far. Raises Unavailable."""
    before = _times(url, way)
    until = time.monotonic() + _ARRIVAL_S
    while (found := _times(url, way)) == before:
        if time.monotonic() > until:
            raise Unavailable(f"{way.platform} hears nothing any more.", "See serve.log in the bench's folder.")
        time.sleep(0.01)
    return time.monotonic(), found


def _kill_one(folder: Path, rng: Random) -> int:
    """Kill a worker of the server as by kill -9; the supervisor starts another. Returns 1, 0 when none runs now."""
    found: Sequence[psutil.Process] = [
        process
        for process in psutil.process_iter(["cmdline", "environ"])
        if (process.info["cmdline"] or [""])[-1] == "worker"
        and (process.info["environ"] or {}).get("REGULARS_HOME") == str(folder)
    ]
    if not found:
        return 0
    rng.choice(found).kill()
    return 1


def _quiet(url: str) -> bool:
    """Tell whether the providers have heard nothing new for a while longer than a lease."""
    before = sum(_times(url, way) for way in WAYS)
    time.sleep(20)
    return before == sum(_times(url, way) for way in WAYS)


def _ends(house: House, url: str, total: int) -> dict[str, Figure]:
    """Send what is left, ask about what is unknown, and count both sides."""
    channels.send_due(house.db, house.make_ctx)
    with house.ctx(1) as ctx:
        unknown = sum(channels.tally(ctx, f"bench {way.channel}").unknown for way in WAYS)
    if unknown:
        api_receipts.ask(house.db, house.make_ctx, 0)
    with house.ctx(1) as ctx:
        tallies = [channels.tally(ctx, f"bench {way.channel}") for way in WAYS]
    counts = [_asked(f"{url}/control/counts/{way.platform}") for way in WAYS]
    left = sum(one.unknown for one in tallies)
    listed = sum(one.sent + one.failed + one.unknown + one.suppressed for one in tallies)
    return {
        "arrived": Figure(sum(one["things"] for one in counts), "messages at the providers"),
        "doubled": Figure(sum(len(one["twice"]) for one in counts), "people", "<= 0"),
        "unknown_after_kills": Figure(unknown, "people"),
        "unknown_reconciled": Figure(unknown - left, "people"),
        "unknown_listed": Figure(left, "people"),
        "not_accounted_for": Figure(total - listed, "people", "<= 0"),
    }
