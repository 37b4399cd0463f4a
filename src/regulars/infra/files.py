"""Uploads at rest: a folder of encrypted files, addressed by id."""

from __future__ import annotations

import io
import shutil
import struct
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from regulars.core.errors import NotFound, Unavailable
from regulars.core.ids import new_id
from regulars.infra.crypto import vault

_current: list[FileStore] = []
_CHUNK_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class FileRef:
    """A stored file. size_bytes: of the plain content."""

    id: UUID
    name: str
    size_bytes: int


class FileStore:
    """Keeps files in chunks of 4 MiB, each encrypted and bound to its file and place."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def put(self, name: str, stream: BinaryIO) -> FileRef:
        """Store a stream, durable when this returns."""
        file_id, size = new_id(), 0
        with self.writing(file_id) as write:
            while chunk := stream.read(_CHUNK_BYTES):
                write(chunk)
                size += len(chunk)
        return FileRef(file_id, name, size)

    @contextmanager
    def writing(self, file_id: UUID) -> Generator[Callable[[bytes], None]]:
        """Give a way to write a file piece by piece; it replaces an older one of this id when all has gone well."""
        self.root.mkdir(parents=True, exist_ok=True)
        part = self._path(file_id).with_suffix(".part")
        held = bytearray()
        number = 0
        with part.open("wb") as out:

            def seal(chunk: bytes) -> None:
                nonlocal number
                cipher = vault().encrypt(chunk, f"file:{file_id}:{number}")
                out.write(struct.pack(">I", len(cipher)) + cipher)
                number += 1

            def write(piece: bytes) -> None:
                held.extend(piece)
                while len(held) >= _CHUNK_BYTES:
                    seal(bytes(held[:_CHUNK_BYTES]))
                    del held[:_CHUNK_BYTES]

            yield write
            if held:
                seal(bytes(held))
        part.rename(self._path(file_id))

    def chunks(self, file_id: UUID) -> Iterator[bytes]:
        """Yield the plain content. Raises NotFound."""
        path = self._path(file_id)
        if not path.exists():
            raise NotFound("This file is no longer stored.", "Upload it again.")
        with path.open("rb") as source:
            number = 0
            while head := source.read(4):
                cipher = source.read(struct.unpack(">I", head)[0])
                yield vault().decrypt(cipher, f"file:{file_id}:{number}")
                number += 1

    def open(self, file_id: UUID) -> BinaryIO:
        """Return the whole plain content as a seekable stream in memory."""
        return io.BytesIO(b"".join(self.chunks(file_id)))

    def delete(self, file_id: UUID) -> None:
        """Remove a file; one that is already gone is fine."""
        self._path(file_id).unlink(missing_ok=True)

    def clear(self) -> None:
        """Remove the folder with everything in it."""
        shutil.rmtree(self.root, ignore_errors=True)

    def _path(self, file_id: UUID) -> Path:
        return self.root / f"{file_id}.enc"


def set_files(store: FileStore) -> None:
    """Say where the process keeps files (boot, tests)."""
    _current[:] = [store]


def files() -> FileStore:
    """Return where the process keeps files. Raises Unavailable before boot has said it."""
    if not _current:
        raise Unavailable("Nothing is connected that could keep files.", "This is a fault of the setup.")
    return _current[0]
