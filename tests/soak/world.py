"""The product as it runs, real processes in a home of their own, and the hands that send, import, publish and kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random  # noqa: TID251 - seeded
from typing import Any

import httpx2
import psutil
import psycopg
from tests.soak.receiver import Receiver
from tests.soak.shop import Expected

from regulars.app.settings import Settings
from regulars.infra.lake_server.lock import holder

KEY = b"0123456789abcdef0123456789abcdef"
LEASE_S = 2
"""A killed worker's jobs are taken over after so long; the product's own default would be waited for."""
STUCK_S = float(os.environ.get("REGULARS_SOAK_STUCK_S", "120"))
"""Without any progress for so long, a run has failed."""
PARTS = ("web", "worker", "lake", "postgres", "supervisor")
CLI = (sys.executable, "-m", "regulars.app.cli")


class Stuck(AssertionError):
    """Nothing moves any more; the message says what was waited for."""


def settings_of(home: Path) -> Settings:
    """Settings of the processes, for what the test itself opens beside them."""
    return Settings(home=home, secret=b64encode(KEY).decode(), database_url="", lake_url="")


@dataclass(frozen=True, slots=True)
class Before:
    """A home as it stands before a run; copied for each."""

    home: Path
    key: str
    campaign_id: int
    receiver: Receiver
    shop: Expected

    def copy(self, name: str) -> Path:
        """Return a copy of the home to run in."""
        home = self.home.parent / name
        subprocess.run(["cp", "-a", str(self.home), str(home)], check=True)
        return home


@dataclass(frozen=True, slots=True)
class Kill:
    """Kill `target` once `counter` has come to `at`, and so many seconds later."""

    counter: str
    at: int
    target: str
    after_s: float


class Progress:
    """What has come how far; every wait is bounded by it."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._changed = time.monotonic()
        self._lock = threading.Lock()

    def set(self, counter: str, count: int) -> None:
        """Say how far a counter has come."""
        with self._lock:
            if self._counts.get(counter) != count:
                self._counts[counter] = count
                self._changed = time.monotonic()

    def add(self, counter: str) -> None:
        """Count one more."""
        self.set(counter, self[counter] + 1)

    def __getitem__(self, counter: str) -> int:
        return self._counts.get(counter, 0)

    def must_move(self, waiting_for: str) -> None:
        """Raise Stuck when nothing has changed for too long."""
        if time.monotonic() - self._changed > STUCK_S:
            raise Stuck(f"nothing moved for {STUCK_S:.0f} s while waiting for {waiting_for}: {self._counts}")


