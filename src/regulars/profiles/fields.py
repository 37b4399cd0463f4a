"""What rules may ask about people, their orders, order lines and events."""

from __future__ import annotations

from typing import Any, LiteralString, get_args, get_origin

from regulars.core import events
from regulars.core.event import Payload, dictionary
from regulars.core.rule import DaySums, Field, Relation, RowArrays, WindowColumn, fields
from regulars.core.rule.operators import FieldType
from regulars.core.text import Text
from regulars.profiles.logic import LOYAL_STEP
from regulars.profiles.store import relations
from regulars.profiles.store.state import WINDOWS

_TIMES, _DAYS, _PIECES = Text("次", "times"), Text("天", "days"), Text("件", "pieces")
_LADDER = (
    (0, Text("未购", "not bought yet")),
    *((n, Text(f"第 {n} 单", f"order {n}")) for n in range(1, LOYAL_STEP)),
    (LOYAL_STEP, Text("忠诚", "loyal")),
)
_SCORES = tuple((n, Text(f"{n} 分", f"{n}")) for n in range(1, 6))
_MONTHS = tuple((n, Text(f"{n} 月", f"month {n}")) for n in range(1, 13))


def _person(
    name: LiteralString,
    kind: FieldType,
    label: Text,
    *,
    live: LiteralString | None = None,
    **more: Any,  # noqa: ANN401 - the rest of a Field
) -> Field:
    return Field(f"person.{name}", "person", kind, label, lake=name, live=live or f"ps.{name}", **more)


def _row(key: str, kind: FieldType, label: Text, lake: str, **more: Any) -> Field:  # noqa: ANN401 - the rest of a Field
    return Field(key, key.rpartition(".")[0], kind, label, lake=lake, **more)


def _windows() -> list[Field]:
    counts: list[LiteralString] = ["orders_7d", "orders_30d", "orders_60d", "orders_90d", "orders_180d", "orders_365d"]
    sums: list[LiteralString] = [
        "net_fen_7d", "net_fen_30d", "net_fen_60d", "net_fen_90d", "net_fen_180d", "net_fen_365d",
    ]  # fmt: skip
    return [
        *(
            _person(c, "int", Text(f"近 {n} 天订单数", f"orders in the last {n} days"), unit=_TIMES)
            for c, n in zip(counts, WINDOWS, strict=True)
        ),
        *(
            _person(c, "money", Text(f"近 {n} 天净消费", f"net spend in the last {n} days"))
            for c, n in zip(sums, WINDOWS, strict=True)
        ),
    ]


PERSON = Relation(
    "person",
    Text("客户", "customer"),
    relations.PERSON,
    (
        _person("purchase_number", "int", Text("购买次数", "number of purchases"), unit=_TIMES),
        _person("ladder_step", "int", Text("生命周期", "lifecycle step"), options=_LADDER),
        _person("net_fen", "money", Text("累计净消费", "net spend")),
        _person("gross_fen", "money", Text("累计消费", "gross spend")),
        _person("refunded_fen", "money", Text("累计退款", "refunds")),
        _person("units", "int", Text("累计件数", "pieces kept"), unit=_PIECES),
        _person("first_order_on", "date", Text("首单日期", "first order")),
        _person("last_order_on", "date", Text("最近一单日期", "last order")),
        _person("next_order_due_on", "date", Text("预计下一单日期", "next order due")),
        *_windows(),
        _person("rfm_r", "int", Text("RFM 近度", "RFM recency"), options=_SCORES, missing=0),
        _person("rfm_f", "int", Text("RFM 频度", "RFM frequency"), options=_SCORES, missing=0),
        _person("rfm_m", "int", Text("RFM 额度", "RFM monetary value"), options=_SCORES, missing=0),
        _person("favourite_category", "text", Text("偏好品类", "favourite category"), missing=""),
        _person("favourite_shop", "text", Text("偏好店铺", "favourite shop"), missing=""),
        _person("region", "text", Text("地区", "region"), missing=""),
        _person("stores", "set", Text("购买过的门店", "stores bought at")),
        _person("last_event_on", "date", Text("最近活跃日期", "last active")),
        _person("anonymous", "bool", Text("匿名", "anonymous")),
        _person("member", "bool", Text("会员", "member")),
        _person("member_since_on", "date", Text("入会日期", "member since")),
        _person("consents", "set", Text("已授权（渠道:用途）", "consents given (channel:purpose)")),
        _person("gender", "text", Text("性别", "gender"), missing=""),
        _person("province", "text", Text("省份", "province"), missing=""),
        _person("city", "text", Text("城市", "city"), missing=""),
        _person("cell", "cell", Text("所在位置", "place"), missing=""),
        _person("birth_md", "month_day", Text("生日", "birthday"), missing=0),
        Field(
            "person.birth_month", "person", "int", Text("生日月份", "month of birth"),
            lake="toInt64(intDiv(birth_md, 100))", live="(ps.birth_md / 100)", options=_MONTHS, missing=0,
        ),
        _person("tags", "set", Text("标签", "tags"), hidden=True),
    ),
)  # fmt: skip

