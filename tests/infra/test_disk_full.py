"""A lake whose disk is full: its consumers wait, nothing is parked or doubled, and all goes on when there is room."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.infra.test_event_log import _emit, _in_lake, _once_each

from regulars.core.errors import Unavailable
from regulars.infra import event_log
from regulars.infra.event_log import Consumer
from regulars.infra.lake import LakeClient, LakeError
from regulars.infra.migrations import lake_steps
from regulars.profiles.handlers import write_facts


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 128 MiB; skips where this process may not mount one."""
    mount, unmount = shutil.which("mount"), shutil.which("umount")
    disk = tmp_path / "disk"
    disk.mkdir()
    if (
        not (mount and unmount)
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=128m", "tmpfs", str(disk)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("this process may not mount a file system")
    yield disk
    subprocess.run([unmount, "--lazy", str(disk)], check=True)


@pytest.fixture
def lake(small_disk: Path) -> Iterator[LakeClient]:
    """A lake of its own on the small disk."""
    port_file = small_disk / "port"
    server = subprocess.Popen(
        [sys.executable, "-m", "regulars.infra.lake_server", "--path", str(small_disk / "lake"), "--port", "0",
         "--port-file", str(port_file), "--die-with-parent"]
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while not (port_file.exists() and port_file.read_text().strip()):
        assert server.poll() is None, "the lake server ended"
        assert time.monotonic() < deadline, "the lake server did not start"
        time.sleep(0.02)
    client = LakeClient(f"http://127.0.0.1:{port_file.read_text().strip()}", "small")
    client.create_database()
    for _, sql in lake_steps():
        client.command(sql.replace("{database}", client.database))
    yield client
    client.close()
    server.terminate()
    server.wait(20)


def _fill(disk: Path) -> Path:
    """Leave next to nothing of the disk."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as out:
        for size in (1 << 20, 1 << 12):
            try:
                while True:
                    out.write(os.urandom(size))
            except OSError:
                continue
    return ballast


def test_consumers_wait_for_room_and_go_on(db, make_ctx, lake, small_disk):
    writer = Consumer("writer", write_facts)
    _emit(db, make_ctx, range(3))
    event_log.step(db, make_ctx, writer)
    ballast = _fill(small_disk)
    with db.tx() as tx:
        for number in range(3, 1_000):  # what does not pack, so that it needs room
            props = {"page": str(number), "noise": os.urandom(4_000).hex()}
            event_log.emit(make_ctx(tx), "page.viewed", "test", str(number), props)
    for _ in range(2):
        with pytest.raises((LakeError, Unavailable)):
            event_log.step(db, make_ctx, writer)
    ballast.unlink()
    while event_log.step(db, make_ctx, writer):
        pass
    with db.tx() as tx:
        assert list(event_log.parked(make_ctx(tx))) == []
    assert _in_lake(lake) == _once_each(range(1_000))
