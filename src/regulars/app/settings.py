"""What the surroundings decide: where data lies, which servers to use, which address to serve on."""

from __future__ import annotations

import base64
import os
import secrets
from functools import cached_property
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from regulars.core.errors import BadInput


class Settings(BaseSettings):
    """Read from REGULARS_* variables; everything has a default that works on one machine."""

    model_config = SettingsConfigDict(env_prefix="REGULARS_", frozen=True)

    home: Path = Field(default=Path("~/.regulars"), description="Folder for everything the product keeps.")
    database_url: str = Field(default="", description="PostgreSQL 15+; empty = the embedded one.")
    lake_url: str = Field(default="", description="ClickHouse over HTTP; empty = the embedded lake server.")
    lake_database: str = "regulars"
    lake_cluster: str = Field(default="", description="Cluster that the lake lies on, by its name in ClickHouse.")
    secret: str = Field(default="", description="Base64 of >= 32 bytes; empty = a key file in the home.")
    backlog_events: int = Field(default=2_000_000, description="Events the log may be behind before 429.")
    backlog_age_s: float = Field(default=6 * 3600, description="Seconds the log may be behind before 429.")
    disk_free_mib: int = Field(default=512, description="Free room on the home's disk below which messages get 507.")
    count_asks_from_s: float = Field(default=3.0, description="Estimated seconds from which a count is sampled first.")
    count_memory_mib: int = Field(default=4096, description="Memory that one statement of a count may use.")
    count_limit_s: float = Field(default=300.0, description="Seconds after which a statement of a count is ended.")
    requests_at_once: int = Field(default=32, description="Requests with messages that one web process holds.")
    web_processes: int = Field(default=0, description="Web processes of `serve`; 0 = one per core, at most 4.")
    proxies: str = Field(default="", description="Addresses of proxies whose X-Forwarded-* are believed, by commas.")
    url: str = Field(default="", description="Address of the console, https://...; empty = as the browser asked.")
    links: str = Field(default="", description="Address that links in messages stand below; empty = the console's.")
    oidc_issuer: str = Field(
        default="", description="Issuer of an OpenID Connect provider to sign in by; empty = none."
    )
    oidc_client_id: str = ""
    oidc_client_secret: str = ""
    oidc_name: str = Field(default="", description="What the button calls the provider; empty = its host.")
    folders: str = Field(default="", description="Folders below which sources may read files, by commas; empty = none.")
    host: str = "127.0.0.1"
    port: int = 8000

    @cached_property
    def home_path(self) -> Path:
        """The home as an absolute path; created when it is missing."""
        path = self.home.expanduser().resolve()
        path.mkdir(parents=True, exist_ok=True)
        return path

    def master_key(self) -> bytes:
        """Return the vault's key: from REGULARS_SECRET, or from the home's key file, made once with mode 0600."""
        if self.secret:
            try:
                key = base64.b64decode(self.secret, validate=True)
            except ValueError as error:
                raise BadInput("REGULARS_SECRET is not base64.", "Make one: openssl rand -base64 32.") from error
            if len(key) < 32:
                raise BadInput("REGULARS_SECRET holds fewer than 32 bytes.", "Make one: openssl rand -base64 32.")
            return key
        path = self.home_path / "keys" / "master.key"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return base64.b64decode(path.read_text())
        with os.fdopen(handle, "w") as out:
            out.write(base64.b64encode(secrets.token_bytes(32)).decode())
        return base64.b64decode(path.read_text())
