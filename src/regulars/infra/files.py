"""Uploads at rest: a folder of encrypted files, addressed by id."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from uuid import UUID

from regulars.core.errors import NotFound
from regulars.core.ids import new_id
from regulars.infra.crypto import vault

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
        file_id = new_id()
        self.root.mkdir(parents=True, exist_ok=True)
        size = 0
        with self._path(file_id).with_suffix(".part").open("wb") as out:
            number = 0
            while chunk := stream.read(_CHUNK_BYTES):
                cipher = vault().encrypt(chunk, f"file:{file_id}:{number}")
                out.write(struct.pack(">I", len(cipher)) + cipher)
                size += len(chunk)
                number += 1
        self._path(file_id).with_suffix(".part").rename(self._path(file_id))
        return FileRef(file_id, name, size)

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

    def _path(self, file_id: UUID) -> Path:
        return self.root / f"{file_id}.enc"
