"""What ClickHouse's HTTP interface means: statements, settings, formats, errors. Pure functions."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

# Strings, quoted names, comments and heredocs are skipped whole; what is left are the words that decide.
_TOKEN: Final = re.compile(
    r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"|`(?:[^`\\]|\\.)*`|--[^\n]*|\#[!\ ][^\n]*|/\*.*?\*/"""
    r"""|\$(?P<here>\w*)\$.*?\$(?P=here)\$"""
    r"""|(?P<mark>[();])|\b(?P<word>FORMAT|TOTALS|SELECT|WITH|VALUES|INFILE|OUTFILE|TEMPORARY)\b""",
    re.IGNORECASE | re.DOTALL,
)
_LEAD: Final = re.compile(r"(?:[\s(]|--[^\n]*(?:\n|$)|\#[!\ ][^\n]*(?:\n|$)|/\*.*?\*/)*([A-Za-z]+)", re.DOTALL)
_BLANK: Final = re.compile(r"(?:[\s;]|--[^\n]*(?:\n|$)|\#[!\ ][^\n]*(?:\n|$)|/\*.*?\*/)*", re.DOTALL)
_FORMAT_NAME: Final = re.compile(r"\s+(\w+)")
_FORMAT_TAIL: Final = re.compile(r"\s*(?:;|$|SETTINGS\b|INTO\b|PARALLEL\b|--|/\*|\))", re.IGNORECASE)
_DATA_START: Final = re.compile(r"[ \t\f]*\r?\n?")

RESULT_KINDS: Final = frozenset(
    {"SELECT", "WITH", "FROM", "SHOW", "DESCRIBE", "DESC", "EXISTS", "EXPLAIN", "CHECK", "KILL"}
)
READ_KINDS: Final = RESULT_KINDS - {"KILL", "CHECK"}
STREAMED_KINDS: Final = frozenset({"SELECT", "WITH", "FROM"})


class LakeError(Exception):
    """A failure as ClickHouse words it: `code` 60, `name` UNKNOWN_TABLE, and the message."""

    def __init__(self, code: int, name: str, message: str) -> None:
        super().__init__(message)
        self.code, self.name, self.message = code, name, message

    def text(self, version: str) -> str:
        """The body that ClickHouse would send; clients read code and name out of it."""
        return f"Code: {self.code}. DB::Exception: {self.message} ({self.name}) (version {version})\n"

    @property
    def status(self) -> int:
        """The HTTP status ClickHouse answers for this code."""
        return _STATUS.get(self.code, 500)


@dataclass(frozen=True, slots=True)
class Statement:
    """What has to be known of a statement before it runs."""

    kind: str
    format: str | None = None
    totals: bool = False
    temporary: bool = False
    multiple: bool = False
    local_file: bool = False

    @property
    def has_result(self) -> bool:
        """Whether it answers rows (perhaps none), as a SELECT does and a CREATE does not."""
        return self.kind in RESULT_KINDS

    @property
    def reads_only(self) -> bool:
        """Whether it changes nothing, so it may be cancelled when nobody waits any more."""
        return self.kind in READ_KINDS

    @property
    def leaves_state(self) -> bool:
        """Whether the handle it ran on would carry something over to the next query."""
        return self.kind in {"SET", "USE"} or self.temporary


def scan(sql: str) -> Statement:
    """Find out kind, FORMAT clause, TOTALS and a second statement, without parsing the language."""
    lead = _LEAD.match(sql)
    kind = lead.group(1).upper() if lead else ""
    name: str | None = None
    totals = temporary = multiple = local_file = False
    for token in _TOKEN.finditer(sql, lead.end(1) if lead else 0):
        word = (token.group("word") or "").upper()
        if word == "FORMAT":
            name = _trailing_format(sql, token.end()) or name
        elif word == "TOTALS":
            totals = True
        elif word == "TEMPORARY":
            temporary = True
        elif word in {"INFILE", "OUTFILE"}:
            local_file = True
        elif token.group("mark") == ";":
            blank = _BLANK.match(sql, token.end())
            multiple = blank is not None and blank.end() < len(sql)
            break
    return Statement(kind, name, totals, temporary, multiple, local_file)


def _trailing_format(sql: str, at: int) -> str | None:
    found = _FORMAT_NAME.match(sql, at)
    if found and _FORMAT_TAIL.match(sql, found.end()):
        return found.group(1)
    return None  # a column that is called "format"


