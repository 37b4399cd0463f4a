"""Whoever reads the answer reads it in their language: problems, and failures that were kept in English."""

from __future__ import annotations

import pytest

from regulars.core.words import both, preferred, say
from regulars.workspace import api as workspace

ZH = {"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.8"}


def told(client, method: str, path: str, **body) -> tuple[dict[str, str], dict[str, str]]:
    """Return the English and the Chinese answer to the same request, each marked as what it is."""
    english, chinese = (client.request(method, path, headers=headers, **body) for headers in ({}, ZH))
    assert (english.headers["Content-Language"], chinese.headers["Content-Language"]) == ("en", "zh-CN")
    assert "Accept-Language" in english.headers["Vary"]
    assert "Accept-Language" in chinese.headers["Vary"]
    return english.json(), chinese.json()


def test_an_error_says_what_happened_and_what_to_do_in_the_readers_language(client):
    english, chinese = told(client, "GET", "/api/segments/77")
    assert (english["detail"], english["hint"]) == (
        "There is no segment 77.",
        "It may have been deleted. Open the list of segments.",
    )
    assert (chinese["title"], chinese["detail"]) == ("没有人群 77。", "没有人群 77。")
    assert chinese["hint"] == "它可能已被删除。请打开人群列表。"
    assert (english["code"], english["status"]) == (chinese["code"], chinese["status"])


def test_a_wrong_field_is_named_with_what_is_wrong_with_it(client):
    english, chinese = told(client, "POST", "/api/segments/combine", json={"segment_ids": "all"})
    assert {"path": "body.segment_ids", "message": "Input should be a valid list"} in english["fields"]
    assert {"path": "body.segment_ids", "message": "应为列表"} in chinese["fields"]
    assert chinese["detail"].endswith("：必填")
    assert chinese["hint"] == "改好这个字段后再试。"


def test_what_stands_within_a_sentence_is_said_too(client):
    rule = {"op": "gt", "field": "person.net_fen", "value": "a lot"}
    english, chinese = told(client, "POST", "/api/segments/preview", json={"rule": rule})
    assert english["detail"] == (
        "$.value: 'person.net_fen' takes a whole number of minor units (fen or pence), not 'a lot'."
    )
    assert chinese["detail"] == "$.value：“person.net_fen”应为以分为单位的整数，不能是“a lot”。"


def test_a_path_that_is_not_there_is_told_too(client):
    english, chinese = told(client, "GET", "/api/nowhere")
    assert english["detail"] == "GET /api/nowhere: Not Found."
    assert chinese["detail"] == "GET /api/nowhere：没有这个路径。"


def test_a_failure_that_was_kept_is_read_by_each_in_their_language(house, client):
    with house.ctx(1) as ctx:
        task = workspace.start_operation(ctx, "import", "orders.csv")
        workspace.fail(ctx, task.id, "The mapping is wrong at columns.item_id: The file has no column 'skv'.")
    english, chinese = (client.get("/api/operations", headers=headers).json() for headers in ({}, ZH))
    assert english["items"][0]["message"] == "The mapping is wrong at columns.item_id: The file has no column 'skv'."
    assert chinese["items"][0]["message"] == "映射的 columns.item_id 有误：文件里没有列“skv”。"
    assert chinese["items"][0]["title"] == "orders.csv"


def test_several_findings_are_said_one_by_one():
    said = say(
        "2 of the first 9 rows cannot be taken, so nothing was imported: "
        "row 2: paid_at '2022-13-01' is not a date or time; row 3: total 'x' is not a number.",
        "zh",
    )
    assert said == (
        "前 9 行里有 2 行不能导入，所以什么都没有写入："
        "第 2 行的 paid_at“2022-13-01”不是日期或时间；第 3 行的 total“x”不是数字。"
    )


def test_what_people_wrote_is_left_as_they_wrote_it():
    assert say("There is already a segment named Spring: is empty.", "zh") == "已经有叫“Spring: is empty”的人群。"
    assert say("A sentence that nobody translated: 5.", "zh") == "A sentence that nobody translated: 5."
    assert both("row {row}: {field} is missing", row=3, field="total") == both(
        "row {row}: {field} is missing", row="3", field="total"
    )


@pytest.mark.parametrize(
    ("header", "lang"),
    [("", "en"), ("zh-CN", "zh"), ("ZH-Hant", "zh"), ("en-GB, zh;q=0.9", "en"), ("en;q=0.2, zh-TW;q=0.7", "zh"),
     ("fr, zh;q=0.1", "zh"), ("zh;q=0", "en"), ("*", "en"), ("zh;q=oops", "en")],
)  # fmt: skip
def test_the_language_that_ranks_first_is_spoken(header, lang):
    assert preferred(header) == lang
