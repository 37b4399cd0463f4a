"""Reading a request: where its statement, parameters, settings and data are."""

from __future__ import annotations

import email.parser
import email.policy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from io import BufferedIOBase
from typing import Final, cast
from urllib.parse import parse_qsl, urlsplit

from regulars.core.ids import new_id
from regulars.infra.lake_server import codecs
from regulars.infra.lake_server.protocol import InsertHead, LakeError, Statement, insert_head, scan, settings_of

_PIECE: Final = 1 << 16
_HEAD: Final = 1 << 18  # an INSERT's text before its data; the engine's own max_query_size
_MAX_FORM: Final = 1 << 28


@dataclass(slots=True)
class Request:
    """One statement as it was asked for; `insert` and `data` only for an INSERT whose data follows."""

    query_id: str
    sql: str
    statement: Statement
    format: str
    params: dict[str, str]
    settings: dict[str, str]
    database: str
    waits: bool
    encoding: str | None
    insert: InsertHead | None
    data: Iterator[bytes]


class Body:
    """A request body, de-chunked and as it was sent; what the statement does not read must be drained."""

    def __init__(self, rfile: BufferedIOBase, headers: Mapping[str, str]) -> None:
        self._rfile = rfile
        self.chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
        self._left = int(headers.get("Content-Length") or 0)
        self.ended = not self.chunked and self._left == 0

    def __iter__(self) -> Iterator[bytes]:
        while not self.ended:
            if self.chunked and self._left == 0 and not self._next_chunk():
                return
            piece = self._rfile.read1(min(self._left, _PIECE))
            if not piece:
                self.ended = True
                raise ConnectionResetError("the client went away in mid-request")
            self._left -= len(piece)
            if self._left == 0:
                if self.chunked:
                    self._rfile.readline()
                else:
                    self.ended = True
            yield piece

    def _next_chunk(self) -> bool:
        line = self._rfile.readline(256)
        if not line:
            raise ConnectionResetError("the client went away in mid-request")
        self._left = int(line.split(b";")[0], 16)
        if self._left:
            return True
        while self._rfile.readline(_PIECE) not in (b"\r\n", b"\n", b""):
            continue  # trailers
        self.ended = True
        return False

    def drain(self, limit: int) -> bool:
        """Read and drop the rest, so that the connection can be used again; False when it is too much."""
        for piece in self:
            limit -= len(piece)
            if limit < 0:
                return False
        return True


def read(target: str, headers: Mapping[str, str], body: Body) -> Request:
    """Read a request on `/`.

    Raises:
        LakeError: no statement, several statements, bad settings, or something this server cannot do.
    """
    arguments = dict(parse_qsl(urlsplit(target).query, keep_blank_values=True))
    plain = codecs.decode(headers.get("Content-Encoding"), body)
    if headers.get("Content-Type", "").startswith("multipart/form-data"):
        arguments |= _form(headers["Content-Type"], plain)
        plain = iter(())
    for name in ("compress", "decompress"):
        if arguments.get(name, "0") not in ("", "0"):
            raise LakeError(48, "NOT_IMPLEMENTED", f"{name}=1 (ClickHouse's own blocks); use Content-Encoding")
    default_format = arguments.get("default_format") or headers.get("X-ClickHouse-Format", "")
    sql, insert, data = _statement(arguments.get("query", ""), plain, default_format or "Values")
    statement = scan(sql)
    if statement.multiple and insert is None and statement.kind != "INSERT":
        raise LakeError(62, "SYNTAX_ERROR", "Syntax error (Multi-statements are not allowed)")
    if statement.local_file:  # a client's feature, which the engine inside would offer on the server's files
        raise LakeError(48, "NOT_IMPLEMENTED", "INTO OUTFILE and FROM INFILE are not served over HTTP")
    if not statement.kind:
        raise LakeError(62, "SYNTAX_ERROR", "Empty query")
    http_compression = arguments.get("enable_http_compression", "0") not in ("", "0")
    return Request(
        query_id=arguments.get("query_id") or str(new_id()),
        sql=sql,
        statement=statement,
        format=statement.format or default_format or "TabSeparated",
        params={name[6:]: value for name, value in arguments.items() if name.startswith("param_")},
        settings=settings_of(arguments),
        database=arguments.get("database") or headers.get("X-ClickHouse-Database", "") or "default",
        waits=arguments.get("wait_end_of_query", "0") not in ("", "0"),
        encoding=codecs.choose(headers.get("Accept-Encoding", "")) if http_compression else None,
        insert=insert,
        data=data,
    )


def _statement(query: str, plain: Iterator[bytes], fmt: str) -> tuple[str, InsertHead | None, Iterator[bytes]]:
    """The text and, for an INSERT whose data follows, the split: data is in the body, or behind the text."""
    if query.strip():
        head = insert_head(query.encode(), fmt) if scan(query).kind == "INSERT" else None
        if head is not None:
            inline = query.encode()[head.data_at :]
            first = next(plain, b"")
            if head.format != "Values" or not inline.strip():
                return head.query, head, _chain(inline + first, plain)
        rest = b"".join(plain)
        return query + ("\n" + rest.decode() if rest else ""), None, iter(())
    start = b""
    for piece in plain:
        start += piece
        if len(start) >= _HEAD or scan(start[:4096].decode("latin-1")).kind != "INSERT":
            break
    head = insert_head(start, fmt) if scan(start[:4096].decode("latin-1")).kind == "INSERT" else None
    if head is not None and head.format != "Values":
        return head.query, head, _chain(start[head.data_at :], plain)
    try:
        return (start + b"".join(plain)).decode(), None, iter(())
    except UnicodeDecodeError as exc:
        raise LakeError(62, "SYNTAX_ERROR", f"The query is not UTF-8: {exc}") from exc


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    if first:
        yield first
    yield from rest


def _form(content_type: str, plain: Iterator[bytes]) -> dict[str, str]:
    """The fields of a multipart form: the way of clients whose parameters are too long for a URL."""
    body = bytearray(f"Content-Type: {content_type}\r\n\r\n".encode())
    for piece in plain:
        body += piece
        if len(body) > _MAX_FORM:
            raise LakeError(229, "QUERY_IS_TOO_LARGE", f"A form may have {_MAX_FORM} bytes")
    message = email.parser.BytesParser(policy=email.policy.HTTP).parsebytes(bytes(body))
    fields: dict[str, str] = {}
    for part in message.iter_parts():
        name = cast(str | None, part.get_param("name", header="content-disposition"))
        if part.get_filename() is not None:
            raise LakeError(48, "NOT_IMPLEMENTED", "External data is not supported; insert it into a table first")
        if name:
            fields[name] = bytes(cast(bytes, cast(EmailMessage, part).get_payload(decode=True))).decode()
    return fields
