"""`python -m regulars.infra.lake_server --path DIR`: one lake server until SIGTERM."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from regulars.infra.lake_server.lock import PathLock, PathTaken, outlive_nobody


def main() -> int:
    """Serve; 0 after a clean end, 3 when another process holds the path, 4 when the port is taken."""
    args = _arguments()
    logging.basicConfig(level=args.log_level, format="%(asctime)s lake %(levelname)s %(message)s", stream=sys.stderr)
    os.environ["TZ"] = "UTC"  # the engine's time zone must not depend on the machine; read when chdb loads
    args.path.mkdir(parents=True, exist_ok=True)
    try:
        lock = PathLock(args.path)
    except PathTaken as taken:
        print(taken, file=sys.stderr)  # noqa: T201  # the answer to whoever started this
        return 3
    if args.die_with_parent:
        outlive_nobody(os.getppid())
    return _serve(args, lock)  # the lock is kept to the very end: who waits for it finds the process gone


def _serve(args: argparse.Namespace, lock: PathLock) -> int:
    from regulars.infra.lake_server import mending
    from regulars.infra.lake_server.handles import Pool  # after TZ is set
    from regulars.infra.lake_server.server import LakeServer

    base = {"implicit_select": "0", "max_memory_usage": str(int(args.query_memory_gib * (1 << 30)))}
    base |= {name: value for name, _, value in (said.partition("=") for said in args.setting)}
    mending.forget_lost_parts(args.path)
    config = str(args.config_file.resolve()) if args.config_file else ""
    pool = Pool(str(args.path), config=config, max_running=args.max_running, base=base)
    try:
        server = LakeServer((args.host, args.port), pool)
    except OSError as exc:
        print(f"cannot listen on {args.host}:{args.port}: {exc}", file=sys.stderr)  # noqa: T201
        pool.close()
        return 4
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.1,), name="accept", daemon=True).start()
    url = f"http://{args.host}:{server.port}"
    lock.announce(url)
    if args.port_file:
        ready = args.port_file.with_suffix(".tmp")
        ready.write_text(f"{server.port}\n")
        ready.replace(args.port_file)
    logging.getLogger("regulars.lake_server").info("%s serves %s", url, args.path)
    while not stop.wait(1.0):  # in steps, so that signals are seen at once everywhere
        continue
    server.shutdown()
    server.finish(patience_s=5.0)
    pool.close()
    return 0


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m regulars.infra.lake_server", description=main.__doc__)
    parser.add_argument("--path", type=Path, required=True, help="the folder with the data")
    parser.add_argument("--host", default="127.0.0.1", help="keep it local: there is no password")
    parser.add_argument("--port", type=int, default=0, help="0: any free one")
    parser.add_argument("--port-file", type=Path, help="gets the port once requests are answered")
    parser.add_argument("--config-file", type=Path, help="the engine's own configuration, as ClickHouse reads it")
    parser.add_argument("--die-with-parent", action="store_true", help="end when the starting process ends")
    parser.add_argument("--max-running", type=int, default=64, help="statements at the same time; others wait")
    parser.add_argument("--query-memory-gib", type=float, default=_half_of_memory(), help="cap of one query")
    parser.add_argument(
        "--setting", action="append", default=[], metavar="NAME=VALUE", help="of every statement that says no other"
    )
    parser.add_argument("--log-level", default="WARNING")
    return parser.parse_args()


def _half_of_memory() -> float:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / (1 << 30) / 2
    except (ValueError, OSError):
        return 4.0


if __name__ == "__main__":
    sys.exit(main())
