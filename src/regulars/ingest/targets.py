"""What a row becomes: the fields of each target and the checks that a value must pass."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from regulars.core.text import Text
from regulars.ingest.expression.values import ValueKind
from regulars.ingest.mapping import Target

Shape = Literal["text", "whole", "amount", "price", "time"]
"""whole: int64; amount: minor units given in major ones; price: 4 decimals; time: UTC."""

KINDS = ("sale", "refund", "stock", "cash")
NOBODY = ("stock", "cash")
"""Kinds of lines that belong to no person."""


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """A field of a target. default None = must be mapped when required, else missing."""

    name: str
    shape: Shape
    required: bool = False
    default: str | None = None

    @property
    def kind(self) -> ValueKind:
        """The kind of expression that fills it."""
        return {"text": "text", "time": "time"}.get(self.shape, "number")  # pyright: ignore[reportReturnType] - literals


def _text(*names: str) -> tuple[FieldSpec, ...]:
    return tuple(FieldSpec(n, "text", default="") for n in names)


_ORDER_LINES = (
    FieldSpec("document_id", "text", required=True),
    FieldSpec("occurred_at", "time", required=True),
    FieldSpec("kind", "text", required=True, default="sale"),
    FieldSpec("quantity", "whole", required=True),
    FieldSpec("amount", "amount"),
    FieldSpec("amount_fen", "whole"),
    FieldSpec("unit_price", "price"),
    FieldSpec("currency", "text"),
    *_text("shop", "item_id", "item_name", "category", "store", "region", "refund_of"),
)
_EVENTS = (
    FieldSpec("type", "text", required=True),
    FieldSpec("occurred_at", "time", required=True),
    FieldSpec("source_id", "text"),
    *_text("shop"),
)
_PEOPLE = (
    FieldSpec("occurred_at", "time"),
    FieldSpec("source_id", "text"),
    *_text("shop"),
    *(FieldSpec(n, "text") for n in ("name", "phone", "email", "birthday", "gender", "province", "city")),
)
TARGETS: dict[Target, dict[str, FieldSpec]] = {
    "order_lines": {f.name: f for f in _ORDER_LINES},
    "events": {f.name: f for f in _EVENTS},
    "people": {f.name: f for f in _PEOPLE},
}

TARGET_TEXTS: dict[Target, Text] = {
    "order_lines": Text("订单明细", "Order lines"),
    "people": Text("客户资料", "Customers"),
    "events": Text("行为记录", "Events"),
}
"""What a file is, in the operator's words."""

FIELD_TEXTS: dict[str, Text] = {
    "document_id": Text("订单号", "Order number"),
    "occurred_at": Text("时间", "Time"),
    "kind": Text("销售还是退款", "Sale or refund"),
    "quantity": Text("数量", "Quantity"),
    "amount": Text("金额 (元)", "Amount"),
    "amount_fen": Text("金额 (分)", "Amount in minor units"),
    "unit_price": Text("单价", "Unit price"),
    "currency": Text("币种", "Currency"),
    "shop": Text("店铺 / 渠道", "Shop or channel"),
    "item_id": Text("商品编码", "Item number"),
    "item_name": Text("商品名称", "Item name"),
    "category": Text("品类", "Category"),
    "store": Text("门店编号", "Store number"),
    "region": Text("省份 / 地区", "Region"),
    "refund_of": Text("退的是哪一单", "Refunded order"),
    "type": Text("行为类型", "Event type"),
    "source_id": Text("记录编号", "Record id"),
    "name": Text("姓名", "Name"),
    "phone": Text("手机号", "Phone"),
    "email": Text("邮箱", "E-mail"),
    "birthday": Text("生日", "Birthday"),
    "gender": Text("性别", "Gender"),
    "province": Text("省份", "Province"),
    "city": Text("城市", "City"),
}
"""Fields in the operator's words."""

IDENTIFIER_TEXTS: dict[str, Text] = {
    "phone": Text("手机号", "Phone"),
    "email": Text("邮箱", "E-mail"),
    "member_no": Text("会员号", "Member number"),
    "customer_id": Text("店铺里的客户编号", "Customer number of the shop"),
    "order": Text("订单号 (没有客户时也不丢)", "Order number (keeps a basket without a customer)"),
}
"""Identifiers that say who a row is of."""
