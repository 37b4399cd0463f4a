"""Why a row could not be taken, per field, in both languages."""

from __future__ import annotations

from regulars.core.text import Text

REASONS: dict[str, Text] = {
    "not_time": Text(
        "第 {row} 行的 {field} {value} 不是日期或时间", "row {row}: {field} {value} is not a date or time"
    ),
    "not_number": Text("第 {row} 行的 {field} {value} 不是数字", "row {row}: {field} {value} is not a number"),
    "not_bool": Text(
        "第 {row} 行的 {field} {value} 不是“是/否”", "row {row}: {field} {value} is neither true nor false"
    ),
    "not_whole": Text("第 {row} 行的 {field} {value} 不是整数", "row {row}: {field} {value} is not a whole number"),
    "too_large": Text("第 {row} 行的 {field} {value} 超出范围", "row {row}: {field} {value} is out of range"),
    "too_long": Text(
        "第 {row} 行的 {field} 太长（最多 200 字）", "row {row}: {field} is too long (200 characters at most)"
    ),
    "divided_by_zero": Text("第 {row} 行的 {field} 除以 0", "row {row}: {field} divides by zero"),
    "missing": Text("第 {row} 行缺少 {field}", "row {row}: {field} is missing"),
    "bad_kind": Text(
        "第 {row} 行的 {field} {value} 不是 sale、refund、stock、cash 之一",
        "row {row}: {field} {value} is none of sale, refund, stock, cash",
    ),
    "refund_positive": Text(
        "第 {row} 行是退款，但 {field} {value} 是正数", "row {row}: a refund whose {field} {value} is positive"
    ),
    "sale_negative": Text(
        "第 {row} 行是销售，但 {field} {value} 是负数", "row {row}: a sale whose {field} {value} is negative"
    ),
    "bad_currency": Text(
        "第 {row} 行的 {field} {value} 不是品牌的币种", "row {row}: {field} {value} is not the brand's currency"
    ),
    "undecodable": Text(
        "第 {row} 行的 {field} 含有不属于该编码的字节", "row {row}: {field} holds bytes that the encoding does not have"
    ),
    "nul": Text("第 {row} 行含有空字节（NUL）", "row {row} holds NUL bytes"),
    "ragged": Text(
        "第 {row} 行有 {value} 列，表头不是这个数", "row {row} has {value} fields, not as many as the header"
    ),
    "quote": Text("第 {row} 行的引号没有配对", "row {row} opens a quotation that is not closed"),
    "unknown_type": Text(
        "第 {row} 行的事件类型 {value} 不在词典中", "row {row}: the event type {value} is not in the dictionary"
    ),
    "invalid": Text("第 {row} 行的 {field}：{value}", "row {row}: {field}: {value}"),
    "nobody": Text("第 {row} 行没有任何客户标识", "row {row} names nobody: every identifier is empty"),
}


def explain(code: str, *, row: int, field: str, value: str = "") -> Text:
    """Return the sentence for one bad cell. value: already masked if it is personal."""
    template = REASONS[code]
    shown = value if value == "" or code in {"ragged", "invalid"} else f"“{value}”"
    parts = {"row": row, "field": field, "value": shown}
    english = dict(parts, value=shown.replace("“", "'").replace("”", "'"))
    return Text(template.zh.format(**parts), template.en.format(**english))
