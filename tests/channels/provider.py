"""Sending through a channel as the sender does, under every fault, and counting who was reached.

Certain refusals are tried again, what is unclear is not (unless the provider takes a request once): so nobody is
reached twice, whoever may have been reached is listed, and whoever was refused is named with the provider's code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from regulars.channels.contract import NotSent, PlatformChannel, Recipient, SendRequest, Sent
from regulars.platforms import api as platforms
from regulars.platforms.contract import Incoming, Session

CERTAIN = ("rate", "token", "permission", "http_429")
"""Faults after which it is certain that nothing was done."""
OPEN = ("server", "lost_request", "lost_answer", "http_500", "http_500_after", "garbage")


@dataclass
class Told:
    """What the sender would write down. sent: by uid, the provider's number."""

    sent: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)
    failed: dict[int, str] = field(default_factory=dict)
    unknown: set[int] = field(default_factory=set)
    attempts: int = 0


class Outlet:
    """The house, as a channel sees it."""

    def __init__(self, outside) -> None:
        self._outside = outside

    def session(self, account_id: int) -> Session:
        """Open the account."""
        key = next(key for key, found in self._outside._accounts.items() if found == account_id)
        return self._outside.session(key)


def people(n: int, address=lambda no: f"+86138{no:08d}", ns: str = "phone", **texts: str) -> tuple[Recipient, ...]:
    """Return people with an address each, and the texts of a template's variables."""
    return tuple(
        Recipient(
            no, "标题", f"正文 {no}", {k: v.format(no=no) for k, v in texts.items()}, address(no), ns, f"ref-{no}"
        )
        for no in range(n)
    )


def send(outside, channel: PlatformChannel, settings: Mapping[str, Any], recipients: Sequence[Recipient]) -> Told:
    """Send as the sender does: requests of the channel's size, each until it is sent, failed or unclear."""
    config = parsed(outside, channel, settings)
    told = Told()
    size = channel.limits.batch
    for number, start in enumerate(range(0, len(recipients), size)):
        _one(outside, channel, config, (f"request{number}", tuple(recipients[start : start + size])), told)
    return told


def _one(outside, channel, config, named, told: Told) -> None:
    request_id, recipients = named
    uids = [r.uid for r in recipients]
    for attempt in range(1, 4):
        told.attempts += 1
        at = outside.house.now()
        request = SendRequest(request_id, attempt, 1, 7, "live", at, at, recipients)
        try:
            result = channel.send(Outlet(outside), config, request)
        except NotSent as no:
            if no.final or attempt == 3:
                told.failed |= dict.fromkeys(uids, no.reason)
                return
        except Exception:
            told.unknown |= set(uids)
            return
        else:
            told.refused |= result.refused
            told.unknown |= result.unknown
            left = [uid for uid in uids if uid not in result.refused and uid not in result.unknown]
            told.sent |= dict.fromkeys(left, result.provider_id)
            return


def parsed(outside, channel: PlatformChannel, settings: Mapping[str, Any]) -> BaseModel:
    """Return typed settings that name the sandbox's account."""
    return type(channel).Config.model_validate({"account_id": outside.account(channel.platform), **settings})


def asked(outside, channel: PlatformChannel, settings: Mapping[str, Any], told: Told, recipients) -> list:
    """Ask the provider about every request, those without an answer too."""
    size = channel.limits.batch
    sent = [
        Sent(f"request{no}", told.sent.get(recipients[start].uid, ""), outside.house.now(),
             tuple(recipients[start : start + size]))
        for no, start in enumerate(range(0, len(recipients), size))
    ]  # fmt: skip
    session = outside.session(channel.platform)
    return platforms.run(lambda: channel.ask(session, parsed(outside, channel, settings), sent))


class Inbox:
    """Where the sandbox's pushes arrive: a listening server that keeps them."""

    def __init__(self) -> None:
        import threading
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        inbox = self
        self.got: list[tuple[str, dict[str, str], bytes]] = []

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                inbox.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
                self.send_response(200)
                self.end_headers()

            def log_message(self, *args: object) -> None:
                """Stay silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/hook"

    def messages(self) -> list[Incoming]:
        """Return what arrived."""
        from urllib.parse import parse_qsl, urlsplit

        return [
            Incoming("POST", dict(parse_qsl(urlsplit(path).query)), headers, body, datetime(2026, 1, 1, tzinfo=UTC))
            for path, headers, body in self.got
        ]

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
