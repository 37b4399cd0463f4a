"""The supervisor with small children: every part may die, nothing is left behind, commands work beside it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from regulars.app import doctor, stores, supervisor
from regulars.app.settings import Settings
from regulars.core.errors import Conflict
from regulars.infra.embedded_pg import EmbeddedPostgres
from regulars.infra.lake import LakeClient
from regulars.infra.lake_server import process as lake_process

# A child writes what it was given, and the order of its end.
CHILD = """
import json, os, signal, sys, time
name, folder = sys.argv[1], sys.argv[2]
def end(*_):
    open(f"{folder}/ended", "a").write(name + "\\n")
    sys.exit(0)
signal.signal(signal.SIGTERM, end)
given = {k: v for k, v in os.environ.items() if k.startswith("REGULARS_")}
open(f"{folder}/{name}.json.tmp", "w").write(json.dumps({"pid": os.getpid(), "regulars": given}))
os.replace(f"{folder}/{name}.json.tmp", f"{folder}/{name}.json")
while True:
    time.sleep(0.05)
"""
SUPERVISOR = """
import sys
from pathlib import Path
from regulars.app.supervisor import Child, Supervisor
home, code, folder, fails = Path(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4:]
children = [Child(name, (sys.executable, "-c", code, name, folder, "regulars")) for name in ("web", "worker")]
def prepare(endpoints):
    print("prepared with", endpoints.lake_url, flush=True)
    if fails:
        raise SystemExit(5)
