"""Audiences of an ad platform."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from pydantic import BaseModel

from regulars.core.text import Text
from regulars.platforms import api_ads
from regulars.platforms.api_ads import AdsCredentials
from regulars.platforms.contract import Grant, Platform, Refused, Session, platform_registry


@platform_registry.add
class Ads(Platform):
    """A contract of ours, for which an adapter of a real platform is put in front; see api_ads."""

    key: ClassVar[str] = api_ads.KEY
    title: ClassVar[Text] = Text("广告人群（通用接口）", "Ad audiences (neutral interface)")
    base_url: ClassVar[str] = "http://127.0.0.1:8901"
    page: ClassVar[str] = ""
    Config: ClassVar[type[BaseModel]] = AdsCredentials

    async def check(self, session: Session) -> list[Grant]:
        """Log in and list audiences."""
        name = Text("人群上传", "Upload of audiences")
        try:
            await api_ads.check(session)
        except Refused as error:
            if error.cause == "signature":
                raise
            return [Grant(name, granted=error.cause != "permission", said=error.message)]
        return [Grant(name, granted=True)]

    def vector(self, name: str, given: Mapping[str, str]) -> str:
        """The contract is ours: there is no published vector."""
        raise KeyError(name)