ORDER = Relation(
    "order",
    Text("订单", "orders"),
    relations.ORDER,
    (
        _row("order.net_fen", "money", Text("净额", "net amount"), "known_net_fen"),
        _row("order.gross_fen", "money", Text("金额", "amount"), "gross_fen"),
        _row("order.units", "int", Text("件数", "pieces"), "units", unit=_PIECES),
        _row("order.lines", "int", Text("行数", "lines"), "toInt64(lines)"),
        _row("order.shop", "text", Text("店铺", "shop"), "toString(shop)", missing=""),
        _row("order.store", "text", Text("门店", "store"), "toString(store)", missing=""),
        _row("order.region", "text", Text("地区", "region"), "toString(region)", missing=""),
        _row("order.categories", "set", Text("品类", "categories"), "arrayFilter(c -> c != '', category_names)"),
    ),
    Text("下单", "ordered"),
    RowArrays(
        "order_days",
        {"order.net_fen": "order_fens"},
        (
            *(WindowColumn("count", None, n, f"orders_{n}d") for n in WINDOWS),
            *(WindowColumn("sum", "order.net_fen", n, f"net_fen_{n}d") for n in WINDOWS),
        ),
    ),
)

LINE = Relation(
    "line",
    Text("订单行", "order lines"),
    relations.LINE,
    (
        _row("line.item_id", "text", Text("商品编码", "item code"), "item_id", missing=""),
        _row("line.item_name", "text", Text("商品名称", "item name"), "item_name", missing=""),
        _row("line.category", "text", Text("品类", "category"), "toString(category)", missing=""),
        _row("line.quantity", "int", Text("件数", "pieces"), "quantity", unit=_PIECES),
        _row("line.amount_fen", "money", Text("金额（退款前）", "amount before refunds"), "amount_fen"),
        _row("line.shop", "text", Text("店铺", "shop"), "toString(shop)", missing=""),
        _row("line.store", "text", Text("门店", "store"), "toString(store)", missing=""),
    ),
    Text("购买", "bought"),
)

_COLUMNS = frozenset({"shop", "item_id", "category", "amount_fen", "quantity", "page", "campaign_id"})
"""Payload fields that have a column of their own in the lake."""

_OWN_RELATIONS = frozenset({"order.placed", "order.refunded", "person.tagged"})
"""Told by orders and lines, which also know what came by file, and by tags."""

_ABOUT_NOBODY = frozenset(
    {
        "cash.adjusted",
        "group.updated",
        "guide.updated",
        "item.changed",
        "journey.ended",
        "person.erased",
        "person.realigned",
        "segment.changed",
        "stock.adjusted",
    }
)


