"""What comes back, over HTTP: providers' receipts, links in messages, the page to opt out."""

from __future__ import annotations

from html import escape

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from regulars.channels import api_receipts
from regulars.core.text import Text
from regulars.core.words import reader
from regulars.ingest import api as ingest
from regulars.workspace.api import PublicRoute
from regulars.workspace.api_incoming import Arrived

router = APIRouter(tags=["messages"])
_LINK = Depends(PublicRoute("whoever got the message opens its link; the code is sealed and names nobody"))


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
