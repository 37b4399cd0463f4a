"""Orders, refunds, goods and members as TOP writes them: yuan in text, Beijing times, lists wrapped twice."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from regulars_sandbox.contract import House
from regulars_sandbox.shop import Deal, Line, Listing, Return
from regulars_sandbox.stands.taobao.wire import BEIJING, FORM
from regulars_sandbox.world import Person

STATUS = {"unpaid": "WAIT_BUYER_PAY", "paid": "WAIT_SELLER_SEND_GOODS", "sent": "WAIT_BUYER_CONFIRM_GOODS",
          "finished": "TRADE_FINISHED"}  # fmt: skip
REFUND_STATUS = {"asked": "WAIT_SELLER_AGREE", "done": "SUCCESS", "closed": "CLOSED"}


def yuan(fen: int) -> str:
    """Write fen as yuan."""
    return f"{fen // 100}.{fen % 100:02d}"


def time(at: datetime) -> str:
    """Write an instant in Beijing time."""
    return at.astimezone(BEIJING).strftime(FORM)


def status(deal: Deal) -> str:
    """Return an order's status."""
    if deal.state == "closed":
        return "TRADE_CLOSED" if deal.paid else "TRADE_CLOSED_BY_TAOBAO"
    return STATUS[deal.state]


def open_uid(deal: Deal) -> str:
    """Return the buyer as the app knows them."""
    return open_uid_of(deal.buyer)


def open_uid_of(person: Person) -> str:
    """Return somebody as the app knows them."""
    return "AAE" + person.token("taobao", "app", length=21)


def ouid(deal: Deal) -> str:
    """Return the buyer as the shop knows them."""
    return ouid_of(deal.buyer)


def ouid_of(person: Person) -> str:
    """Return somebody as the shop knows them."""
    return "ou" + person.token("taobao", "shop", length=20)


def oaid(deal: Deal, now: datetime) -> str:
    """Return the receiver's address id: another one each week."""
    return "1" + deal.buyer.token("oaid", deal.id, now.isocalendar().week, length=48)


def trade(deal: Deal, returns: dict[str, Return], house: House, fields: set[str]) -> dict[str, Any]:
    """Return an order with the fields that were asked for."""
    whole: dict[str, Any] = {
        "tid": int(deal.id),
        "type": "fixed",
        "status": status(deal),
        "payment": yuan(deal.paid_fen),
        "post_fee": yuan(deal.post_fen),
        "created": time(deal.created),
        "modified": time(deal.modified),
        "receiver_state": deal.buyer.region[0],
        "receiver_city": deal.buyer.region[1],
        "receiver_name": deal.buyer.name[:1] + "**",
        "receiver_mobile": "1**********",
        "receiver_address": "***",
        "buyer_open_uid": open_uid(deal),
        "seller_flag": deal.flag,
        "oaid": oaid(deal, house.now()),
        "orders": {"order": [_line(deal, line, returns) for line in deal.lines]},
    }
    if deal.memo:
        whole["seller_memo"] = deal.memo
    for name, at in (("pay_time", deal.paid), ("consign_time", deal.sent), ("end_time", deal.ended)):
        if at:
            whole[name] = time(at)
    return {name: value for name, value in whole.items() if name in fields}


def _line(deal: Deal, line: Line, returns: dict[str, Return]) -> dict[str, Any]:
    mine = [one for one in returns.values() if one.line is line]
    whole: dict[str, Any] = {
        "oid": int(line.id) if len(deal.lines) > 1 else int(deal.id),
        "num_iid": 600_000_000_000 + line.good,
        "title": line.name,
        "num": line.quantity,
        "price": yuan(line.price_fen),
        "total_fee": yuan(line.price_fen * line.quantity),
        "payment": yuan(line.price_fen * line.quantity),
        "status": status(deal),
        "refund_status": REFUND_STATUS[mine[-1].state] if mine else "NO_REFUND",
        "cid": 50_010_566,
    }
    if len(deal.lines) > 1:
        whole["divide_order_fee"] = yuan(line.share_fen)
    else:
        whole["payment"] = yuan(deal.paid_fen)
    return whole


def refund(one: Return, fields: set[str]) -> dict[str, Any]:
    """Return a refund with the fields that were asked for."""
    whole: dict[str, Any] = {
        "refund_id": one.id,
        "tid": int(one.deal.id),
        "oid": int(one.line.id) if len(one.deal.lines) > 1 else int(one.deal.id),
        "title": one.line.name,
        "num_iid": 600_000_000_000 + one.line.good,
        "num": one.line.quantity,
        "total_fee": yuan(one.deal.paid_fen),
        "refund_fee": yuan(one.fen),
        "status": REFUND_STATUS[one.state],
        "created": time(one.created),
        "modified": time(one.modified),
        "good_status": "BUYER_NOT_RECEIVED",
        "has_good_return": False,
        "buyer_open_uid": open_uid(one.deal),
        "ouid": ouid(one.deal),
    }
    return {name: value for name, value in whole.items() if name in fields}


def item(one: Listing, fields: set[str]) -> dict[str, Any]:
    """Return a good with the fields that were asked for."""
    whole: dict[str, Any] = {
        "num_iid": 600_000_000_000 + one.no,
        "title": one.name,
        "cid": 50_010_566,
        "outer_id": f"G{one.no:04d}",
        "price": yuan(one.price_fen),
        "num": one.stock,
        "approve_status": "onsale" if one.on_sale else "instock",
        "modified": time(one.modified),
    }
    return {name: value for name, value in whole.items() if name in fields}


def member(deals: list[Deal]) -> dict[str, Any]:
    """Return a buyer as the member list knows them, from their orders, the newest last."""
    done = [deal for deal in deals if deal.paid]
    return {
        "ouid": ouid(deals[-1]),
        "status": "normal",
        "grade": 1 if done else 0,
        "grade_name": "店铺客户" if not done else "普通会员",
        "trade_count": len(done),
        "trade_amount": yuan(sum(deal.paid_fen for deal in done)),
        "last_trade_time": time(max(deal.created for deal in deals)),
        "relation_source": 1,
    }