@dataclass(frozen=True, slots=True)
class InsertHead:
    """An INSERT whose data follows: the query without FORMAT, the format, and where the data starts."""

    query: str
    format: str
    data_at: int


def insert_head(head: bytes, default_format: str = "Values") -> InsertHead | None:
    """Split `INSERT ... FORMAT x` from its data; None for INSERT ... SELECT and INSERT ... FROM INFILE.

    `data_at` is a byte offset into `head`; equal to its length when the head holds no data.
    """
    text = head.decode("latin-1")  # one character per byte, so that offsets are byte offsets
    depth = 0
    for token in _TOKEN.finditer(text):
        mark, word = token.group("mark"), (token.group("word") or "").upper()
        depth += {"(": 1, ")": -1}.get(mark or "", 0)
        if depth or not word:
            continue
        if word == "FORMAT" and (found := _FORMAT_NAME.match(text, token.end())):
            data = _DATA_START.match(text, found.end())
            return InsertHead(_utf8(text[: token.start()]), found.group(1), data.end() if data else len(head))
        if word == "VALUES":
            return InsertHead(_utf8(text[: token.start()]), "Values", token.end())
        if word in {"SELECT", "WITH", "INFILE"}:
            return None
    return InsertHead(_utf8(text), default_format, len(head)) if depth == 0 else None


def _utf8(latin: str) -> str:
    return latin.encode("latin-1").decode()


# ---- settings -----------------------------------------------------------------------------------------------
# Meant for the HTTP layer, or for a session, which this server does not keep; log_comment marks our handles.
_TRANSPORT: Final = frozenset(
    {
        "query",
        "database",
        "query_id",
        "default_format",
        "user",
        "password",
        "quota_key",
        "session_id",
        "session_timeout",
        "session_check",
        "close_session",
        "stacktrace",
        "role",
        "wait_end_of_query",
        "buffer_size",
        "client_protocol_version",
        "compress",
        "decompress",
        "enable_http_compression",
        "http_zlib_compression_level",
        "send_progress_in_http_headers",
        "log_comment",
        "http_headers_progress_interval_ms",
        "cancel_http_readonly_queries_on_client_close",
        "http_response_buffer_size",
        "http_wait_end_of_query",
        "http_write_exception_in_output_format",
    }
)
_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*\Z")


def settings_of(arguments: Mapping[str, str]) -> dict[str, str]:
    """The engine settings among the URL's arguments.

    Raises:
        LakeError: a name that no setting can have (it would be put into a SET statement).
    """
    found: dict[str, str] = {}
    for name, value in arguments.items():
        if name in _TRANSPORT or name.startswith("param_"):
            continue
        if not _NAME.match(name):
            raise LakeError(115, "UNKNOWN_SETTING", f"Setting {name!r} is neither a builtin setting nor known")
        found[name] = value
    return found


def set_statement(settings: Mapping[str, str | None]) -> str:
    """One SET statement; None puts a setting back to the engine's default."""
    return "SET " + ", ".join(
        f"{name} = DEFAULT" if value is None else f"{name} = {quote(value)}" for name, value in settings.items()
    )


def quote(text: str) -> str:
    """A string literal. The engine turns quoted numbers into numbers where a setting wants one."""
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"


def quote_name(name: str) -> str:
    """An identifier in back quotes."""
    return "`" + name.replace("\\", "\\\\").replace("`", "\\`") + "`"


# ---- formats ------------------------------------------------------------------------------------------------
# chDB streams every block as a complete document of the format. These have neither head nor foot:
_PLAIN: Final = frozenset(
    {
        "native",
        "tabseparated",
        "tsv",
        "tabseparatedraw",
        "tsvraw",
        "raw",
        "csv",
        "rowbinary",
        "jsoneachrow",
        "jsonlines",
        "ndjson",
        "jsonstringseachrow",
        "jsoncompacteachrow",
        "jsoncompactstringseachrow",
    }
)
# ... these repeat a head of so many lines in every block, which has to be cut off again:
_HEAD_LINES: Final = {
    **dict.fromkeys(("tabseparatedwithnames", "tsvwithnames", "csvwithnames", "jsoncompacteachrowwithnames"), 1),
    **dict.fromkeys(("tabseparatedwithnamesandtypes", "tsvwithnamesandtypes", "csvwithnamesandtypes"), 2),
}
_CONTENT_TYPES: Final = {
    "tabseparated": "text/tab-separated-values; charset=UTF-8",
    "csv": "text/csv; charset=UTF-8; header=absent",
    "csvwithnames": "text/csv; charset=UTF-8; header=present",
    "json": "application/json; charset=UTF-8",
    "jsoncompact": "application/json; charset=UTF-8",
    "jsoneachrow": "application/x-ndjson; charset=UTF-8",
}


