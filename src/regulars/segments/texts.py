"""Words in both languages, as they travel."""

from __future__ import annotations

from pydantic import BaseModel

from regulars.core.text import Text


class TextOut(BaseModel):
    """The same words in both languages."""

    zh: str
    en: str

    @classmethod
    def of(cls, text: Text) -> TextOut:
        """Build from the core's noun."""
        return cls(zh=text.zh, en=text.en)