Supervisor(home, children).run(prepare)
"""


class Running:
    def __init__(self, home: Path, *fails: str) -> None:
        self.home = home
        with (home / "said").open("ab") as said:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SUPERVISOR, str(home), CHILD, str(home), *fails], stdout=said, stderr=said
            )

    def child(self, name: str) -> dict:
        return json.loads((self.home / f"{name}.json").read_text())

    def ready(self) -> Running:
        wait_for(lambda: self._all_there(), self.said)
        return self

    def _all_there(self) -> bool:
        server = stores.running_server(self.home) or {}
        pids = server.get("children", {})
        if server.get("pid") != self.process.pid:
            return False
        try:
            return set(pids) == {"web", "worker"} and all(self.child(n)["pid"] == pid for n, pid in pids.items())
        except OSError:
            return False

    def said(self) -> str:
        return (self.home / "said").read_text()


def wait_for(condition: Callable[[], object], why: Callable[[], str] = str, patience_s: float = 60.0) -> None:
    until = time.monotonic() + patience_s
    while not condition():
        assert time.monotonic() < until, why()
        time.sleep(0.05)


def answer(endpoints: stores.Endpoints) -> tuple[object, object]:
    lake = LakeClient(endpoints.lake_url, "default")
    with psycopg.connect(endpoints.database_url) as connection:
        row = connection.execute("select 7").fetchone()
    try:
        return (row and row[0]), lake.rows("SELECT 8 AS n")[0]["n"]
    finally:
        lake.close()


@pytest.fixture
def home() -> Iterator[Path]:
    # Not below pytest's own folder: each run closes that to the user PostgreSQL runs as when the tests run as root.
    folder = Path(tempfile.mkdtemp(prefix="regulars-home-"))
    yield folder
    supervisor.stop(Settings(home=folder))
    shutil.rmtree(folder, ignore_errors=True)


def test_everything_comes_back_and_everything_ends(home: Path) -> None:
    running = Running(home).ready()
    settings = Settings(home=home)
    server = stores.running_server(home)
    assert server is not None
    assert server["pid"] == running.process.pid
    assert running.child("worker")["regulars"] == {
        "REGULARS_HOME": str(home),
        "REGULARS_DATABASE_URL": server["database_url"],
        "REGULARS_LAKE_URL": server["lake_url"],
    }

    with pytest.raises(Conflict, match=f"Process {running.process.pid} already serves"):
        supervisor.Supervisor(home, []).run()

    with stores.ensure_stores(settings) as beside:  # a command beside it uses the same stores
        assert beside == stores.Endpoints(server["database_url"], server["lake_url"])
        assert answer(beside) == (7, 8)
    assert answer(beside) == (7, 8)  # and leaves them running
    assert next(c for c in doctor.checks(settings) if c.name == "port").found.startswith("process ")

    postgres, lake = EmbeddedPostgres(home), lake_process.find(home / "lake")
    assert lake is not None
    before = {"postgres": postgres.pid(), "lake": lake.pid, **server["children"]}
    for pid in before.values():
        os.kill(pid, signal.SIGKILL)

    def all_new() -> bool:
        now = lake_process.find(home / "lake")
        fresh = now is not None and postgres.running()
        return fresh and running._all_there() and not any(psutil_alive(pid) for pid in before.values())

    wait_for(all_new, running.said)
    wait_for(lambda: answer(beside) == (7, 8), running.said)  # at the same addresses
    assert "SIGKILL" in running.said()
    assert running.said().count("part_down") == 4

    running.process.terminate()
    assert running.process.wait(60) == 0
    assert not postgres.running()
    assert lake_process.find(home / "lake") is None
    assert sorted((home / "ended").read_text().split()) == ["web", "worker"]
    assert not stores.endpoints_file(home).exists()
    assert supervisor.stop(settings) == f"Nothing runs in {home}."


def psutil_alive(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_the_next_one_adopts_what_a_killed_one_left(home: Path) -> None:
    first = Running(home).ready()
    children = [first.child(name)["pid"] for name in ("web", "worker")]
    postgres_pid = EmbeddedPostgres(home).pid()
    lake = lake_process.find(home / "lake")
    assert lake is not None
    first.process.kill()
    first.process.wait()
    wait_for(lambda: not any(psutil_alive(pid) for pid in children), patience_s=10)

    second = Running(home).ready()
    adopted = lake_process.find(home / "lake")
    assert adopted is not None
    assert (EmbeddedPostgres(home).pid(), adopted.pid) == (postgres_pid, lake.pid)

    with stores.ensure_stores(Settings(home=home)) as beside:  # a command that outlives the server keeps its stores
        second.process.send_signal(signal.SIGINT)
        assert second.process.wait(60) == 0
        assert answer(beside) == (7, 8)
    assert not EmbeddedPostgres(home).running()


def test_a_command_alone_starts_and_stops_private_stores(home: Path) -> None:
    settings = Settings(home=home)
    with stores.ensure_stores(settings) as first:
        with stores.ensure_stores(settings) as second:
            assert first == second
            assert answer(second) == (7, 8)
        assert answer(first) == (7, 8)
    assert not EmbeddedPostgres(home).running()
    assert lake_process.find(home / "lake") is None
    given = Settings(home=home, database_url="postgresql://a/b", lake_url="http://c:1")
    with stores.ensure_stores(given) as endpoints:
        assert endpoints == stores.Endpoints("postgresql://a/b", "http://c:1")


def test_a_failing_preparation_stops_everything(home: Path) -> None:
    running = Running(home, "fails")
    assert running.process.wait(60) == 5
    assert "prepared with http://127" in running.said()
    assert not (home / "web.json").exists()
    assert not EmbeddedPostgres(home).running()
    assert lake_process.find(home / "lake") is None


FAILING = """
import sys
from pathlib import Path
from regulars.app.supervisor import Child, Supervisor
home, code = Path(sys.argv[1]), sys.argv[2]
children = [Child("web", (sys.executable, "-S", "-c", code))]
Supervisor(home, children, database_url="postgresql://a/b", lake_url="http://c:1").run()
"""


def test_a_child_that_dies_again_and_again_is_started_with_growing_delays(tmp_path: Path) -> None:
    code = (
        f"import os; name = {str(tmp_path / 'starts')!r}; open(name, 'a').write('x');"
        "len(open(name).read()) < 4 or os.kill(os.getppid(), 15); raise SystemExit(3)"
    )
    done = subprocess.run(
        [sys.executable, "-c", FAILING, str(tmp_path), code], timeout=60, capture_output=True, text=True, check=True
    )
    told = [line for line in done.stdout.splitlines() if "part_down" in line]
    assert [line.split("again_in_s=")[1][:3] for line in told][:3] == ["0.4", "0.8", "1.6"]
    assert "ended with code 3" in told[0]


def test_doctor_says_what_to_do(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path, database_url="postgresql://127.0.0.1:1/x", lake_url="http://127.0.0.1:1")
    found = {check.name: check for check in doctor.checks(settings)}
    assert found["python"].ok
    assert found["home"].ok
    assert not found["postgresql"].ok
    assert "REGULARS_DATABASE_URL" in found["postgresql"].advice
    assert not found["lake"].ok
    assert all(check.ok or check.advice for check in found.values())
