"""How WeChat and WeCom wrap what they send: XML, sealed with AES and signed with SHA-1.

Written from developer.work.weixin.qq.com/document/path/90968 and held against the vectors of the official sample.
"""

from __future__ import annotations

import hashlib
import struct
from base64 import b64decode, b64encode
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

_PADDING = PKCS7(256)


def sha1_of(*parts: str) -> str:
    """Return the signature over parts, the token among them."""
    digest = hashlib.sha1(usedforsecurity=False)
    for part in sorted(parts):
        digest.update(part.encode())
    return digest.hexdigest()


class Envelope:
    """Seals for one receiver. aes_key: 43 characters. receiver: corp ID or app ID."""

    def __init__(self, token: str, aes_key: str, receiver: str) -> None:
        self.token, self.receiver = token, receiver
        self._key = b64decode(aes_key + "=")

    def _cipher(self) -> Cipher[CBC]:
        return Cipher(AES(self._key), CBC(self._key[:16]))

    def sealed(self, text: str, random: bytes) -> str:
        """Return a text sealed. random: 16 bytes."""
        content = text.encode()
        plain = struct.pack(f">16sI{len(content)}s", random, len(content), content) + self.receiver.encode()
        padder, maker = _PADDING.padder(), self._cipher().encryptor()
        return b64encode(maker.update(padder.update(plain) + padder.finalize()) + maker.finalize()).decode()

    def opened(self, sealed: str) -> str:
        """Return what is in an envelope. Raises ValueError, also when it is for somebody else."""
        reader, unpadder = self._cipher().decryptor(), _PADDING.unpadder()
        plain = unpadder.update(reader.update(b64decode(sealed)) + reader.finalize()) + unpadder.finalize()
        (length,) = struct.unpack_from(">I", plain, 16)
        text, receiver = plain[20 : 20 + length].decode(), plain[20 + length :].decode()
        if receiver != self.receiver:
            raise ValueError("for another receiver")
        return text

    def query(self, sealed: str, timestamp: str, nonce: str, **more: str) -> str:
        """Return the query of a message that carries a sealed part."""
        signed = sha1_of(self.token, timestamp, nonce, sealed)
        return urlencode({"msg_signature": signed, "timestamp": timestamp, "nonce": nonce, **more})


def xml(fields: Mapping[str, Any], root: str = "xml") -> str:
    """Return fields as the platforms write them: text as CDATA, numbers bare, lists of texts as items."""
    return f"<{root}>" + "".join(_tag(name, value) for name, value in fields.items()) + f"</{root}>"


def _tag(name: str, value: object) -> str:
    if isinstance(value, Mapping):
        return xml(value, name)
    if isinstance(value, list):
        if value and isinstance(value[0], Mapping):
            return "".join(xml(one, name) for one in value)
        return f"<{name}>" + "".join(_tag("Item", one) for one in value) + f"</{name}>"
    return f"<{name}>{value}</{name}>" if isinstance(value, int) else f"<{name}><![CDATA[{value}]]></{name}>"


def vector(name: str, given: Mapping[str, str]) -> str:
    """Return what this makes of a published vector: signature, message (opened) or envelope (sealed)."""
    if name == "signature":
        return sha1_of(*(given[part] for part in ("token", "timestamp", "nonce", "sealed") if part in given))
    own = Envelope(given.get("token", ""), given["aes_key"], given["receiver"])
    if name == "envelope":
        return own.sealed(given["text"], given["random"].encode())
    if name == "message":
        return own.opened(given["sealed"])
    raise KeyError(name)
