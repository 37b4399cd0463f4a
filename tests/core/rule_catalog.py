"""A field catalogue in the manner of the rooms' own, for tests of rules."""

from __future__ import annotations

from regulars.core.rule import Field, FieldCatalog, Relation, RowArrays, WindowColumn
from regulars.core.text import Text

WINDOWS = (7, 30, 60, 90, 180, 365)
TIMES = Text("次", "times")


def _person(name: str, kind: str, zh: str, en: str, **more: object) -> Field:
    return Field(f"person.{name}", "person", kind, Text(zh, en), **{"lake": name, "live": f"ps.{name}"} | more)


PERSON = Relation(
    "person",
    Text("客户", "Customer"),
    "SELECT * FROM user_state WHERE brand_id = {brand_id:UInt16}",
    (
        _person("purchase_number", "int", "购买次数", "number of purchases"),
        _person(
            "ladder_step",
            "int",
            "阶梯",
            "ladder step",
            options=tuple((n, Text(f"第 {n} 级", f"step {n}")) for n in range(9)),
        ),
        _person("net_fen", "money", "累计实付", "total net"),
        _person("first_order_on", "date", "首次购买日", "first order date"),
        _person("last_order_on", "date", "最近购买日", "last order date"),
        _person("next_order_due_on", "date", "预计下一单日期", "next order due", live=None),
        _person("orders_30d", "int", "近 30 天订单数", "orders in 30 days", live=None),
        _person("rfm_r", "int", "RFM 近度", "RFM recency", missing=0),
        _person("favourite_category", "text", "偏好品类", "favourite category", missing=""),
        _person("region", "text", "地区", "region", missing=""),
        # the same column told in the other way of being missing: null
        _person("province", "text", "省份", "province", lake="nullIf(province, '')", live="nullif(ps.province, '')"),
        # a text whose empty value is a value
        _person("city", "text", "城市", "city"),
        _person("member", "bool", "会员", "member"),
        _person("anonymous", "bool", "匿名", "anonymous", live=None),
        _person("consents", "set", "授权", "consents"),
        _person("birth_md", "month_day", "生日", "birthday", missing=0),
        _person("cell", "cell", "位置", "place", lake="favourite_shop", missing=""),
    ),
)
ORDER = Relation(
    "order",
    Text("订单", "Order"),
    "SELECT suid AS uid, ordered_at AS at, business_on AS day, gross_fen - refunded_fen AS net_fen, gross_fen, shop,"
    " region, units FROM orders FINAL WHERE brand_id = {brand_id:UInt16} AND business_on < {as_of:Date}",
    (
        Field("order.net_fen", "order", "money", Text("实付金额", "net amount"), "net_fen"),
        Field("order.gross_fen", "order", "money", Text("原额", "gross amount"), "gross_fen"),
        Field("order.shop", "order", "text", Text("店铺", "shop"), "shop"),
        Field("order.region", "order", "text", Text("地区", "region"), "region", missing=""),
        Field("order.units", "order", "int", Text("件数", "units"), "units", unit=Text("件", "units")),
        Field("order.day", "order", "date", Text("日期", "day"), "day"),
    ),
    verb=Text("购买", "bought"),
    arrays=RowArrays(
        days="order_days",
        values={"order.net_fen": "order_fens"},
        columns=tuple(
            column
            for days in WINDOWS
            for column in (
                WindowColumn("count", None, days, f"orders_{days}d"),
                WindowColumn("sum", "order.net_fen", days, f"net_fen_{days}d"),
            )
        ),
    ),
)
LINE = Relation(
    "line",
    Text("订单行", "Order line"),
    "SELECT suid AS uid, occurred_at AS at, business_on AS day, item_id, category, quantity, amount_fen"
    " FROM order_lines FINAL WHERE brand_id = {brand_id:UInt16} AND kind = 'sale' AND business_on < {as_of:Date}",
    (
        Field("line.item_id", "line", "text", Text("商品", "item"), "item_id"),
        Field("line.category", "line", "text", Text("品类", "category"), "category", missing=""),
        Field("line.quantity", "line", "int", Text("数量", "quantity"), "quantity"),
        Field("line.amount_fen", "line", "money", Text("金额", "amount"), "amount_fen", missing=0),
    ),
    verb=Text("购买商品", "bought goods"),
)
PAGE = "event:page.viewed"
PAGE_VIEWED = Relation(
    PAGE,
    Text("浏览页面", "Page viewed"),
    "SELECT suid AS uid, occurred_at AS at, business_on AS day, item_id, props FROM events"
    " WHERE brand_id = {brand_id:UInt16} AND type = 'page.viewed' AND business_on < {as_of:Date}",
    (
        Field(f"{PAGE}.item_id", PAGE, "text", Text("商品", "item"), "item_id", missing=""),
        Field(f"{PAGE}.page", PAGE, "text", Text("页面", "page"), "JSONExtract(props, 'page', 'Nullable(String)')"),
        Field(
            f"{PAGE}.seconds", PAGE, "int", Text("秒数", "seconds"), "JSONExtract(props, 'seconds', 'Nullable(Int64)')"
        ),
        Field(f"{PAGE}.first", PAGE, "bool", Text("首次", "first"), "JSONExtract(props, 'first', 'Nullable(Bool)')"),
    ),
    verb=Text("浏览页面", "viewed a page"),
)


def catalog() -> FieldCatalog:
    """Return a fresh catalogue."""
    return FieldCatalog(PERSON, ORDER, LINE, PAGE_VIEWED)
