"""The addresses that messages carry: a tracked link, and one to opt out. Both are codes below one short address."""

from __future__ import annotations

from regulars.channels import codes
from regulars.channels.codes import Code

_base: list[str] = ["http://localhost:8000"]


def wire(base: str) -> None:
    """Connect the address that codes stand below, without a slash at its end."""
    _base[:] = [base.rstrip("/")]


def of(chunk_id: int, uid: int) -> dict[str, str]:
    """Return the variables `link` and `stop_link` of one person's message."""
    return {
        "link": f"{_base[0]}/l/{codes.write(Code(chunk_id, uid, 'link'))}",
        "stop_link": f"{_base[0]}/l/{codes.write(Code(chunk_id, uid, 'stop'))}",
    }


def sample() -> dict[str, str]:
    """Return what the variables look like, for previews; they lead nowhere."""
    return {name: f"{_base[0]}/l/{'0' * 20}" for name in ("link", "stop_link")}
