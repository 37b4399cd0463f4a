"""An ad platform's audiences: a contract of the product's own, modelled on no single platform."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, ClassVar

from regulars_sandbox.contract import Answer, Call, House, Refusal, StandIn

CLIENT, SECRET, ADVERTISER = "sandbox-client", "sandbox-client-secret", "adv-1"
PART = 1_000
SMALLEST = 100
_LIFE = timedelta(hours=2)
_READY_AFTER = timedelta(seconds=10)
_IDS = re.compile(r"/[au]?\d+")
_HASHES = {
    "md5": re.compile(rb"[0-9a-f]{32}"),
    "sha256": re.compile(rb"[0-9a-f]{64}"),
    "sm3": re.compile(rb"[0-9a-f]{64}"),
}
_ID_TYPES = {"phone_md5", "phone_sha256", "phone_sm3", "email_md5", "email_sha256", "device_md5"}


class No(Exception):
    """A call is refused."""

    def __init__(self, code: str, words: str, status: int = 400) -> None:
        super().__init__(code)
        self.answer = Answer.of({"error": code, "message": words}, status)


@dataclass(slots=True)
class Audience:
    """An audience and the hashes in it. ended: how its last upload, or itself, has ended before its time."""

    name: str
    id_type: str
    ids: set[str] = field(default_factory=set[str])
    changed_at: datetime | None = None
    ended: str = ""


@dataclass(slots=True)
class Upload:
    """An upload that is open until it is closed."""

    audience: str
    mode: str
    total: int
    parts: dict[int, bytes] = field(default_factory=dict[int, bytes])
    closed: bool = False


class Ads(StandIn):
    """Keeps an answer under its idempotency key, and one part of each number."""

    key: ClassVar[str] = "ads"
    title: ClassVar[str] = "Ad audiences 广告人群"
    page: ClassVar[str] = ""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        self.audiences: dict[str, Audience] = {}
        self.uploads: dict[str, Upload] = {}
        self._tokens: dict[str, datetime] = {}
        self._kept: dict[str, tuple[bytes, Answer]] = {}

    def credentials(self) -> dict[str, Any]:
        """Return the client of the sandbox."""
        return {"client_id": CLIENT, "client_secret": SECRET, "advertiser_id": ADVERTISER}

    def api_of(self, call: Call) -> str:
        """Name the API: method and path without ids."""
        return f"{call.method} {_IDS.sub('', call.path)}"

    def expire_tokens(self) -> None:
        """End all tokens."""
        self._tokens.clear()

    async def answer(self, call: Call) -> Answer:
        """Verify, then do what is asked; a key that was seen is answered as the first time."""
        try:
            if (call.method, call.path) == ("POST", "/token"):
                return self._token(call.form())
            self._verify(call)
            key = call.headers.get("idempotency-key", "")
            mark = call.path.encode() + b"\n" + call.body
            if key and key in self._kept:
                if self._kept[key][0] != mark:
                    raise No("invalid", "this key was used for something else")
                return self._kept[key][1]
            answer = self._done(call)
            if key:
                self._kept[key] = (mark, Answer(answer.body, answer.status))
            return answer
        except No as no:
            return no.answer
        except (KeyError, ValueError, TypeError) as error:
            return No("invalid", f"missing or malformed: {type(error).__name__}").answer

    def _token(self, form: Mapping[str, str]) -> Answer:
        right = form.get("client_id") == CLIENT and hmac.compare_digest(form.get("client_secret", ""), SECRET)
        if not right or form.get("grant_type") != "client_credentials":
            raise No("client_unknown", "client id or secret is wrong", 401)
        token = secrets.token_hex(16)
        self._tokens[token] = self.house.now() + _LIFE
        return Answer.of({"access_token": token, "expires_in": int(_LIFE.total_seconds())})

    def _verify(self, call: Call) -> None:
        token = call.headers.get("authorization", "").removeprefix("Bearer ")
        if self._tokens.get(token, self.house.now()) <= self.house.now():
            raise No("token_expired", "the token is unknown or has expired", 401)
        if call.headers.get("x-advertiser") != ADVERTISER:
            raise No("not_permitted", "the client does not act for this advertiser", 403)

    def _done(self, call: Call) -> Answer:
        match (call.method, call.path.strip("/").split("/")):
            case ("GET", ["audiences"]):
                return Answer.of({"items": [{"id": key, "name": one.name} for key, one in self.audiences.items()]})
            case ("POST", ["audiences"]):
                given = call.json()
                if given["id_type"] not in _ID_TYPES or not given["name"]:
                    raise No("invalid", "id_type or name")
                key = f"a{len(self.audiences) + 1}"
                self.audiences[key] = Audience(given["name"], given["id_type"])
                return Answer.of({"id": key}, 201)
            case ("GET", ["audiences", key]) if key in self.audiences:
                return Answer.of(self._said(self.audiences[key]))
            case ("POST", ["audiences", key, "uploads"]) if key in self.audiences:
                return self._opened(key, call.json())
            case ("PUT", ["uploads", key, "parts", number]) if key in self.uploads:
                return self._part(self.uploads[key], int(number), call)
            case ("POST", ["uploads", key, "close"]) if key in self.uploads:
                return self._closed(key, self.uploads[key], call.json()["parts"])
            case _:
                raise No("not_found", "no such thing", 404)

    async def act(self, verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
        """Let an audience's last upload be lost in processing (fail), or the audience be dropped (expire)."""
        one = self.audiences[given["audience"]]
        match verb:
            case "fail":
                one.ended = "failed"
            case "expire":
                one.ended, one.ids = "expired", set()
            case _:
                raise KeyError(verb)
        return {"state": one.ended}

    def _opened(self, audience: str, given: Mapping[str, Any]) -> Answer:
        if given["mode"] not in ("replace", "add", "remove") or int(given["total"]) < 1:
            raise No("invalid", "mode or total")
        if self.audiences[audience].ended == "expired":
            raise No("not_found", "the audience has expired", 404)
        key = f"u{len(self.uploads) + 1}"
        self.uploads[key] = Upload(audience, given["mode"], int(given["total"]))
        return Answer.of({"id": key, "part_size": PART}, 201)

    def _part(self, upload: Upload, number: int, call: Call) -> Answer:
        if hashlib.sha256(call.body).hexdigest() != call.headers.get("x-content-sha256"):
            raise No("checksum", "the part does not have the checksum it names")
        lines = call.body.split(b"\n")
        if upload.closed and upload.parts.get(number) == call.body:  # said once more, after it was done
            return Answer.of({"taken": len(lines)})
        form = _HASHES[self.audiences[upload.audience].id_type.rpartition("_")[2]]
        if upload.closed or number < 1 or len(lines) > PART or not all(form.fullmatch(line) for line in lines):
            raise No("invalid", "closed, or not hashes, or too many of them")
        upload.parts[number] = call.body
        return Answer.of({"taken": len(lines)})

    def _closed(self, key: str, upload: Upload, parts: int) -> Answer:
        ids = {line.decode() for part in upload.parts.values() for line in part.split(b"\n")}
        if sorted(upload.parts) != list(range(1, parts + 1)):
            raise No("too_many_parts", "parts are missing or too many")
        if sum(part.count(b"\n") + 1 for part in upload.parts.values()) != upload.total:
            raise No("invalid", "not as many identifiers as announced")
        audience = self.audiences[upload.audience]
        match upload.mode:
            case "replace":
                audience.ids = ids
            case "add":
                audience.ids |= ids
            case _:
                audience.ids -= ids
        audience.changed_at, audience.ended = self.house.now(), ""
        upload.closed = True
        return Answer(json.dumps({"id": key}).encode(), counted=(f"{upload.audience} {key}",))

    def _said(self, one: Audience) -> dict[str, Any]:
        ready = one.changed_at is not None and self.house.now() >= one.changed_at + _READY_AFTER
        state = "empty" if one.changed_at is None else "processing" if not ready else "ready"
        if ready and len(one.ids) < SMALLEST:
            state = "too_small"
        state = one.ended or state
        matched = len(one.ids) * 7 // 10 if state == "ready" else 0
        return {"state": state, "size": len(one.ids), "matched": matched, "smallest": SMALLEST}

    def refusal(self, why: Refusal, call: Call) -> Answer:
        """Refuse."""
        del call
        return {
            "rate": No("too_many_calls", "slow down", 400),
            "token": No("token_expired", "the token is unknown or has expired", 401),
            "permission": No("not_permitted", "not permitted", 403),
            "server": No("internal", "internal error", 500),
        }[why].answer

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """There is no published vector."""
        raise KeyError(name)
