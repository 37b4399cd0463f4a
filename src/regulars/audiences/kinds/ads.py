"""The neutral interface, for which an adapter of a real platform is put in front; see platforms/api_ads."""

from __future__ import annotations

from typing import ClassVar, cast

from regulars.audiences.contract import Destination, Held, Upload, Writing, destinations
from regulars.core.text import Text
from regulars.platforms import api_ads as ads
from regulars.platforms.contract import Session


@destinations.add
class Ads(Destination):
    """Phones are written with their country code, digits alone."""

    key: ClassVar[str] = "ads"
    title: ClassVar[Text] = Text("广告人群（通用接口）", "Ad audiences (neutral interface)")
    platform: ClassVar[str] = ads.KEY
    least: ClassVar[int] = 100
    writings: ClassVar[tuple[Writing, ...]] = (
        Writing("phone", "digits", "sha256", "phone_sha256"),
        Writing("phone", "digits", "md5", "phone_md5"),
        Writing("phone", "digits", "sm3", "phone_sm3"),
        Writing("email", "", "sha256", "email_sha256"),
        Writing("email", "", "md5", "email_md5"),
        Writing("device", "lower", "md5", "device_md5"),
    )

    async def create(self, session: Session, name: str, *, id_type: str, key: str) -> str:
        """Make an audience of one kind of identifier."""
        return await ads.create(session, name, key=key, id_type=cast(ads.IdType, id_type))

    async def upload(self, session: Session, upload: Upload) -> None:
        """Upload in parts."""
        await ads.upload(session, upload.remote_id, upload.lines, total=upload.total, mode=upload.mode, key=upload.key)

    async def held(self, session: Session, remote_id: str) -> Held:
        """Ask how it stands; one that nothing was uploaded to yet is being processed."""
        found = await ads.state(session, remote_id)
        state = "processing" if found.state == "empty" else found.state
        return Held(state, found.size, found.matched)