@dataclass(slots=True)
class World:
    """One home, served by `regulars serve`, which is started again when it dies, as a service manager does."""

    home: Path
    port: int
    progress: Progress = field(default_factory=Progress)
    deaths: list[str] = field(default_factory=list[str])
    _server: subprocess.Popen[bytes] | None = None
    _importer: subprocess.Popen[bytes] | None = None
    _ending: bool = False
    _keeper: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the web process answers."""
        return f"http://127.0.0.1:{self.port}"

    def environment(self) -> dict[str, str]:
        """Surroundings of every process of the run."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("REGULARS_")}
        return kept | {
            "REGULARS_HOME": str(self.home),
            "REGULARS_SECRET": b64encode(KEY).decode(),
            "REGULARS_LEASE_S": str(LEASE_S),
        }

    def start(self) -> None:
        """Serve, and keep serving."""
        self._serve()
        self._keeper = threading.Thread(target=self._keep, name="keeper", daemon=True)
        self._keeper.start()

    def _serve(self) -> None:
        with (self.home / "said.log").open("ab") as said:
            self._server = subprocess.Popen(
                [*CLI, "serve", "--port", str(self.port)], env=self.environment(), stdin=subprocess.DEVNULL,
                stdout=said, stderr=said, start_new_session=True,
            )  # fmt: skip

    def _keep(self) -> None:
        while not self._ending:
            if self._server is not None and self._server.poll() is not None and not self._ending:
                self._serve()
            time.sleep(0.1)

    def end(self) -> None:
        """Stop everything; what does not go is killed."""
        self._ending = True
        if self._keeper:
            self._keeper.join(10)
        if self._server is not None and self._server.poll() is None:
            self._server.terminate()
            try:
                self._server.wait(60)
            except subprocess.TimeoutExpired:
                self._server.kill()
        subprocess.run([*CLI, "stop"], env=self.environment(), check=False, capture_output=True)
        for pid in (self.pid("lake"), self.pid("postgres")):
            with suppress(ProcessLookupError, TypeError):
                os.kill(pid, signal.SIGKILL)  # pyright: ignore[reportArgumentType] - None is suppressed

    def said(self) -> str:
        """What the server wrote, the end of it."""
        return (self.home / "said.log").read_text(errors="replace")[-12_000:]

    # ---- killing --------------------------------------------------------------------------------------------
    def pid(self, target: str) -> int | None:
        """The process id of a part that lives now."""
        if target == "supervisor":
            return self._server.pid if self._server is not None and self._server.poll() is None else None
        if target == "importer":
            return self._importer.pid if self._importer is not None and self._importer.poll() is None else None
        with suppress(OSError, ValueError, KeyError, IndexError, psutil.Error):
            if target == "lake":
                return int((holder(self.home / "lake") or {})["pid"])
            if target == "postgres":
                pid = int((self.home / "postgres" / "postmaster.pid").read_text().split("\n", 1)[0])
                return pid if psutil.Process(pid).name() == "postgres" else None
            pid = int(json.loads((self.home / "run" / "endpoints.json").read_text())["children"][target])
            return pid if target in psutil.Process(pid).cmdline() else None
        return None

    def kill(self, target: str) -> bool:
        """Kill -9 a part; False when it is down already."""
        pid = self.pid(target)
        if pid is None:
            return False
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
            self.deaths.append(target)
            self.progress.add("deaths")
            return True
        return False

    def kill_along(self, kills: Sequence[Kill]) -> None:
        """Carry out a plan of kills; a part that is down is killed when it is back."""
        waiting = list(kills)
        while waiting:
            for kill in [k for k in waiting if self.progress[k.counter] >= k.at]:
                if kill.target == "importer" and self.progress["imported"]:
                    waiting.remove(kill)
                    continue
                time.sleep(kill.after_s)
                if self.kill(kill.target):
                    waiting.remove(kill)
            self.progress.must_move(f"the kills {waiting}")
            time.sleep(0.02)

    # ---- the hands ------------------------------------------------------------------------------------------
    def ask(
        self, method: str, path: str, *, key: str, content: bytes | None = None, body: Any = None
    ) -> httpx2.Response | None:
        """Send one request as an API client; None when no whole answer came back."""
        headers = {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}
        with suppress(httpx2.HTTPError):
            if content is not None:
                return httpx2.request(method, self.url + path, content=content, headers=headers, timeout=30)
            return httpx2.request(method, self.url + path, json=body, headers=headers, timeout=30)
        return None

    def insist(self, method: str, path: str, *, key: str, content: bytes | None = None, body: Any = None) -> Any:
        """Repeat a request until it is answered 2xx; return its JSON. 4xx is the answer of a living server: raised."""
        while True:
            answer = self.ask(method, path, key=key, content=content, body=body)
            if answer is not None and answer.is_success:
                return answer.json()
            if answer is not None and 400 <= answer.status_code < 500:
                raise AssertionError(f"{method} {path}: {answer.status_code} {answer.text}")
            self.progress.must_move(f"{method} {path}")
            time.sleep(0.1)

    def send(self, batches: Sequence[bytes], key: str) -> None:
        """Post every batch until it is taken, as the clients of Segment do."""
        for batch in batches:
            taken = self.insist("POST", "/v1/batch", key=key, content=batch)
            assert taken["quarantined"] == 0, taken
            self.progress.add("batches")
        self.progress.set("all_sent", 1)

    def import_file(self, file: Path, mapping: Path) -> dict[str, Any]:
        """Run `regulars import` until it says that the file is in."""
        command = [*CLI, "import", str(file), "--mapping", str(mapping), "--json"]
        while True:
            with (self.home / "import.log").open("ab") as said:
                self._importer = subprocess.Popen(
                    command, env=self.environment(), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=said
                )
                printed, _ = self._importer.communicate()
            if self._importer.returncode == 0:
                report = json.loads(printed)
                assert report["state"] == "done", report
                self.progress.set("imported", 1)
                return report
            self.progress.must_move(f"{file.name} to be imported")
            self.progress.add("import_runs")

    def upload(self, file: Path, mapping: Path, key: str) -> None:
        """Upload the file once, which the worker then imports, however often it dies."""
        with file.open("rb") as stream:
            content = stream.read()
        headers = {"Authorization": "Basic " + b64encode(f"{key}:".encode()).decode()}
        while True:
            with suppress(httpx2.HTTPError):
                answer = httpx2.post(
                    self.url + "/api/imports", headers=headers, timeout=60,
                    files={"file": (file.name, content, "text/csv")}, data={"mapping": mapping.read_text()},
                )  # fmt: skip
                if answer.is_success:
                    return
                assert answer.status_code >= 500, answer.text
            self.progress.must_move("the upload")
            time.sleep(0.1)

    def publish(self, campaign_id: int, key: str) -> None:
        """Publish with the numbers of the plan, looking again when they have changed meanwhile."""
        path = f"/api/campaigns/{campaign_id}"
        while self.insist("GET", path, key=key)["state"] == "draft":
            plan = self.ask("POST", path + "/plan", key=key)
            if plan is not None and plan.is_success:
                people = plan.json()["people"]
                answer = self.ask("POST", path + "/publish", key=key, body={"confirm_people": people})
                known = answer is None or answer.is_success or answer.status_code in {409, 500, 503}
                assert known, answer and answer.text
            self.progress.must_move("the campaign to be published")
        self.progress.set("published", 1)


def watch(world: World, look: Callable[[], Mapping[str, int]], stop: threading.Event) -> None:
    """Keep the counters that only the stores know up to date."""
    while not stop.wait(0.05):
        with suppress(psycopg.Error):
            for counter, count in look().items():
                world.progress.set(counter, count)


def plan_of(seed: int) -> list[Kill]:
    """Return a seed's kills: every part at least once, one of them while the receiver has yet to answer."""
    rng = Random(seed)
    targets = [*PARTS, "importer" if seed % 2 else "worker"]
    moments = [("batches", rng.randint(1, 28)) for _ in range(8)]
    moments += [("parts", rng.randint(1, 9)) for _ in range(8)]
    moments += [("requests", 2), ("published", 1)]
    kills = [Kill(*rng.choice(moments), target, rng.uniform(0, 0.3)) for target in targets]
    return [Kill("requests", rng.randint(1, 2), rng.choice(["worker", "worker", "postgres"]), 0), *kills]
