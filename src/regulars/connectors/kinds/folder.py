"""A folder of this machine into which files are dropped, by hand or by whatever keeps it in step (SFTP, rsync)."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Literal

from pydantic import BaseModel, Field

from regulars.connectors.contract import (
    Connector,
    ConnectorConfig,
    Dropped,
    Page,
    Sample,
    Stream,
    Window,
    connector_registry,
)
from regulars.connectors.places import within_allowed
from regulars.core.text import Text
from regulars.platforms.contract import Session

SUFFIXES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".parquet")
MARK = ".done"
MOVED_TO = "imported"
_SHOWN = 5


class FolderConfig(ConnectorConfig):
    """folder: below one that the installation allows. mapping: YAML; empty = that of the last file of the same columns.

    afterwards: what becomes of a file that is in.
    """

    folder: str = Field(min_length=1, max_length=1000, title="Folder")
    mapping: str = Field(default="", max_length=262_144, title="Mapping")
    afterwards: Literal["keep", "move"] = Field(default="keep", title="Afterwards")


@connector_registry.add
class Folder(Connector):
    """Every file once, by its content. Only files directly in the folder; what is hidden or a link is left alone."""

    key: ClassVar[str] = "folder"
    title: ClassVar[Text] = Text("文件夹", "Folder")
    streams: ClassVar[tuple[Stream, ...]] = (Stream("files", Text("文件", "Files"), by="files"),)
    Config: ClassVar[type[BaseModel]] = FolderConfig

    async def pull(self, session: Session | None, config: BaseModel, stream: str, *, window: Window, page: str) -> Page:
        """Return the files that lie there now. Raises: BadInput."""
        del session, stream, window, page
        return Page((), files=tuple(await asyncio.to_thread(_files, FolderConfig.model_validate(config))))

    async def look(self, session: Session | None, config: BaseModel) -> Sample | None:
        """Return the first files. Raises: BadInput."""
        del session
        files = await asyncio.to_thread(_files, FolderConfig.model_validate(config))
        return Sample(("file", "bytes"), tuple((one.path.name, one.size) for one in files[:_SHOWN]))


def _files(config: FolderConfig) -> list[Dropped]:
    folder = within_allowed(config.folder)
    there = {path.name: path for path in folder.iterdir()}
    return [
        Dropped(
            path, found.st_size, found.st_mtime_ns, config.mapping, marked=f"{name}{MARK}" in there,
            move_to=folder / MOVED_TO if config.afterwards == "move" else None,
        )
        for name, path in sorted(there.items())
        if not name.startswith(".") and path.suffix.lower() in SUFFIXES and not path.is_symlink() and path.is_file()
        for found in [path.lstat()]
    ]  # fmt: skip
