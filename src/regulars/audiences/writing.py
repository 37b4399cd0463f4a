"""How a line is written: the form a platform asks for, then its hash. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

import phonenumbers
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hashes import Hash as Digest

from regulars.audiences.contract import Form, Hash, Spec, Written


def _national(value: str) -> str:
    if value.startswith("+86"):
        return value[3:]
    try:
        return phonenumbers.national_significant_number(phonenumbers.parse(value))
    except phonenumbers.NumberParseException:
        return ""


_FORMS: Mapping[Form, Callable[[str], str]] = {
    "": str,
    "e164": str,
    "digits": lambda value: value.removeprefix("+"),
    "national": _national,
    "lower": str.lower,
    "upper": str.upper,
}


def _sm3(value: bytes) -> str:
    digest = Digest(SM3())
    digest.update(value)
    return digest.finalize().hex()


_HASHES: Mapping[Hash, Callable[[bytes], str]] = {
    "plain": bytes.decode,
    "md5": lambda value: hashlib.md5(value, usedforsecurity=False).hexdigest(),
    "sha256": lambda value: hashlib.sha256(value).hexdigest(),
    "sm3": _sm3,
}
"""Source: RFC 1321; FIPS 180-4; GB/T 32905-2016. Hex in lower case, of the value in UTF-8."""


def line(spec: Spec, written: Written, value: str) -> bytes:
    """Return the line of a normalised value, b"" when it cannot be written so (a phone that is none).

    One kind: the value alone; several: kind and value as CSV (RFC 4180).
    """
    if written.kind == "phone" and not (value.startswith("+") and value[1:].isdigit()):
        return b""
    shaped = _FORMS[written.form](value)
    if not shaped or not shaped.isprintable():
        return b""
    cell = _HASHES[spec.hash](shaped.encode())
    if '"' in cell or "," in cell:
        cell = '"' + cell.replace('"', '""') + '"'
    return (cell if len(spec.identifiers) == 1 else f"{written.kind},{cell}").encode()
