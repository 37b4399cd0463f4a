"""Messages of WeChat and WeCom servers: signature, AES envelope and XML, the same for both.

Source: developer.work.weixin.qq.com/document/path/90968; the official sample (WXBizMsgCrypt) with its vectors.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import Any
from xml.etree import ElementTree

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

_BLOCK = 32
"""PKCS#7 is padded to 32 bytes, not to AES's 16: a padding byte may be 17 to 32."""
_RANDOM = 16
_LENGTH = 4
_SEALED = re.compile(rb"<Encrypt>\s*(?:<!\[CDATA\[)?\s*([A-Za-z0-9+/=]+)\s*(?:\]\]>)?\s*</Encrypt>")


def signature(token: str, *parts: str) -> str:
    """Return the hex SHA-1 of token and parts, sorted and joined.

    parts: timestamp, nonce and, where the message is sealed, its ciphertext.
    """
    return hashlib.sha1("".join(sorted((token, *parts))).encode(), usedforsecurity=False).hexdigest()


def is_signed(given: str, token: str, *parts: str) -> bool:
    """Tell whether a given signature is the right one."""
    return hmac.compare_digest(given.encode(), signature(token, *parts).encode())


def seal(aes_key: str, text: str, receiver: str, *, random: bytes = b"") -> str:
    """Return a text's envelope, base64. aes_key: the 43 characters of the platform. random: 16 bytes, fresh if none."""
    raw, to = text.encode(), receiver.encode()
    plain = (random or secrets.token_bytes(_RANDOM)) + len(raw).to_bytes(_LENGTH, "big") + raw + to
    short = _BLOCK - len(plain) % _BLOCK
    key = _key(aes_key)
    maker = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(maker.update(plain + bytes([short]) * short) + maker.finalize()).decode()


def unseal(aes_key: str, sealed: str) -> tuple[str, str]:
    """Return (text, receiver) of an envelope. Raises ValueError when it is none of this key."""
    key = _key(aes_key)
    try:
        raw = base64.b64decode(sealed, validate=True)
        reader = Cipher(algorithms.AES256(key), modes.CBC(key[:16])).decryptor()
        plain = reader.update(raw) + reader.finalize()
        short = plain[-1]
    except (binascii.Error, ValueError, IndexError) as error:
        raise ValueError("no envelope") from error
    start, end = _RANDOM + _LENGTH, len(plain) - short
    length = int.from_bytes(plain[_RANDOM:start], "big")
    if not 1 <= short <= _BLOCK or start + length > end or plain[end:] != bytes([short]) * short:
        raise ValueError("no envelope of this key")
    return plain[start : start + length].decode(), plain[start + length : end].decode()


def _key(aes_key: str) -> bytes:
    key = base64.b64decode(aes_key + "=", validate=True)
    if len(key) != 32:
        raise ValueError("an EncodingAESKey has 43 characters")
    return key


def sealed_reply(keys: tuple[str, str, str], text: str, timestamp: str, nonce: str) -> bytes:
    """Return the XML that answers a sealed message. keys: token, EncodingAESKey, receiver (corp ID or app ID)."""
    token, aes_key, receiver = keys
    sealed = seal(aes_key, text, receiver)
    signed = signature(token, timestamp, nonce, sealed)
    return (
        f"<xml><Encrypt><![CDATA[{sealed}]]></Encrypt><MsgSignature><![CDATA[{signed}]]></MsgSignature>"
        f"<TimeStamp>{timestamp}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    ).encode()


def sealed_part(body: bytes) -> str:
    """Return the ciphertext in a message's XML, "" when it has none. Not parsed: nothing of it is proven yet."""
    found = _SEALED.search(body)
    return found[1].decode() if found else ""


def read_xml(text: str) -> dict[str, Any]:
    """Return the fields of a message whose signature was right: text, or for nested ones a table or a list of them.

    Raises ValueError.
    """
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise ValueError("a message declares nothing")
    try:
        found = _value(ElementTree.fromstring(text))  # noqa: S314 - signed by the platform, and without declarations
    except ElementTree.ParseError as error:
        raise ValueError("no XML") from error
    if not isinstance(found, dict):
        raise ValueError("no message")
    return found


def _value(node: ElementTree.Element) -> Any:  # noqa: ANN401 - text, table or list
    if not len(node):
        return (node.text or "").strip()
    found: dict[str, Any] = {}
    for child in node:
        value = _value(child)
        before = found.get(child.tag)
        found[child.tag] = (
            value if before is None else [*before, value] if isinstance(before, list) else [before, value]
        )
    return found


def many(value: object) -> list[Any]:
    """Return the items of a field that may be missing, alone or several."""
    return list(value) if isinstance(value, list) else [] if value in (None, "") else [value]


def vector(name: str, given: dict[str, str]) -> str:
    """Return what this makes of a published vector: signature, message (opened) or envelope (sealed)."""
    if name == "signature":
        return signature(given["token"], *(given[part] for part in ("timestamp", "nonce", "sealed") if part in given))
    if name == "envelope":
        return seal(given["aes_key"], given["text"], given["receiver"], random=given["random"].encode())
    if name == "message":
        text, receiver = unseal(given["aes_key"], given["sealed"])
        return text if receiver == given["receiver"] else ""
    raise KeyError(name)
