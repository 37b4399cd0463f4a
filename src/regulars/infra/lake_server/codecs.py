"""HTTP compression in both directions: lz4, zstd, gzip and deflate, as clients ask."""

from __future__ import annotations

import importlib
import zlib
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import Any, Final, Protocol

from regulars.infra.lake_server.protocol import LakeError


class _Encoder(Protocol):
    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def _optional(*names: str) -> ModuleType | None:
    for name in names:
        try:
            return importlib.import_module(name)
        except ImportError:
            continue
    return None


# clickhouse-connect brings both; zstd is in the standard library from Python 3.14.
_lz4: Final[Any] = _optional("lz4.frame")
_zstd: Final[Any] = _optional("compression.zstd", "backports.zstd")


class _Lz4Encoder:
    def __init__(self) -> None:
        self._frame: Any = _lz4.LZ4FrameCompressor()
        self._head: bytes = self._frame.begin()

    def compress(self, data: bytes, /) -> bytes:
        head, self._head = self._head, b""
        return head + self._frame.compress(data)

    def flush(self) -> bytes:
        return self._head + self._frame.flush()


_ENCODERS: Final[dict[str, Callable[[], _Encoder]]] = {
    **({"lz4": _Lz4Encoder} if _lz4 else {}),
    **({"zstd": lambda: _zstd.ZstdCompressor(level=1)} if _zstd else {}),
    "gzip": lambda: zlib.compressobj(3, wbits=31),
    "deflate": lambda: zlib.compressobj(3),
}
_DECODERS: Final[dict[str, Callable[[], Any]]] = {
    **({"lz4": lambda: _lz4.LZ4FrameDecompressor()} if _lz4 else {}),
    **({"zstd": lambda: _zstd.ZstdDecompressor()} if _zstd else {}),
    "gzip": lambda: zlib.decompressobj(wbits=47),
    "deflate": lambda: zlib.decompressobj(),
}

_DAMAGED: Final[tuple[type[Exception], ...]] = (zlib.error, RuntimeError, *([_zstd.ZstdError] if _zstd else []))


def choose(accept: str) -> str | None:
    """The cheapest encoding among those that an Accept-Encoding header names."""
    named = {part.split(";")[0].strip().lower() for part in accept.split(",")}
    return next((name for name in _ENCODERS if name in named), None)


def encode(encoding: str | None, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Compress a stream; without an encoding it passes through. Empty pieces are left out."""
    if encoding is None:
        yield from (chunk for chunk in chunks if chunk)
        return
    encoder = _ENCODERS[encoding]()
    for chunk in chunks:
        if packed := encoder.compress(chunk):
            yield packed
    if rest := encoder.flush():
        yield rest


def decode(encoding: str | None, chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Decompress a request body that may be several frames one after the other.

    Raises:
        LakeError: an encoding this server does not know, or a damaged body.
    """
    name = (encoding or "identity").lower()
    if name == "identity":
        yield from chunks
        return
    if name not in _DECODERS:
        raise LakeError(48, "NOT_IMPLEMENTED", f"Unknown Content-Encoding {name}; known: {', '.join(_DECODERS)}")
    try:
        yield from _decode(_DECODERS[name], chunks)
    except _DAMAGED as exc:
        raise LakeError(354, "ZLIB_INFLATE_FAILED", f"Cannot decompress the {name} request body: {exc}") from exc


def _decode(make: Callable[[], Any], chunks: Iterable[bytes]) -> Iterator[bytes]:
    decoder = make()
    started = False
    for chunk in chunks:
        data = chunk
        while data:
            if decoder.eof:
                decoder = make()
            started = True
            if plain := decoder.decompress(data):
                yield plain
            data = (decoder.unused_data or b"") if decoder.eof else b""
    if started and not decoder.eof:
        raise LakeError(354, "ZLIB_INFLATE_FAILED", "The compressed request body ends too early")
