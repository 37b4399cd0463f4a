"""The vault's locks: random encryption for values, a blind index for looking them up, masks for showing them."""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import unicodedata
from collections.abc import Iterable

import phonenumbers
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

INDEX_BYTES = 16
"""Of a blind index; 32 hex characters."""

_NONCE_BYTES = 12
_DEFAULT_PHONE_REGION = "CN"


class Vault:
    """Encrypts with AES-256-GCM and indexes with HMAC-SHA-256; keys are derived from one master key by HKDF.

    master_key: >= 32 random bytes. context: bound as associated data, so a value cannot be moved elsewhere.
    """

    def __init__(self, master_key: bytes) -> None:
        if len(master_key) < 32:
            raise ValueError("The master key needs at least 32 bytes.")
        self._aead = AESGCM(_derive(master_key, b"regulars/encrypt/1"))
        self.index = BlindIndex(_derive(master_key, b"regulars/blind-index/1"))
        self._index = hmac.new(_derive(master_key, b"regulars/blind-index/1"), digestmod=hashlib.sha256)

    def blind_index(self, ns: str, scope: str, value: str) -> str:
        """Return 32 hex characters that equal values of one namespace and scope share; reveals nothing else."""
        message = "\x1f".join((ns, scope, normalise(ns, value))).encode()
        keyed = self._index.copy()  # the key's own two blocks are hashed once, not for every value
        keyed.update(message)
        return keyed.hexdigest()[:32]

    def encrypt(self, plain: str | bytes, context: str) -> bytes:
        """Return nonce + ciphertext."""
        nonce = os.urandom(_NONCE_BYTES)
        data = plain.encode() if isinstance(plain, str) else plain
        return nonce + self._aead.encrypt(nonce, data, context.encode())

    def decrypt(self, cipher: bytes, context: str) -> bytes:
        """Return the plain bytes. Raises cryptography's InvalidTag when cipher, key or context differ."""
        cipher = bytes(cipher)
        return self._aead.decrypt(cipher[:_NONCE_BYTES], cipher[_NONCE_BYTES:], context.encode())


class BlindIndex:
    """The vault's blind index for very many values; can be handed to another process, and decrypts nothing."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def digests(self, ns: str, scope: str, normalised: Iterable[str]) -> bytes:
        """Return the first 16 bytes of each value's index, joined. normalised: see `normalise`."""
        padded = self._key.ljust(hashlib.sha256().block_size, b"\0")
        inner = hashlib.sha256(bytes(b ^ 0x36 for b in padded) + f"{ns}\x1f{scope}\x1f".encode()).copy
        outer = hashlib.sha256(bytes(b ^ 0x5C for b in padded)).copy
        found: list[bytes] = []
        for value in normalised:
            within, around = inner(), outer()
            within.update(value.encode())
            around.update(within.digest())
            found.append(around.digest()[:INDEX_BYTES])
        return b"".join(found)


def _derive(master_key: bytes, info: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=info).derive(master_key)


_current: list[Vault] = []


def set_vault(vault: Vault) -> None:
    """Install the process-wide vault (boot, tests)."""
    _current[:] = [vault]


def vault() -> Vault:
    """Return the process-wide vault. Raises RuntimeError before boot has set it."""
    if not _current:
        raise RuntimeError("The vault is not open: boot sets it from REGULARS_SECRET or the home's key file.")
    return _current[0]


def normalise(ns: str, value: str) -> str:
    """Bring a value into the one form that is compared: phones as E.164, e-mails in lower case, others NFKC."""
    value = (value if value.isascii() else unicodedata.normalize("NFKC", value)).strip()
    if ns == "phone":
        return _e164(value)
    if ns == "email":
        return value.lower()
    return value


def _e164(value: str) -> str:
    if re.fullmatch(r"1\d{10}", value):  # the common case, without the library's cost
        return f"+86{value}"
    try:
        number = phonenumbers.parse(value, _DEFAULT_PHONE_REGION)
    except phonenumbers.NumberParseException:
        return re.sub(r"\s", "", value)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


_OPAQUE = {"customer_id", "order", "record", "member_no", "device", "anonymous_id"}


def mask(ns: str, value: str) -> str:
    """Return what may be shown without permission: 138****0001, a***@b.com, 王**; opaque numbers stay."""
    value = value.strip()
    if ns in _OPAQUE:
        return value
    if ns == "email" and "@" in value:
        name, _, domain = value.partition("@")
        return f"{name[:1]}***@{domain}"
    if ns == "phone":
        digits = re.sub(r"^\+86", "", _e164(value))
        return f"{digits[:3]}****{digits[-4:]}" if len(digits) > 7 else "****"
    if ns == "name":
        return value[:1] + "**"
    return f"{value[:2]}****{value[-2:]}" if len(value) > 6 else "****"
