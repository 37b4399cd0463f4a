"""Rules as sentences an operator would accept."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.rule_catalog import PAGE, catalog

from regulars.core.rule import parse, sentence

CATALOG = catalog()
LAST_90 = {"kind": "last_days", "days": 90}
BOUGHT: dict[str, Any] = {"op": "did", "relation": "order", "window": LAST_90}
SPENT = {"op": "ge", "field": "person.net_fen", "value": 50_000}
NORTH = {"op": "in", "field": "person.region", "values": ["north", "华东"]}
SHOP_A = {"op": "eq", "field": "order.shop", "value": "A"}


@pytest.mark.parametrize(
    ("json", "zh", "en"),
    [
        (
            {"op": "and", "rules": [BOUGHT | {"value": 2}, SPENT, {"op": "not", "rule": NORTH}]},
            "近 90 天购买至少 2 次，且 累计实付 ≥ ¥500.00，且 不满足（地区 是 「north」、「华东」 之一）",
            "Bought at least 2 times in the last 90 days and total net ≥ ¥500.00"
            " and not (region is one of “north”, “华东”)",
        ),
        (
            {"op": "and", "rules": [SPENT, {"op": "or", "rules": [NORTH, {"op": "in_segment", "segment_id": 3}]}]},
            "累计实付 ≥ ¥500.00，且 （地区 是 「north」、「华东」 之一，或 属于人群「即将流失」）",
            "Total net ≥ ¥500.00 and (region is one of “north”, “华东” or in the segment “即将流失”)",
        ),
        (BOUGHT, "近 90 天有购买", "Bought in the last 90 days"),
        (BOUGHT | {"compare": "eq", "value": 0}, "近 90 天没有购买", "Has not bought in the last 90 days"),
        (BOUGHT | {"window": {"kind": "ever"}}, "曾购买", "Has ever bought"),
        (BOUGHT | {"window": {"kind": "ever"}, "compare": "lt"}, "从未购买", "Has never bought"),
        (BOUGHT | {"window": {"kind": "last_days", "days": 1}}, "今天有购买", "Bought today"),
        (
            BOUGHT | {"where": SHOP_A, "compare": "eq", "value": 1},
            "近 90 天购买（店铺 是 「A」）恰好 1 次",
            "Bought (shop is “A”) exactly 1 time in the last 90 days",
        ),
        (
            BOUGHT | {"measure": "days", "value": 3},
            "近 90 天有至少 3 天购买",
            "Bought on at least 3 days in the last 90 days",
        ),
        (
            BOUGHT | {"measure": "sum", "of": "order.net_fen", "value": 123_456},
            "近 90 天购买的实付金额合计 ≥ ¥1,234.56",
            "Bought in the last 90 days, with net amount totalling ≥ ¥1,234.56",
        ),
        (
            BOUGHT | {"measure": "max", "of": "order.units", "compare": "lt", "value": 5},
            "近 90 天购买中最大的件数 < 5 件",
            "Bought in the last 90 days, with the largest units < 5 units",
        ),
        (
            {"op": "did", "relation": PAGE, "window": {"kind": "between", "start": "2011-11-01", "end": "2011-12-01"}},
            "2011-11-01 起、2011-12-01 之前有浏览页面",
            "Viewed a page from 2011-11-01 and before 2011-12-01",
        ),
        (
            {"op": "older_than_days", "field": "person.last_order_on", "days": 180},
            "最近购买日 在 180 天前或更早",
            "Last order date 180 days ago or earlier",
        ),
        (
            {"op": "within_days", "field": "person.last_order_on", "days": 30},
            "最近购买日 在近 30 天内",
            "Last order date within the last 30 days",
        ),
        (
            {"op": "lt", "field": "person.first_order_on", "value": "2011-06-01"},
            "首次购买日 早于 2011-06-01",
            "First order date before 2011-06-01",
        ),
        ({"op": "eq", "field": "person.member", "value": True}, "会员：是", "Member: yes"),
        ({"op": "ne", "field": "person.member", "value": True}, "会员：否", "Member: no"),
        (
            {"op": "has", "field": "person.consents", "value": "sms:marketing"},
            "授权 包含 「sms:marketing」",
            "Consents includes “sms:marketing”",
        ),
        ({"op": "not", "rule": {"op": "known", "field": "person.region"}}, "地区 未知", "Region is not known"),
        (
            {"op": "not", "rule": {"op": "in_segment", "segment_id": 3}},
            "不属于人群「即将流失」",
            "Not in the segment “即将流失”",
        ),
        ({"op": "eq", "field": "person.ladder_step", "value": 2}, "阶梯 = 第 2 级", "Ladder step = step 2"),
        (
            {"op": "between", "field": "person.net_fen", "low": -100, "high": 200},
            "累计实付 ≥ -¥1.00 且 < ¥2.00",
            "Total net is -¥1.00 or more and less than ¥2.00",
        ),
        ({"op": "starts", "field": "person.region", "value": "n"}, "地区 开头是 「n」", "Region starts with “n”"),
        ({"op": "everyone"}, "所有客户", "Everyone"),
        (
            {"op": "birthday_within", "field": "person.birth_md", "days": 7},
            "生日 在今天起 7 天内",
            "Birthday is today or in the next 7 days",
        ),
        ({"op": "birthday_within", "field": "person.birth_md", "days": 0}, "生日 是今天", "Birthday is today"),
        (
            {"op": "near", "field": "person.cell", "lat": 30.274, "lon": 120.155, "km": 3},
            "位置 在 30.274, 120.155 周边 3 公里内",
            "Place within 3 km of 30.274, 120.155",
        ),
        (
            {
                "op": "sequence",
                "window": LAST_90,
                "steps": [
                    {"relation": PAGE},
                    {"relation": "line", "within_hours": 72},
                    {"relation": "order", "where": SHOP_A, "within_hours": 24, "absent": True},
                ],
            },
            "近 90 天浏览页面，之后 3 天内购买商品，之后 24 小时内没有购买（店铺 是 「A」）",
            "Viewed a page in the last 90 days, then bought goods within 3 days,"
            " then not bought (shop is “A”) within 24 hours",
        ),
        (
            {
                "op": "and",
                "rules": [
                    {
                        "op": "sequence",
                        "window": {"kind": "ever"},
                        "steps": [{"relation": PAGE}, {"relation": "order", "within_hours": 1}],
                    },
                    {"op": "known", "field": "person.region"},
                ],
            },
            "（曾浏览页面，之后 1 小时内购买），且 地区 已知",
            "(viewed a page, then bought within 1 hour) and region is known",
        ),
        (
            {"op": "count_within", "relation": PAGE, "window": LAST_90, "days": 7, "value": 5},
            "近 90 天任意连续 7 天内浏览页面至少 5 次",
            "Viewed a page at least 5 times within some 7 days in a row in the last 90 days",
        ),
        (
            {"op": "count_within", "relation": "order", "window": {"kind": "ever"}, "days": 7, "value": 3}
            | {"measure": "days"},
            "累计任意连续 7 天内有至少 3 天购买",
            "Bought on at least 3 days within some 7 days in a row",
        ),
        (
            {"op": "count_within", "relation": "order", "window": LAST_90, "days": 30, "value": 100_000}
            | {"measure": "sum", "of": "order.net_fen"},
            "近 90 天任意连续 30 天内购买的实付金额合计 ≥ ¥1,000.00",
            "Bought within some 30 days in a row in the last 90 days, with net amount totalling ≥ ¥1,000.00",
        ),
    ],
)
def test_both_languages(json: dict[str, Any], zh: str, en: str) -> None:
    rule = parse(json, CATALOG)
    assert sentence(rule, CATALOG, "zh", segments={3: "即将流失"}) == zh
    assert sentence(rule, CATALOG, "en", segments={3: "即将流失"}) == en


def test_money_is_shown_in_the_brands_currency() -> None:
    rule = parse(SPENT, CATALOG)
    assert sentence(rule, CATALOG, "en", currency="GBP") == "Total net ≥ £500.00"
    assert sentence(rule, CATALOG, "en", currency="CHF") == "Total net ≥ CHF 500.00"
