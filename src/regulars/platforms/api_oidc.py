"""Sign-in by an OpenID Connect provider: the authorization code flow with PKCE.

Source: OpenID Connect Core 1.0, sections 3.1 and 5; OpenID Connect Discovery 1.0; RFC 7636.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import httpx2
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from regulars.core.errors import Unauthenticated, Unavailable

SCOPE = "openid email profile"
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA")
"""Signatures by a key pair; "none" and those by a shared secret are not taken."""
_LEEWAY_S = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What a sign-in was begun with, kept by the browser until it comes back: each good for one sign-in."""

    state: str
    nonce: str
    verifier: str


@dataclass(frozen=True, slots=True)
class Claims:
    """Who the provider says it is. subject: unique within the issuer, for good."""

    issuer: str
    subject: str
    email: str
    email_verified: bool
    name: str


class Provider:
    """One provider, known by its issuer; its description and keys are fetched when they are first needed.

    name: on the button. wait_s: how long one answer may take.
    """

    def __init__(self, issuer: str, client_id: str, client_secret: str, *, name: str = "", wait_s: float = 10) -> None:
        self.issuer = issuer.rstrip("/")
        self.name = name or self.issuer.partition("://")[2]
        self._client_id, self._client_secret = client_id, client_secret
        self._wait_s = wait_s
        self._described: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    def start(self, back_to: str) -> tuple[str, Asked]:
        """Return where to send the browser, and what it must come back with. Raises Unavailable."""
        asked = Asked(secrets.token_urlsafe(24), secrets.token_urlsafe(24), secrets.token_urlsafe(48))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(asked.verifier.encode()).digest()).rstrip(b"=")
        query = {
            "response_type": "code",
            "client_id": self._client_id,
            "redirect_uri": back_to,
            "scope": SCOPE,
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge.decode(),
            "code_challenge_method": "S256",
        }
        address = str(self._description()["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(query)}", asked

    def claims(self, code: str, back_to: str, asked: Asked, now: datetime) -> Claims:
        """Return who came back with this code. Raises Unauthenticated when it does not hold, Unavailable."""
        tokens = self._tokens(code, back_to, asked.verifier)
        told = self._verified(str(tokens.get("id_token", "")), asked.nonce, now)
        if "email" not in told and tokens.get("access_token") and "userinfo_endpoint" in self._description():
            more = self._ask("GET", str(self._description()["userinfo_endpoint"]),
                             headers={"Authorization": f"Bearer {tokens['access_token']}"})  # fmt: skip
            if more.get("sub") == told["sub"]:  # Core 5.3.2: otherwise it may be of somebody else
                told = more | told
        return Claims(
            issuer=self.issuer,
            subject=str(told["sub"]),
            email=str(told.get("email", "")),
            email_verified=told.get("email_verified") in (True, "true"),
            name=str(told.get("name") or told.get("preferred_username") or ""),
        )

    def _tokens(self, code: str, back_to: str, verifier: str) -> dict[str, Any]:
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back_to, "code_verifier": verifier}
        methods = self._description().get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        if "client_secret_basic" in methods:
            auth = (self._client_id, self._client_secret)
        else:
            auth = None
            form |= {"client_id": self._client_id, "client_secret": self._client_secret}
        return self._ask("POST", str(self._description()["token_endpoint"]), data=form, auth=auth)

    def _verified(self, token: str, nonce: str, now: datetime) -> dict[str, Any]:
        try:
            try:
                decoded = jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS)
            except (JoseError, ValueError):  # the provider may have changed its keys since they were fetched
                self._keys = None
                decoded = jwt.decode(token, self._key_set(), algorithms=_ALGORITHMS)
            jwt.JWTClaimsRegistry(
                now=int(now.timestamp()),
                leeway=_LEEWAY_S,
                iss={"essential": True, "value": self._description()["issuer"]},
                aud={"essential": True, "value": self._client_id},
                exp={"essential": True},
                sub={"essential": True},
                nonce={"essential": True, "value": nonce},
            ).validate(decoded.claims)
        except (JoseError, ValueError) as error:
            raise _not_confirmed(type(error).__name__) from error
        if decoded.claims.get("azp", self._client_id) != self._client_id:
            raise _not_confirmed("azp")
        return dict(decoded.claims)

    def _key_set(self) -> KeySet:
        if self._keys is None:
            self._keys = KeySet.import_key_set(self._ask("GET", str(self._description()["jwks_uri"])))  # pyright: ignore[reportArgumentType] - JSON from outside; a wrong one raises
        return self._keys

    def _description(self) -> Mapping[str, Any]:
        if self._described is None:
            found = self._ask("GET", f"{self.issuer}/.well-known/openid-configuration")
            if str(found.get("issuer", "")).rstrip("/") != self.issuer:  # Discovery 4.3
                raise Unavailable(
                    f"{self.issuer} says that it is another issuer.",
                    "Correct REGULARS_OIDC_ISSUER.",
                    code="oidc.issuer",
                )
            self._described = found
        return self._described

    def _ask(self, method: str, url: str, **more: Any) -> dict[str, Any]:  # noqa: ANN401 - httpx2's own arguments
        try:
            answer = httpx2.request(method, url, timeout=self._wait_s, follow_redirects=False, **more)
            if answer.status_code >= 500:
                answer.raise_for_status()
            found: Any = answer.json() if answer.content else None
        except (httpx2.HTTPError, ValueError) as error:
            raise Unavailable(
                f"The sign-in provider {self.name} does not answer as it should.",
                "Try again in a moment, or log in by password.",
                code="oidc.away",
            ) from error
        if not answer.is_success or not isinstance(found, dict):
            raise _not_confirmed(f"HTTP {answer.status_code}")
        return dict(found)  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - JSON


def _not_confirmed(fault: str) -> Unauthenticated:
    return Unauthenticated(
        "The provider did not confirm this sign-in.",
        "Begin again from the login page.",
        code="login.provider",
        fault=fault,
    )
