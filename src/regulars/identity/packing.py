"""Rows in PostgreSQL's binary COPY format, made column by column.

Rows whose fields have the same lengths are one matrix of bytes; so a column costs a few array operations,
not one call a value. Source: PostgreSQL manual, COPY, "Binary Format".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Protocol, cast

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Bytes = npt.NDArray[np.uint8]

_SIGNATURE = b"PGCOPY\n\xff\r\n\0" + bytes(8)
_END = b"\xff\xff"
_EPOCH_US = 946_684_800_000_000  # PostgreSQL counts from 2000-01-01
_ROWS = 100_000


class Column(Protocol):
    """One column of rows to be written."""

    def lengths(self, start: int, end: int) -> Ints | int:
        """Return the length of each field, or of all of them; -1 = null."""
        ...

    def content(self, rows: Ints, length: int) -> Bytes:
        """Return the bytes (rows x length) of these rows, which all have this length."""
        ...


class _Fixed:
    def __init__(self, values: npt.NDArray[Any], valid: Flags | None) -> None:
        self._values, self._valid, self._width = values, valid, values.dtype.itemsize

    def lengths(self, start: int, end: int) -> Ints | int:
        if self._valid is None:
            return self._width
        return np.where(self._valid[start:end], self._width, -1)

    def content(self, rows: Ints, length: int) -> Bytes:
        big = self._values[rows].astype(self._values.dtype.newbyteorder(">"))
        return big.view(np.uint8).reshape(len(rows), length)


def numbers(values: npt.NDArray[Any], width: int = 8, valid: Flags | None = None) -> Column:
    """Return a column of integers of 2, 4 or 8 bytes; not valid = null."""
    return _Fixed(values.astype(f"i{width}", copy=False), valid)


def flags(values: Flags) -> Column:
    """Return a column of booleans."""
    return _Fixed(values.view(np.uint8), None)


def moments(us: Ints, valid: Flags | None = None) -> Column:
    """Return a column of times. us: microseconds since 1970, UTC."""
    return _Fixed(us - _EPOCH_US, valid)


class _Digests:
    def __init__(self, digests: Bytes) -> None:
        self._digests = digests

    def lengths(self, start: int, end: int) -> Ints | int:
        return self._digests.shape[1]

    def content(self, rows: Ints, length: int) -> Bytes:
        return self._digests[rows]


def digests(rows: Bytes) -> Column:
    """Return a column of uuid or bytea: each row of bytes as it is."""
    return _Digests(rows)


class _Words:
    def __init__(self, words: Sequence[str], codes: npt.NDArray[Any]) -> None:
        encoded = [w.encode() for w in words]
        self._lengths = np.array([len(w) for w in encoded], np.int64)
        self._words = np.zeros((len(encoded), max(self._lengths, default=0)), np.uint8)
        for i, word in enumerate(encoded):
            self._words[i, : len(word)] = np.frombuffer(word, np.uint8)
        self._codes = codes

    def lengths(self, start: int, end: int) -> Ints | int:
        return self._lengths[self._codes[start:end]]

    def content(self, rows: Ints, length: int) -> Bytes:
        return self._words[self._codes[rows], :length]


def words(few: Sequence[str], codes: npt.NDArray[Any]) -> Column:
    """Return a column of text in which few different words occur, by code."""
    return _Words(few, codes)


def constant(word: str, n: int) -> Column:
    """Return a column of text, the same in all n rows."""
    return _Words([word], np.zeros(n, np.int8))


class _Ragged:
    def __init__(self, values: pa.Array) -> None:
        array = cast("Any", values.cast(pa.large_binary()))
        _, offsets, data = array.buffers()
        self._starts = np.frombuffer(offsets, np.int64)[array.offset : array.offset + len(array) + 1]
        self._data = np.frombuffer(data, np.uint8) if data is not None else np.empty(0, np.uint8)

    def lengths(self, start: int, end: int) -> Ints | int:
        return np.diff(self._starts[start : end + 1])

    def content(self, rows: Ints, length: int) -> Bytes:
        return self._data[self._starts[rows][:, None] + np.arange(length)]


def texts(values: pa.Array) -> Column:
    """Return a column of text or bytes without nulls, of any lengths."""
    return _Ragged(values)


def pack(columns: Sequence[Column], n: int) -> Iterator[bytes]:
    """Yield n rows as COPY takes them; within a portion, rows of one shape stand together."""
    yield _SIGNATURE
    for start in range(0, n, _ROWS):
        yield from _portion(columns, start, min(n, start + _ROWS))
    yield _END


def _portion(columns: Sequence[Column], start: int, end: int) -> Iterator[bytes]:
    lengths = [c.lengths(start, end) for c in columns]
    shape = np.zeros(end - start, np.int64)
    for found in lengths:
        if not isinstance(found, int) and (low := int(found.min())) < (high := int(found.max())):
            shape = np.unique(shape * (high - low + 1) + (found - low), return_inverse=True)[1]
    order = np.argsort(shape, kind="stable")
    cuts = np.flatnonzero(np.diff(shape[order])) + 1
    for group in np.split(order, cuts):
        own = [found if isinstance(found, int) else int(found[group[0]]) for found in lengths]
        yield _matrix(columns, own, group + start)


def _matrix(columns: Sequence[Column], lengths: Sequence[int], rows: Ints) -> bytes:
    out = np.empty((len(rows), 2 + sum(4 + max(0, n) for n in lengths)), np.uint8)
    out[:, :2] = np.frombuffer(len(columns).to_bytes(2, "big"), np.uint8)
    at = 2
    for column, length in zip(columns, lengths, strict=True):
        out[:, at : at + 4] = np.frombuffer(length.to_bytes(4, "big", signed=True), np.uint8)
        at += 4
        if length > 0:
            out[:, at : at + length] = column.content(rows, length)
            at += length
    return out.tobytes()
