"""What comes back, over HTTP: providers' receipts, links in messages, the page to opt out; and the delivery figures."""

from __future__ import annotations

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from pydantic import BaseModel

from regulars.channels import api, api_receipts
from regulars.core.ctx import Ctx
from regulars.core.text import Text
from regulars.core.words import reader
from regulars.ingest import api as ingest
from regulars.workspace.api import Permitted, PublicRoute
from regulars.workspace.api_incoming import Arrived

router = APIRouter(tags=["messages"])
_LINK = Depends(PublicRoute("whoever got the message opens its link; the code is sealed and names nobody"))


class ChannelNumbers(BaseModel):
    """A channel: people by state (sent, suppressed, failed, unknown), receipts by state (delivered, clicked, ...)."""

    channel: str
    title: Text
    people: dict[str, int]
    receipts: dict[str, int]


class ReasonOut(BaseModel):
    """Why people were not reached."""

    channel: str
    state: str
    reason: str
    people: int


class DeliveryOut(BaseModel):
    """What was sent in the last days and what came back."""

    days: int
    channels: list[ChannelNumbers]
    reasons: list[ReasonOut]


@router.get("/api/delivery")
def delivery(
    ctx: Annotated[Ctx, Permitted("campaigns.read")], days: Annotated[int, Query(ge=1, le=90)] = 7
) -> DeliveryOut:
    """Return what was sent in the last days, what came back, and why people were not reached."""
    rows, reasons = api_receipts.delivery(ctx, days)
    titles = {kind.key: kind.title for kind in api.channel_kinds()}
    return DeliveryOut(
        days=days,
        channels=[
            ChannelNumbers(
                channel=row.channel,
                title=titles.get(row.channel, Text(row.channel, row.channel)),
                people=dict(row.people),
                receipts=dict(row.receipts),
            )
            for row in rows
        ],
        reasons=[ReasonOut(channel=r.channel, state=r.state, reason=r.reason, people=r.people) for r in reasons],
    )


@router.api_route(
    "/hooks/receipts/{hook}",
    methods=["GET", "POST"],
    include_in_schema=False,
    dependencies=[
        Depends(PublicRoute("providers send receipts here; the address is sealed, signatures are checked")),
        Depends(ingest.place, scope="function"),
    ],
)
def receipts(hook: str, message: Arrived, request: Request) -> Response:
    """Take a provider's message about sent ones."""
    house = request.app.state.house
    read = api_receipts.receive(house.db, house.make_ctx, hook, message)
    return Response(read.answer or b"ok", media_type=read.media_type)


@router.get("/l/{code}", include_in_schema=False, dependencies=[_LINK])
def link(code: str, request: Request) -> Response:
    """Lead to where a message's link leads; or, for an opt-out link, ask whether that is meant."""
    with request.app.state.house.ctx() as ctx:
        if api_receipts.is_stop(code):
            api_receipts.stop_asked(ctx, code)
            return HTMLResponse(_stop_page(code))
        ahead = any("prefetch" in request.headers.get(name, "") for name in ("sec-purpose", "purpose", "x-moz"))
        to = api_receipts.opened(ctx, code, agent=request.headers.get("user-agent", ""), looked_ahead=ahead)
    return RedirectResponse(to, 302, headers={"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"})


@router.post("/l/{code}", include_in_schema=False, dependencies=[_LINK])
def stop(code: str, request: Request) -> Response:
    """Opt out, from the page or by a mail program's one click (RFC 8058)."""
    with request.app.state.house.ctx() as ctx:
        api_receipts.stopped(ctx, code)
    return HTMLResponse(_page(_STOPPED))


_ASKED = Text("不再接收这类消息？", "No more messages of this kind?")
_STOPPED = Text("已退订。我们不会再向您发送这类营销消息。", "Done. We will not send you marketing of this kind again.")
_BUTTON = Text("确认退订", "Yes, opt out")
_STYLE = (
    "body{font:16px/1.6 system-ui,'PingFang SC','Noto Sans CJK SC',sans-serif;margin:20vh auto 0;max-width:22rem;"
    "padding:0 1.5rem;text-align:center;color:#1f1d1a;background:#faf9f6}"
    "button{font:inherit;padding:.6rem 1.6rem;border:0;border-radius:6px;background:#c8451b;color:#fff}"
)


def _page(title: Text, markup: str = "") -> str:
    lang = reader.get()
    return (
        f'<!doctype html><html lang="{lang}"><meta charset="utf-8"><meta name="viewport" content="width=device-width">'
        f"<title>{escape(title[lang])}</title><style>{_STYLE}</style><h1>{escape(title[lang])}</h1>{markup}"
    )


def _stop_page(code: str) -> str:
    button = f"<button>{escape(_BUTTON[reader.get()])}</button>"
    return _page(_ASKED, f'<form method="post" action="/l/{escape(code)}">{button}</form>')
