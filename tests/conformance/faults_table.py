"""The table platform x fault x outcome in docs/platforms.md: rendered from what a run of test_faults wrote.

`python -m tests.conformance.faults_table FOLDER` puts a run's outcomes (FOLDER/*.json) into both pages: `make faults`.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.conformance.faults import CALLS, PUSHES

PAGES = {"en": "docs/platforms.md", "zh": "docs/zh/platforms.md"}
BEGINS, ENDS = "<!-- faults begin -->", "<!-- faults end -->"
ROOT = Path(__file__).resolve().parents[2]
FAULTS = CALLS + PUSHES
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"once": "✓", "later": "later", "refused": "named", "learned": "asked", "listed": "listed", "": ""},
    "zh": {"once": "✓", "later": "稍后", "refused": "告知", "learned": "问明", "listed": "列出", "": ""},
}
HEAD = {"en": "Work", "zh": "工作"}
TITLES: Mapping[str, tuple[str, str]] = {
    "taobao orders": ("Taobao: orders, refunds", "淘宝：订单、退款"),
    "taobao memos": ("Taobao: memos", "淘宝：备注"),
    "taobao sms": ("Taobao: SMS by order", "淘宝：订单短信"),
    "taobao calls": ("Taobao: hidden calls", "淘宝：加密外呼"),
    "taobao coupons": ("Taobao: coupons", "淘宝：优惠券"),
    "taobao crowd": ("Taobao: crowd", "淘宝：店铺人群"),
    "jd orders": ("JD: orders, refunds", "京东：订单、退款"),
    "jd memos": ("JD: remarks", "京东：备注"),
    "douyin_shop orders": ("Douyin: orders, refunds", "抖音：订单、退款"),
    "douyin_shop memos": ("Douyin: remarks", "抖音：备注"),
    "youzan orders": ("Youzan: orders, refunds", "有赞：订单、退款"),
    "wecom friends": ("WeCom: friends", "企业微信：好友"),
    "wecom messages": ("WeCom: messages", "企业微信：群发"),
    "wechat followers": ("WeChat: followers", "微信：粉丝"),
    "wechat template": ("WeChat: template messages", "微信：模板消息"),
    "wechat subscribe": ("WeChat: subscription messages", "微信：订阅消息"),
    "aliyun sms": ("Aliyun: SMS", "阿里云：短信"),
    "aliyun digital": ("Aliyun: digital SMS", "阿里云：数字短信"),
    "aliyun cards": ("Aliyun: card SMS", "阿里云：卡片短信"),
    "aliyun calls": ("Aliyun: voice calls", "阿里云：语音外呼"),
    "tencent sms": ("Tencent: SMS, own text each", "腾讯云：短信（每人一文）"),
    "tencent same": ("Tencent: SMS, one text", "腾讯云：短信（同文）"),
    "smtp mail": ("Mail", "邮件"),
    "dingtalk notices": ("DingTalk robot", "钉钉机器人"),
    "wecom_robot notices": ("WeCom robot", "企业微信机器人"),
    "alipay payouts": ("Alipay: payouts", "支付宝：转账"),
    "ads uploads": ("Ad audiences: uploads", "广告人群：上传"),
    "webhook_receiver messages": ("Webhook, sent", "Webhook：发出"),
    "register members": ("Webhook, received", "Webhook：收到"),
    "kuaidi100 parcels": ("Kuaidi100: parcels", "快递 100：包裹"),
}


def line(name: str, outcomes: Mapping[str, str], language: str) -> str:
    """Return a row of the table. outcomes: by fault; a fault that cannot strike this work is left out."""
    cells = [WORDS[language].get(outcomes.get(fault, ""), outcomes.get(fault, "")) for fault in FAULTS]
    title = TITLES[name][0 if language == "en" else 1]
    return f"| {title} | {' | '.join(cells)} |".replace("  ", " ")


def table(every: Mapping[str, Mapping[str, str]], language: str) -> str:
    """Return the whole table, in the order of the titles."""
    head = f"| {HEAD[language]} | {' | '.join(f'`{fault}`' for fault in FAULTS)} |"
    rows = [line(name, every[name], language) for name in TITLES]
    return "\n".join([head, "|---|" + "---|" * len(FAULTS), *rows])


def committed(language: str) -> str:
    """Return the table that stands on a page."""
    text = (ROOT / PAGES[language]).read_text(encoding="utf-8")
    return text.partition(BEGINS)[2].partition(ENDS)[0].strip()


def main(folder: Path) -> None:
    """Put the outcomes of a run into both pages."""
    runs: dict[str, dict[str, Any]] = {}
    for file in folder.glob("*.json"):
        run = json.loads(file.read_text(encoding="utf-8"))
        runs[run["work"]] = {fault: one["outcome"] for fault, one in run["faults"].items()}
    for language, page in PAGES.items():
        path = ROOT / page
        before, _, rest = path.read_text(encoding="utf-8").partition(BEGINS)
        after = rest.partition(ENDS)[2]
        path.write_text(f"{before}{BEGINS}\n{table(runs, language)}\n{ENDS}{after}", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
