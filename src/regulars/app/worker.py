"""The worker process: consumers of the event log, jobs, the schedule, each in its own thread."""

from __future__ import annotations

import gc
import os
import signal
import socket
import threading
from collections.abc import Callable

import psycopg
import structlog

from regulars.app.boot import House
from regulars.core.errors import Unavailable
from regulars.infra import event_log, jobs
from regulars.infra.lake import LakeError

log = structlog.get_logger()
FOLLOWERS = 2
"""Threads that follow the log: while one reader waits for a store, another takes what the one before it left."""

SOURCES = 2
"""Threads that read outside sources: a slow platform does not hold up the others."""

IDLE_S = 0.25
TICK_S = 5.0
OUTAGE_S = 1.0


class Worker:
    """Runs until told to stop; a store that is away is waited for, not given up on."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.owner = f"{socket.gethostname()}:{os.getpid()}"
        self._stop = threading.Event()

    def run(self) -> None:
        """Run all loops until a signal or `stop`."""
        loops = [
            *(
                threading.Thread(target=self._loop, args=(self.follow_log, IDLE_S), name=f"log {number}")
                for number in range(1, FOLLOWERS + 1)
            ),
            threading.Thread(target=self._loop, args=(lambda: self.run_jobs("default"), IDLE_S), name="jobs"),
            threading.Thread(target=self._loop, args=(lambda: self.run_jobs("long"), IDLE_S), name="long"),
            threading.Thread(target=self._loop, args=(lambda: self.run_jobs("asked"), IDLE_S), name="asked"),
            *(
                threading.Thread(
                    target=self._loop, args=(lambda: self.run_jobs("sources"), IDLE_S), name=f"sources {n}"
                )
                for n in range(1, SOURCES + 1)
            ),
            threading.Thread(target=self._loop, args=(self.tick, TICK_S), name="schedule"),
        ]
        for loop in loops:
            loop.start()
        for loop in loops:
            loop.join()

    def stop(self, *_: object) -> None:
        """Finish what is running, then end."""
        self._stop.set()

    def follow_log(self) -> int:
        """Let every consumer take a batch; return how many events were passed.

        One that the lake refuses (no room, no memory) does not hold up the others; its batch is tried again.
        """
        passed, refused = 0, None
        for consumer in event_log.consumers():
            try:
                passed += event_log.step(self.house.db, self.house.make_ctx, consumer)
            except LakeError as error:
                refused = error
        if refused is not None:
            raise refused
        return passed

    def run_jobs(self, queue: str) -> int:
        """Run due jobs of a queue; return how many were taken."""
        return jobs.run_due(self.house.db, self.house.make_ctx, owner=self.owner, queue=queue)

    def tick(self) -> int:
        """Enqueue what the schedule says."""
        jobs.tick(self.house.db, self.house.make_ctx)
        return 0

    def drain(self) -> None:
        """Work until the log is followed and no job is due: for the CLI and tests, without threads."""
        while self.follow_log() + sum(self.run_jobs(queue) for queue in ("default", "long", "asked", "sources")):
            pass

    def _loop(self, once: Callable[[], int], idle_s: float) -> None:
        while not self._stop.is_set():
            try:
                if not once():
                    self._stop.wait(idle_s)
            except (Unavailable, LakeError, psycopg.OperationalError, psycopg.InterfaceError) as error:
                log.warning("store_away", loop=threading.current_thread().name, error=str(error)[:300])
                self._stop.wait(OUTAGE_S)
            except Exception:
                log.exception("loop_failed", loop=threading.current_thread().name)
                self._stop.wait(OUTAGE_S)


def main(house: House) -> None:
    """Run a worker until SIGTERM or SIGINT."""
    worker = Worker(house)
    signal.signal(signal.SIGTERM, worker.stop)
    signal.signal(signal.SIGINT, worker.stop)
    # As in the web process: what boot has made stays, and a batch of events is no garbage to look through.
    gc.freeze()
    gc.set_threshold(100_000)
    worker.run()