_LABELS = {
    "account": Text("账号", "account"),
    "add_way": Text("添加方式编号", "number of the way it was added"),
    "amount_fen": Text("金额", "amount"),
    "answer": Text("选择", "answer"),
    "basis": Text("授权依据", "basis"),
    "by": Text("发起方", "by whom"),
    "campaign_id": Text("活动编号", "campaign number"),
    "carrier": Text("快递公司", "carrier"),
    "category": Text("品类", "category"),
    "cell": Text("所在位置", "place"),
    "channel": Text("渠道", "channel"),
    "city": Text("城市", "city"),
    "code": Text("渠道码", "live code"),
    "gender": Text("性别", "gender"),
    "group": Text("客户群编号", "group number"),
    "guide": Text("导购", "guide"),
    "item_id": Text("商品编码", "item code"),
    "journey_id": Text("旅程编号", "journey number"),
    "kind": Text("消息类型", "kind"),
    "message_id": Text("消息编号", "message number"),
    "name": Text("名称", "name"),
    "node": Text("旅程节点", "journey step"),
    "order_id": Text("订单号", "order number"),
    "page": Text("页面", "page"),
    "parcel_no": Text("运单号", "parcel number"),
    "pay_by": Text("付款截止", "payment due"),
    "province": Text("省份", "province"),
    "purpose": Text("用途", "purpose"),
    "quantity": Text("数量", "quantity"),
    "reason": Text("原因", "reason"),
    "scene": Text("来源场景", "scene"),
    "shop": Text("店铺", "shop"),
    "state": Text("状态", "state"),
    "store": Text("门店", "store"),
    "tags": Text("标签", "tags"),
    "target": Text("菜单项", "menu entry"),
    "template": Text("模板", "template"),
    "url": Text("链接", "link"),
}
_OPTIONS = {
    "granted": Text("已授权", "granted"),
    "withdrawn": Text("已撤回", "withdrawn"),
    "marketing": Text("营销", "marketing"),
    "service": Text("服务", "service"),
    "profiling": Text("画像", "profiling"),
    "sharing": Text("共享", "sharing"),
    "customer": Text("客户", "customer"),
    "guide": Text("导购", "guide"),
    "allowed": Text("允许", "allowed"),
    "refused": Text("拒绝", "refused"),
    "unpaid": Text("未付款", "not paid"),
    "refunded": Text("全额退款", "refunded in full"),
}


def _event(payload: type[Payload]) -> Relation:
    key = f"event:{payload.type}"
    personal = payload.pii_fields()
    found = [
        _event_field(f"{key}.{name}", name, spec.annotation)
        for name, spec in payload.model_fields.items()
        if name not in personal and get_origin(spec.annotation) is not list
    ]
    verb = Text(payload.title.zh, payload.title.en[:1].lower() + payload.title.en[1:])
    by_day = DaySums(relations.event_days(payload.type), frozenset({f"{key}.amount_fen"}))
    return Relation(key, payload.title, relations.event(payload.type), tuple(found), verb, by_day=by_day)


def _event_field(key: str, name: str, annotation: object) -> Field:
    """Bind a payload's field to its column, or to the props it lies in."""
    label = _LABELS[name]
    if annotation is int:
        kind: FieldType = "money" if name == "amount_fen" else "int"
        return _row(key, kind, label, name if name in _COLUMNS else f"JSONExtractInt(props, '{name}')")
    if name == "cell":
        return _row(key, "cell", label, f"JSONExtractString(props, '{name}')", missing="")
    if annotation == list[str]:
        return _row(key, "set", label, f"JSONExtract(props, '{name}', 'Array(String)')")
    values = tuple((v, _OPTIONS[v]) for v in get_args(annotation) if v in _OPTIONS)
    lake = f"toString({name})" if name in _COLUMNS else f"JSONExtractString(props, '{name}')"
    return _row(key, "text", label, lake, missing="", options=values or None)


def events_of_people() -> list[type[Payload]]:
    """Return the events that are about people, by type."""
    return [payload for payload in dictionary if payload.type not in _ABOUT_NOBODY]


def register() -> None:
    """Put the fields of people, orders, lines and events into the catalogue; again is fine."""
    fields.register(PERSON, ORDER, LINE)
    assert events.__all__, "importing them has filled the dictionary"  # noqa: S101 - says why they are imported
    for payload in dictionary:
        if payload.type not in _OWN_RELATIONS | _ABOUT_NOBODY:
            fields.register(_event(payload))


register()
