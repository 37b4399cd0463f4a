"""A person's copy as a page to read and print, in the words of the person, not of the house."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from regulars.core.event import dictionary
from regulars.core.text import Lang, Text

_PARTS: dict[str, Text] = {
    "identifiers": Text("身份标识", "Identifiers"),
    "attributes": Text("个人资料", "Personal details"),
    "memberships": Text("会员", "Memberships"),
    "consents": Text("授权记录", "Consents"),
    "orders": Text("订单明细", "Order lines"),
    "events": Text("行为记录", "Activity"),
    "notes": Text("员工备注", "Staff notes"),
    "segments": Text("所在人群", "Groups you are in"),
    "campaigns": Text("参加的活动", "Campaigns"),
    "messages": Text("发给您的消息", "Messages sent to you"),
    "contacts": Text("联系次数", "How often you were contacted"),
    "not_sent": Text("没有发出的消息", "Messages not sent"),
    "suppressions": Text("暂停联系", "Contact paused"),
}
_COLUMNS: dict[str, Text] = {
    "amount_fen": Text("金额", "Amount"),
    "arm": Text("分组", "Group"),
    "at": Text("时间", "Time"),
    "author": Text("填写人", "Written by"),
    "basis": Text("依据", "Basis"),
    "body": Text("内容", "Text"),
    "brand_id": Text("品牌", "Brand"),
    "campaign": Text("活动", "Campaign"),
    "changed_at": Text("变更时间", "Changed"),
    "channel": Text("渠道", "Channel"),
    "channel_class": Text("渠道类别", "Kind of channel"),
    "created_at": Text("建立时间", "Created"),
    "currency": Text("币种", "Currency"),
    "day": Text("日期", "Day"),
    "document_id": Text("单号", "Document"),
    "first_seen_at": Text("首次出现", "First seen"),
    "item_id": Text("商品编码", "Item code"),
    "item_name": Text("商品", "Item"),
    "joined_at": Text("入会时间", "Joined"),
    "key": Text("项目", "Item"),
    "kind": Text("类别", "Kind"),
    "known_at": Text("得知时间", "Known since"),
    "left_because": Text("退出原因", "Left because"),
    "ns": Text("种类", "Kind"),
    "occurred_at": Text("时间", "Time"),
    "origin": Text("来源", "Origin"),
    "props": Text("详情", "Details"),
    "purpose": Text("用途", "Purpose"),
    "quantity": Text("数量", "Quantity"),
    "reason": Text("原因", "Reason"),
    "region": Text("地区", "Region"),
    "scope": Text("范围", "Scope"),
    "shop": Text("店铺", "Shop"),
    "source": Text("来源", "Source"),
    "started_at": Text("开始时间", "Started"),
    "state": Text("状态", "State"),
    "store": Text("门店", "Store"),
    "text": Text("内容", "Text"),
    "title": Text("标题", "Title"),
    "type": Text("事件", "Event"),
    "unit_price": Text("单价", "Unit price"),
    "until_at": Text("截止", "Until"),
    "used": Text("次数", "Times"),
    "value": Text("值", "Value"),
    "written_at": Text("时间", "Written"),
}
_TITLE = Text("您的个人信息副本", "A copy of your personal data")
_ABOUT = Text(
    "依据您的请求提供。以下是我们保存的与您有关的全部信息；您可以要求更正、删除，或撤回授权。",
    "Given at your request. This is everything we hold about you; you may ask us to correct or delete it, or withdraw"
    " what you allowed.",
)
_NUMBER = Text("请求编号", "Request number")
_MADE = Text("制作时间", "Made")
_STYLE = (
    "body{font:14px/1.6 system-ui,sans-serif;margin:32px auto;max-width:1000px;padding:0 16px;color:#1c1c1c}"
    "table{border-collapse:collapse;width:100%;margin:8px 0 28px;font-size:12px}"
    "th,td{border-bottom:1px solid #ddd;padding:4px 8px 4px 0;text-align:left;vertical-align:top;"
    "overflow-wrap:anywhere}h2{font-size:16px;margin:24px 0 0}small{color:#666}"
    "@media print{body{margin:0}tr{break-inside:avoid}}"
)
_HIDDEN = frozenset({"suid", "ordinal", "campaign_id"})


def page(known: Mapping[str, Any], lang: Lang, brands: Mapping[int, str]) -> str:
    """Return a whole HTML page of a copy. known: as in its file; brands: their names."""
    return "".join(_pieces(known, lang, brands))


def _say(text: Text, lang: Lang) -> str:
    return escape(text[lang])


def _pieces(known: Mapping[str, Any], lang: Lang, brands: Mapping[int, str]) -> Iterator[str]:
    html_lang = "zh-CN" if lang == "zh" else "en"
    title = _say(_TITLE, lang)
    yield f'<!doctype html><html lang="{html_lang}"><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style>'
    yield f"<h1>{title}</h1><p>{_say(_ABOUT, lang)}</p><p><small>{_say(_NUMBER, lang)} {escape(known['number'])}"
    yield f" · {_say(_MADE, lang)} {escape(known['made_at'])}</small></p>"
    for export in known["rooms"].values():
        for part, rows in export.items():
            if isinstance(rows, list) and rows:
                words = _PARTS.get(part)
                yield f"<h2>{_say(words, lang) if words else escape(part)} <small>{len(rows):,}</small></h2>"  # pyright: ignore[reportUnknownArgumentType] - JSON
                yield from _table(rows, lang, brands)  # pyright: ignore[reportUnknownArgumentType] - JSON
    yield "</html>"


def _table(rows: Sequence[Any], lang: Lang, brands: Mapping[int, str]) -> Iterator[str]:
    if not isinstance(rows[0], dict):
        yield "<ul>" + "".join(f"<li>{escape(str(row))}</li>" for row in rows) + "</ul>"
        return
    columns = [name for name in rows[0] if name not in _HIDDEN and any(row.get(name) not in ("", None) for row in rows)]
    heads = (_say(_COLUMNS[name], lang) if name in _COLUMNS else escape(name) for name in columns)
    yield "<table><tr>" + "".join(f"<th>{head}</th>" for head in heads) + "</tr>"
    for row in rows:
        yield (
            "<tr>"
            + "".join(f"<td>{escape(_cell(name, row.get(name), lang, brands))}</td>" for name in columns)
            + "</tr>"
        )
    yield "</table>"


def _cell(name: str, value: object, lang: Lang, brands: Mapping[int, str]) -> str:
    if value is None:
        return ""
    if name == "brand_id" and isinstance(value, int):
        return brands.get(value, str(value))
    if name == "amount_fen" and isinstance(value, int):
        return f"{value / 100:,.2f}"
    if name == "type" and isinstance(value, str) and value in dictionary:
        title = dictionary.get(value).title
        return title[lang]
    return str(value)
