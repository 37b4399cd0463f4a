"""Which encoding a text file is in."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path

from regulars.core.errors import BadInput
from regulars.ingest.readers.rows import UNDECODABLE

_CHUNK_BYTES = 1 << 20
_EVIDENCE_LINES = 2_000
_MOST_LINES = 0.9
_COMMON = 0.7
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
ERRORS = "regulars_mark"


def _mark(error: UnicodeError) -> tuple[str, int]:
    if isinstance(error, UnicodeDecodeError):
        return UNDECODABLE, error.end
    raise error


codecs.register_error(ERRORS, _mark)


@dataclass(frozen=True, slots=True)
class _Evidence:
    """Lines with bytes beyond ASCII, and how NULs lie in the first megabyte."""

    lines: list[bytes]
    head: bytes


def detect_encoding(path: Path) -> str:
    """Return the Python codec name of a text file.

    A byte order mark decides; then UTF-16 by its NULs; then UTF-8 when nearly all lines beyond ASCII are valid;
    then GB18030 or Big5 when the text they give is of common characters; otherwise Windows-1252.
    The whole file is looked at, so a file whose first megabytes are plain ASCII is not misjudged.
    """
    evidence = _gather(path)
    for mark, name in _BOMS:
        if evidence.head.startswith(mark):
            return name
    wide = _utf16(evidence.head)
    if wide:
        return wide
    if not evidence.lines or _valid_share(evidence.lines, "utf-8") >= _MOST_LINES:
        return "utf-8"
    scores = {name: _chinese_share(evidence.lines, name) for name in ("gb18030", "big5")}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= _COMMON else "cp1252"


def check_encoding(name: str) -> str:
    """Return the codec name of an encoding written in a mapping. Raises BadInput for an unknown one."""
    wished = {"gbk": "gb18030", "gb2312": "gb18030", "ansi": "cp1252", "windows-1252": "cp1252", "utf8": "utf-8-sig",
              "utf-8": "utf-8-sig", "latin-1": "latin-1"}.get(name.strip().lower(), name.strip())  # fmt: skip
    try:
        if codecs.lookup(wished)._is_text_encoding:  # pyright: ignore[reportPrivateUsage] - no public way to ask
            return wished
    except LookupError:
        pass
    raise BadInput(
        f"source.encoding: {name!r} is not a known encoding.",
        "Known are for example utf-8, gb18030, big5, utf-16, cp1252; leave it out to have it detected.",
        code="ingest.bad_mapping",
    )


def _gather(path: Path) -> _Evidence:
    lines: list[bytes] = []
    head = b""
    with path.open("rb") as source:
        rest = b""
        while chunk := source.read(_CHUNK_BYTES):
            head = head or chunk
            if len(lines) >= _EVIDENCE_LINES:
                break
            if chunk.isascii() and not rest:
                rest = b"" if chunk.endswith(b"\n") else chunk[chunk.rfind(b"\n") + 1 :][-_CHUNK_BYTES:]
                continue
            whole = (rest + chunk).split(b"\n")
            rest = whole.pop()[-_CHUNK_BYTES:]
            lines += [line for line in whole if not line.isascii()]
        if not rest.isascii():
            lines.append(rest)
    return _Evidence(lines[:_EVIDENCE_LINES], head)


def _utf16(head: bytes) -> str:
    even, odd = head[0::2], head[1::2]
    if len(odd) < 4:
        return ""
    shares = (even.count(0) / len(even), odd.count(0) / len(odd))
    # One line of NULs in a long file is damage; every second byte NUL is UTF-16.
    if shares[1] > 0.3 and shares[0] < 0.1:
        return "utf-16-le"
    if shares[0] > 0.3 and shares[1] < 0.1:
        return "utf-16-be"
    return ""


def _valid_share(lines: list[bytes], encoding: str) -> float:
    valid = 0
    for line in lines:
        try:
            line.decode(encoding)
        except UnicodeDecodeError:
            continue
        valid += 1
    return valid / len(lines)


def _chinese_share(lines: list[bytes], encoding: str) -> float:
    """Return how much of the text beyond ASCII is common Chinese if read so, 0 when many lines are invalid."""
    if _valid_share(lines, encoding) < _MOST_LINES:
        return 0.0
    text = "".join(line.decode(encoding, "ignore") for line in lines)
    beyond = [c for c in text if ord(c) > 127]
    common = sum(1 for c in beyond if _is_common(c, encoding))
    return common / len(beyond) if beyond else 0.0


def _is_common(char: str, encoding: str) -> bool:
    # Both standards put the characters in everyday use into a first level with its own lead bytes.
    try:
        raw = char.encode("gb2312" if encoding == "gb18030" else "big5")
    except UnicodeEncodeError:
        return False
    if encoding == "gb18030":
        return 0xB0 <= raw[0] <= 0xD7 or raw[0] in (0xA1, 0xA3)
    return 0xA4 <= raw[0] <= 0xC6 or raw[0] in (0xA1, 0xA2)