def content_type(fmt: str) -> str:
    """The media type of an output format."""
    return _CONTENT_TYPES.get(fmt.lower(), "application/octet-stream")


def streams(fmt: str) -> bool:
    """Whether blocks of this format can be joined into one document without holding it in memory."""
    low = fmt.lower()
    return low in _PLAIN or low in _HEAD_LINES or low == "arrowstream"


def has_head(fmt: str) -> bool:
    """Whether an empty result still has bytes in this format."""
    return fmt.lower() not in _PLAIN


def join_blocks(fmt: str, blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Turn self-contained blocks of a streaming format into one document."""
    low = fmt.lower()
    if low == "arrowstream":
        return _join_arrow(blocks)
    if low in _HEAD_LINES:
        return _join_heads(blocks, _HEAD_LINES[low], quoted=low.startswith("csv"))
    return iter(blocks)


_ARROW_END: Final = b"\xff\xff\xff\xff\x00\x00\x00\x00"


def _join_arrow(blocks: Iterable[bytes]) -> Iterator[bytes]:
    """Keep the first schema message and one end mark. Source: Arrow IPC, encapsulated message format."""
    seen = False
    for block in blocks:
        body = block[: -len(_ARROW_END)] if block.endswith(_ARROW_END) else block
        if seen:
            body = body[8 + int.from_bytes(body[4:8], "little") :]  # a schema message has no body
        seen = True
        yield body
    if seen:
        yield _ARROW_END


def _join_heads(blocks: Iterable[bytes], lines: int, *, quoted: bool) -> Iterator[bytes]:
    head: bytes | None = None
    for block in blocks:
        if head is None:
            head = _head_of(block, lines, quoted=quoted)
            yield block
        else:
            yield block.removeprefix(head)


def _head_of(block: bytes, lines: int, *, quoted: bool) -> bytes:
    """The first lines; where names are quoted (CSV), a line break inside double quotes belongs to a name."""
    at = -1
    for _ in range(lines):
        at = block.find(b"\n", at + 1)
        while quoted and at != -1 and block.count(b'"', 0, at) % 2:
            at = block.find(b"\n", at + 1)
        if at == -1:
            return block
    return block[: at + 1]


# ---- errors -------------------------------------------------------------------------------------------------
_ERROR: Final = re.compile(r"Code: (\d+)\. DB::Exception: (.*?)(?:\s*\((\w+)\))?\s*\Z", re.DOTALL)
_NESTED: Final = re.compile(r"\A(?:Code: \d+\. DB::Exception: )+")
_STATUS: Final = {
    **dict.fromkeys((6, 25, 26, 27, 38, 41, 53, 62, 72, 76, 117, 167, 168, 321, 376, 427, 441, 442), 400),
    **dict.fromkeys((46, 47, 50, 56, 60, 63, 73, 78, 81, 115, 336, 511), 404),
    **dict.fromkeys((192, 193, 516), 403),
    **dict.fromkeys((202, 209, 439), 503),
    194: 401,
    48: 501,
    159: 408,
    229: 413,
}


def error_of(exc: BaseException) -> LakeError:
    """Read ClickHouse's code, name and message out of what chDB raised."""
    if isinstance(exc, LakeError):
        return exc
    text = str(exc)
    found = _ERROR.search(text)
    if not found:
        return LakeError(1002, "UNKNOWN_EXCEPTION", text or type(exc).__name__)
    message = _NESTED.sub("", found.group(2).strip())
    return LakeError(int(found.group(1)), found.group(3) or "UNKNOWN_EXCEPTION", message)


def late_error(tag: str, text: str) -> bytes:
    """The block that tells a client in mid-result that the rest will not come. Source: ClickHouse 25.11+."""
    message = text.strip().encode()
    mark = tag.encode()
    return b"__exception__\r\n%s\r\n%s\n%d %s\r\n__exception__\r\n" % (mark, message, len(message) + 1, mark)
