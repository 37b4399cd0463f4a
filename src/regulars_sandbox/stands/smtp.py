"""A mail server: takes mail on a port of its own, and reports what could not be delivered."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Push, Refusal, StandIn

USER, PASSWORD = "shop@sandbox.example", "sandbox-password"
_LARGEST = 10_000_000


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail that was taken. data: as it came."""

    sender: str
    to: str
    data: bytes

    def parsed(self) -> EmailMessage:
        """Return it as a message."""
        return BytesParser(EmailMessage, policy=policy.default).parsebytes(self.data)


class Smtp(StandIn):
    """Users named nobody... are unknown, those named full... have no room just now."""

    key: ClassVar[str] = "smtp"
    title: ClassVar[str] = "Mail server 邮件服务器"
    page: ClassVar[str] = "https://www.rfc-editor.org/rfc/rfc5321"
    verbs: ClassVar[Mapping[str, str]] = {
        "bounce": "to* status action",
    }

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.letters: list[Letter] = []
        self._port = 0
        self._task: asyncio.Task[None] | None = None

    def credentials(self) -> dict[str, Any]:
        """Return the server's address; it begins to listen when it is first asked for by the sandbox's own server."""
        if self._task is None:
            with contextlib.suppress(RuntimeError):
                loop = asyncio.get_running_loop()
                listener = socket.create_server(("127.0.0.1", 0))
                self._port = listener.getsockname()[1]
                self._task = loop.create_task(self._listen(listener))
        return {
            "host": "127.0.0.1", "port": self._port or 25, "tls": "none", "user": USER, "password": PASSWORD,
        }  # fmt: skip

    async def _listen(self, listener: socket.socket) -> None:
        async with await asyncio.start_server(self._talk, sock=listener, limit=_LARGEST) as server:
            await server.serve_forever()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ValueError):
                await _Dialogue(self.house, reader, writer).run()
        finally:
            writer.close()

    def api_of(self, call: Call) -> str:
        """Name the command."""
        return call.path.strip("/")

    async def answer(self, call: Call) -> Answer:
        """Take a message; the body of the answer is the reply's line."""
        if call.method != "SMTP":
            return Answer(b"This is a mail server.", 404, "text/plain")
        letter = Letter(call.headers["from"], call.headers["to"], call.body)
        if len(call.body) > _LARGEST:
            return Answer(b"552 5.3.4 Message size exceeds fixed limit")
        said = letter.parsed()
        if not said["From"] or not said["Message-ID"] or not said["Date"]:
            return Answer(b"554 5.6.0 Message lacks From, Date or Message-ID")
        self.letters.append(letter)
        text = said.get_body(("plain",))
        seen = f"{said['Subject']}\n{text.get_content() if text else ''}"
        key = f"{letter.to} {hashlib.sha256(seen.encode()).hexdigest()[:12]}"
        return Answer(f"250 2.0.0 Ok: queued as Q{len(self.letters)}".encode(), counted=(key,))

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse with the codes of RFC 3463."""
        del call
        return Answer(
            {
                "rate": b"451 4.7.1 Too many messages, slow down",
                "token": b"530 5.7.0 Authentication required",
                "permission": b"550 5.7.1 Sender not permitted",
                "server": b"451 4.3.0 Internal error",
            }[why]
        )

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """bounce: report on the last letter to an address."""
        if verb != "bounce":
            raise KeyError(f"smtp has no verb {verb!r}")
        letter = next((one for one in reversed(self.letters) if one.to == given["to"]), None)
        if letter is None:
            raise ValueError("nothing was sent to this address")
        url = self.house.callback(self.key)
        if not url:
            return {"status": 0}
        body = _report(letter, str(given.get("status", "5.1.1")), str(given.get("action", "failed")))
        return {"status": await self.house.push(Push(self.key, url, body, {"content-type": "message/rfc822"}))}

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """Nothing is signed here."""
        raise KeyError(name)


class _Dialogue:
    """One client's conversation."""

    def __init__(self, house: House, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._house, self._reader, self._writer = house, reader, writer
        self._known = False
        self._from, self._to = "", ""

    async def run(self) -> None:
        """Talk until the client leaves or the connection is to end."""
        await self._say("220 mail.sandbox.example ESMTP")
        while line := await self._reader.readline():
            word, _, rest = line.decode(errors="replace").strip().partition(" ")
            if word.upper() == "QUIT":
                await self._say("221 2.0.0 Bye")
                return
            if word.upper() == "DATA" and self._from and self._to:
                if not await self._data():
                    return
            else:
                await self._say(self._reply(word.upper(), rest))

    def _reply(self, word: str, rest: str) -> str:
        match word:
            case "EHLO" | "HELO":
                return "250-mail.sandbox.example\r\n250-8BITMIME\r\n250 AUTH PLAIN"
            case "AUTH":
                return self._login(rest)
            case "MAIL" if not self._known:
                return "530 5.7.0 Authentication required"
            case "MAIL":
                self._from = _address(rest)
                return "250 2.1.0 Ok"
            case "RCPT" if self._from:
                return self._recipient(_address(rest))
            case "RSET" | "NOOP":
                return "250 2.0.0 Ok"
            case _:
                return "503 5.5.1 Bad sequence of commands"

    def _login(self, rest: str) -> str:
        kind, _, given = rest.partition(" ")
        try:
            _, user, password = base64.b64decode(given, validate=True).decode().split("\0")
        except ValueError:
            return "501 5.5.2 Cannot decode"
        self._known = kind == "PLAIN" and user == USER and hmac.compare_digest(password, PASSWORD)
        return "235 2.7.0 Authentication successful" if self._known else "535 5.7.8 Authentication credentials invalid"

    def _recipient(self, address: str) -> str:
        if address.startswith("nobody"):
            return f"550 5.1.1 <{address}>: Recipient address rejected: User unknown"
        if address.startswith("full"):
            return "452 4.2.2 Mailbox full"
        self._to = address
        return "250 2.1.5 Ok"

    async def _data(self) -> bool:
        """Take the message; False ends the connection."""
        await self._say("354 End data with <CR><LF>.<CR><LF>")
        lines: list[bytes] = []
        while (line := await self._reader.readline()) != b".\r\n":
            if not line:
                return False
            lines.append(line.removeprefix(b".") if line.startswith(b"..") else line)
        call = Call("SMTP", "/message", b"", {"from": self._from, "to": self._to}, b"".join(lines))
        answer, _ = await self._house.answer("smtp", call)
        self._to = ""
        if answer is None or answer.status >= 500:
            return False
        await self._say("451 4.7.1 Greylisted" if answer.status == 429 else answer.body.decode())
        return True

    async def _say(self, reply: str) -> None:
        self._writer.write(reply.encode() + b"\r\n")
        await self._writer.drain()


def _address(rest: str) -> str:
    return rest.partition("<")[2].partition(">")[0]


def _report(letter: Letter, status: str, action: str) -> bytes:
    """Return a delivery report as mail servers send them."""
    original = letter.parsed()
    headers = "".join(f"{name}: {original[name]}\r\n" for name in ("Message-ID", "From", "To", "Date"))
    lines = [
        "From: MAILER-DAEMON@mail.sandbox.example", f"To: {letter.sender}", "Subject: Undelivered Mail",
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "MIME-Version: 1.0", "",
        "--b", "Content-Type: text/plain", "", "This is the mail system.", "",
        "--b", "Content-Type: message/delivery-status", "",
        "Reporting-MTA: dns; mail.sandbox.example", "",
        f"Final-Recipient: rfc822; {letter.to}", f"Action: {action}", f"Status: {status}", "",
        "--b", "Content-Type: text/rfc822-headers", "", headers,
        "--b--", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()
