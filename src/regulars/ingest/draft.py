"""A first mapping guessed from a file's column names and cells, to be looked at and corrected."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping as AnyMapping
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from regulars.ingest.expression.kernels import pc
from regulars.ingest.expression.times import parse_time
from regulars.ingest.mapping import Mapping, SourceSpec, Target, parse_mapping
from regulars.ingest.plan import source_kinds
from regulars.ingest.readers.opening import open_reader

_NAMES: dict[str, tuple[str, ...]] = {
    "document_id": ("order", "orderno", "orderid", "ordernumber", "ordernum", "invoiceno", "invoice", "invoiceid",
                    "tid", "documentid", "订单号", "订单编号", "主订单编号", "单号", "交易号", "发票号", "小票号",
                    "单据号"),
    "occurred_at": ("at", "occurredat", "orderdate", "ordertime", "invoicedate", "createdat", "createtime", "paidat",
                    "paytime", "date", "time", "timestamp", "eventtime", "下单时间", "订单创建时间", "创建时间",
                    "付款时间", "订单付款时间", "支付时间", "交易时间", "日期", "时间", "销售日期"),
    "quantity": ("quantity", "qty", "units", "num", "count", "数量", "购买数量", "宝贝数量", "件数", "销售数量"),
    "unit_price": ("unitprice", "price", "单价", "价格", "商品单价", "售价"),
    "amount": ("amount", "total", "linetotal", "subtotal", "salesvalue", "payment", "金额", "实付金额", "实收金额",
               "总金额", "小计", "买家实际支付金额", "销售金额", "应付金额"),
    "item_id": ("stockcode", "sku", "skuid", "skucode", "productid", "itemid", "itemno", "barcode", "商品编码",
                "商家编码", "货号", "商品id", "商品编号", "条码", "sku编码"),
    "item_name": ("description", "productname", "itemname", "title", "商品名称", "商品标题", "宝贝标题", "品名",
                  "商品"),
    "category": ("category", "categoryname", "department", "类目", "分类", "品类", "商品类目"),
    "shop": ("shop", "shopname", "店铺", "店铺名称", "网店"),
    "store": ("store", "storeid", "storecode", "门店", "门店编码", "门店编号"),
    "region": ("country", "province", "region", "state", "省", "省份", "收货省份", "地区", "国家"),
    "refund_of": ("refundof", "originalorder", "原订单号", "原单号"),
    "name": ("name", "fullname", "customername", "姓名", "客户姓名", "会员姓名"),
    "phone": ("phone", "mobile", "tel", "telephone", "phonenumber", "手机", "手机号", "手机号码", "联系电话", "电话",
              "联系手机", "收货人手机号"),
    "email": ("email", "mail", "emailaddress", "邮箱", "电子邮箱"),
    "birthday": ("birthday", "dob", "birthdate", "dateofbirth", "生日", "出生日期"),
    "gender": ("gender", "sex", "性别"),
    "city": ("city", "城市", "收货城市", "市"),
    "type": ("type", "eventtype", "event", "eventname", "事件", "事件类型"),
    "source_id": ("messageid", "eventid", "uniqueid", "事件编号"),
    "customer_id": ("customerid", "userid", "buyerid", "householdid", "memberid", "clientid", "客户编号", "客户id",
                    "买家id", "用户id", "客户号", "买家会员名", "买家昵称"),
    "member_no": ("memberno", "membercard", "cardno", "会员号", "会员卡号", "卡号", "会员编号"),
}  # fmt: skip
IDENTIFIER_SCOPES = {
    "customer_id": "shop",
    "member_no": "brand",
    "phone": "workspace",
    "email": "workspace",
    "order": "shop",
}
"""Namespaces that a file may name, and where their values are unique."""
_SLASHED = ("%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%d-%m-%Y", "%d/%m/%y", "%m/%d/%y")
_CLOCKS = (" %H:%M", " %H:%M:%S", "", " %I:%M %p", " %I:%M:%S %p")
_SAMPLE_ROWS = 2_000


def draft_mapping(path: Path, name: str = "") -> Mapping:
    """Return a mapping that fits the file's columns as far as their names tell.

    Raises: NotFound, BadInput when the file cannot be read. Fields not recognised are left for the operator; a
    required one that is missing is mapped to a column named after it, so that the preview says what to do.
    """
    reader = open_reader(path, SourceSpec())
    batch = next(iter(reader.batches(_SAMPLE_ROWS)), None)
    found = guess_columns(list(source_kinds(reader.schema)))
    target = _target(found)
    body: dict[str, Any] = {
        "version": 1,
        "name": Path(name or path.name).stem,
        "target": target,
        "source": {k: v for k, v in reader.details.items() if k in {"format", "encoding", "delimiter", "sheet"}},
    }
    build = {"order_lines": _order_lines, "people": _people, "events": _events}[target]
    body |= build(found)
    if batch is not None and "occurred_at" in found:
        formats = _time_format(batch.table.column(found["occurred_at"]))
        if formats:
            body["columns"]["occurred_at"] = {"from": found["occurred_at"], "format": formats}
    return parse_mapping(body)


def guess_columns(names: Sequence[str]) -> dict[str, str]:
    """Return field -> source column for the names that are recognised, each column used once."""
    plain = {name: _plain(name) for name in names}
    found: dict[str, str] = {}
    used: set[str] = set()
    for exact in (True, False):
        for field, words in _NAMES.items():
            if field in found:
                continue
            for word in words:
                match = next((n for n, p in plain.items() if n not in used and _alike(p, word, exact=exact)), None)
                if match is not None:
                    found[field] = match
                    used.add(match)
                    break
    return found


def _plain(name: str) -> str:
    return re.sub(r"[^0-9a-z一-鿿]", "", unicodedata.normalize("NFKC", name).lower())


def _alike(plain: str, word: str, *, exact: bool) -> bool:
    # Chinese headers carry units and remarks ("金额（元）"), so a longer name may begin with the word.
    return plain == word if exact else not word.isascii() and len(word) > 1 and plain.startswith(word)


def _target(found: AnyMapping[str, str]) -> Target:
    if "type" in found and "quantity" not in found:
        return "events"
    if "document_id" in found or "quantity" in found:
        return "order_lines"
    return "people" if found.keys() & {"name", "phone", "email", "birthday", "member_no"} else "order_lines"


def _from(found: AnyMapping[str, str], *fields: str) -> dict[str, Any]:
    return {f: {"from": found[f]} for f in fields if f in found}


def _identifiers(found: AnyMapping[str, str], *names: str) -> list[dict[str, str]]:
    return [{"ns": n, "scope": IDENTIFIER_SCOPES[n], "from": found[n]} for n in names if n in found]


def _order_lines(found: AnyMapping[str, str]) -> dict[str, Any]:
    columns = {f: {"from": f} for f in ("document_id", "occurred_at", "quantity")}
    columns |= _from(found, "document_id", "occurred_at", "quantity", "unit_price", "item_id", "item_name", "category",
                     "shop", "store", "region", "refund_of")  # fmt: skip
    if "shop" not in columns:
        columns["shop"] = {"const": "main"}
    if "amount" in found:
        columns["amount"] = {"from": found["amount"]}
    quantity = f"col({found.get('quantity', 'quantity')!r})"
    columns["kind"] = {"expr": f"if({quantity} < 0, 'refund', 'sale')"}
    identifiers = _identifiers(found, "member_no", "customer_id", "phone", "email")
    identifiers.append({"ns": "order", "scope": "shop", "from": columns["document_id"]["from"]})
    return {"columns": columns, "identifiers": identifiers}


def _people(found: AnyMapping[str, str]) -> dict[str, Any]:
    columns = _from(found, "name", "phone", "email", "birthday", "gender", "city", "occurred_at")
    if "region" in found:
        columns["province"] = {"from": found["region"]}
    return {"columns": columns, "identifiers": _identifiers(found, "member_no", "customer_id")}


def _events(found: AnyMapping[str, str]) -> dict[str, Any]:
    columns = {f: {"from": f} for f in ("type", "occurred_at")}
    columns |= _from(found, "type", "occurred_at", "source_id", "shop")
    props = _from(found, "item_id", "category", "quantity")
    identifiers = _identifiers(found, "member_no", "customer_id", "phone", "email")
    return {"columns": columns, "props": props, "identifiers": identifiers}


def _time_format(column: pa.ChunkedArray) -> str:
    """Return the format that reads nearly all cells, "" when none is needed. Day first wins a tie, said in preview."""
    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return ""
    cells = pc.utf8_trim_whitespace(column.cast(pa.string()).combine_chunks())
    cells = cells.filter(pc.greater(pc.utf8_length(cells), 0))
    if len(cells) == 0 or _unread(cells, ()) < 0.5:
        return ""
    formats = [day + clock for day in _SLASHED for clock in _CLOCKS]
    best = min(formats, key=lambda f: _unread(cells, (f,)))
    return best if _unread(cells, (best,)) < 0.5 else ""


def _unread(cells: pa.Array, formats: tuple[str, ...]) -> float:
    _, bad = parse_time(cells, formats, "UTC")
    return (pc.sum(bad).as_py() or 0) / len(cells)
