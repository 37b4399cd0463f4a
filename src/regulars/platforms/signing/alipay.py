"""Alipay's RSA2: signing of calls, verifying of answers and notices, and the numbers of certificates."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from urllib.parse import unquote_plus

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey

_RSA = "1.2.840.113549.1.1."
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


def content(params: Mapping[str, str]) -> bytes:
    """Return what is signed of parameters: all but `sign` and empty ones, sorted, k=v joined by &."""
    return "&".join(f"{k}={v}" for k, v in sorted(params.items()) if v and k != "sign").encode()


def sign(private_key: str, text: bytes) -> str:
    """Return the signature. private_key: PEM, or the bare base64 of PKCS#1 or PKCS#8. Raises ValueError."""
    if "-----BEGIN" in private_key:
        key = serialization.load_pem_private_key(private_key.encode(), None)
    else:
        key = serialization.load_der_private_key(base64.b64decode("".join(private_key.split())), None)
    if not isinstance(key, RSAPrivateKey):
        raise ValueError("not an RSA key")
    return base64.b64encode(key.sign(text, PKCS1v15(), hashes.SHA256())).decode()


def verified(certificate: str, text: bytes, signature: str) -> bool:
    """Return whether a text was signed by whom an X.509 certificate (PEM) names. Raises ValueError."""
    key = x509.load_pem_x509_certificate(certificate.encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("not an RSA certificate")
    try:
        raw = base64.b64decode(signature, validate=True)
        key.verify(raw, text, PKCS1v15(), hashes.SHA256())
    except (InvalidSignature, binascii.Error):
        return False
    return base64.b64encode(raw).decode() == signature


def answered(body: bytes, name: str) -> bytes:
    """Return the raw JSON of an answer's part, byte for byte as it was signed. Raises ValueError."""
    start = body.find(f'"{name}"'.encode())
    begin = body.find(b"{", start)
    if start < 0 or begin < 0:
        raise ValueError("no such part")
    depth, quoted, at = 0, False, begin
    while at < len(body):
        char = body[at : at + 1]
        if quoted and char == b"\\":
            at += 1
        elif char == b'"':
            quoted = not quoted
        elif not quoted and char in b"{}":
            depth += 1 if char == b"{" else -1
            if depth == 0:
                return body[begin : at + 1]
        at += 1
    raise ValueError("the part does not end")


def notice(body: bytes) -> dict[str, str]:
    """Return the fields of a notice's form, decoded from its raw bytes once. Raises ValueError."""
    parts = (part.partition("=") for part in body.decode("ascii").split("&") if part)
    return {unquote_plus(name, errors="strict"): unquote_plus(value, errors="strict") for name, _, value in parts}


def notice_content(fields: Mapping[str, str]) -> bytes:
    """Return what is signed of a notice: neither sign nor sign_type."""
    return content({name: value for name, value in fields.items() if name != "sign_type"})


def certificate_number(certificate: bytes) -> str:
    """Return a certificate's number: md5 of its issuer, last part first, and its serial number in decimal."""
    return _number(x509.load_pem_x509_certificate(certificate))


def root_number(bundle: bytes) -> str:
    """Return the number of a bundle of roots: those of its RSA-signed certificates, joined by "_".

    Alipay's own bundle begins with a root of the SM2 kind whose encoding this library does not read; it does not count.
    """
    return "_".join(_number(one) for one in map(_read, _PEM.findall(bundle)) if one is not None)


def _read(pem: bytes) -> x509.Certificate | None:
    try:
        one = x509.load_pem_x509_certificate(pem)
    except ValueError:
        return None
    return one if one.signature_algorithm_oid.dotted_string.startswith(_RSA) else None


def _number(one: x509.Certificate) -> str:
    issuer = ",".join(f"{part.rfc4514_attribute_name}={part.value}" for part in reversed(list(one.issuer)))
    return hashlib.md5(f"{issuer}{one.serial_number}".encode(), usedforsecurity=False).hexdigest()
