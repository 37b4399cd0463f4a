"""Bringing a file in by hand: what the page is told, what it may change, and a run that writes nothing."""

from __future__ import annotations

import json

import pytest
from tests.ingest.conftest import as_csv, shop_rows

from regulars.app.worker import Worker


def _send(client, where, text, mapping=None, name="orders.csv", **query):
    data = {} if mapping is None else {"mapping": mapping if isinstance(mapping, str) else json.dumps(mapping)}
    return client.post(f"/api/imports{where}", files={"file": (name, text.encode())}, data=data, params=query)


@pytest.fixture
def text():
    return as_csv(shop_rows(250))


def test_the_page_knows_every_field_and_identifier_in_both_languages(client):
    told = client.get("/api/imports/targets").json()
    assert {t["key"] for t in told["targets"]} == {"order_lines", "events", "people"}
    for one in (*told["targets"], *told["identifiers"], *(f for t in told["targets"] for f in t["fields"])):
        assert one["label"]["zh"]
        assert one["label"]["en"]
    orders = next(t for t in told["targets"] if t["key"] == "order_lines")
    assert [f["name"] for f in orders["fields"] if f["required"]] == ["document_id", "occurred_at", "quantity"]


def test_a_file_is_read_with_samples_of_each_column_and_personal_ones_masked(client, text):
    told = _send(client, "/preview", text).json()
    assert told["origin"] == "drafted"
    assert told["samples"]["order"] == ["T1000", "T1001", "T1002"]
    assert told["samples"]["phone"][0] == "138****0000"
    assert told["spec"]["columns"]["document_id"] == {"from": "order"}
    assert {i["ns"] for i in told["spec"]["identifiers"]} == {"phone", "order"}


def test_what_the_page_changes_is_taken_as_json(client, text):
    spec = _send(client, "/preview", text).json()["spec"]
    spec["columns"]["category"] = {"const": "towels"}
    told = _send(client, "/preview", text, spec).json()
    assert (told["origin"], told["good"], told["problem"]) == ("given", 250, "")
    assert told["first"][0]["values"]["category"] == "towels"


def test_a_mapping_that_lacks_something_still_tells_columns_and_what_it_lacks(client, text):
    spec = _send(client, "/preview", text).json()["spec"]
    del spec["columns"]["quantity"]
    told = _send(client, "/preview", text, spec).json()
    assert "quantity" in told["problem"]
    assert told["samples"]["qty"] == ["2"]


def _import(client, house, text, spec):
    started = _send(client, "", text, spec)
    assert started.status_code == 202, started.text
    Worker(house).drain()
    return client.get("/api/imports").json()["items"][0]


def test_the_next_file_of_the_same_columns_is_read_as_the_last_was(client, house, text):
    spec = _send(client, "/preview", text).json()["spec"]
    spec["columns"]["shop"] = {"const": "tmall"}
    done = _import(client, house, text, spec)
    assert (done["state"], done["imported"], done["kinds"]) == ("done", 250, {"sale": 250})
    next_week = as_csv(shop_rows(30, start=400))
    told = _send(client, "/preview", next_week, name="next.csv").json()
    assert (told["origin"], told["earlier_file"]) == ("earlier", "orders.csv")
    assert told["spec"]["columns"]["shop"] == {"const": "tmall"}
    assert _send(client, "/preview", next_week, fresh=True).json()["origin"] == "drafted"
    other = as_csv(shop_rows(3), header=["order", "at", "sku", "qty", "price", "mobile"])
    assert _send(client, "/preview", other).json()["origin"] == "drafted"


def test_a_trial_goes_through_the_whole_file_and_writes_nothing(client, house, text):
    broken = text.replace("2024-03-10", "2024-13-10") + "T9,2024-03-01 10:00:00,S1,two,9.90,13800000001\n"
    spec = _send(client, "/preview", broken).json()["spec"]
    task = _send(client, "/check", broken, spec).json()["operation_id"]
    Worker(house).drain()
    found = client.get(f"/api/operations/{task}").json()
    assert found["state"] == "done", found
    told = found["result"]
    assert (told["rows"], told["good"], told["bad"]) == (251, 241, 10)
    assert told["reasons"] == {"not_time": 9, "not_number": 1}
    assert told["examples"]["not_number"][0]["row_no"] == 252
    assert "two" not in json.dumps(told)  # what stands in a cell may be personal, and the answer is kept
    assert client.get("/api/imports").json()["items"] == []
    assert client.get("/api/quarantine").json()["items"] == []
    assert list((house.settings.home_path / "files").iterdir()) == []


def test_lines_that_are_no_rows_are_told_in_words_with_their_place(client, house, text):
    spec = _send(client, "/preview", text).json()["spec"]
    task = _send(client, "/check", text + "T9,2024-03-01 10:00:00,S1\nT9,\0,\n", spec).json()["operation_id"]
    Worker(house).drain()
    told = client.get(f"/api/operations/{task}").json()["result"]
    assert (told["bad"], told["reasons"]) == (2, {"ragged": 1, "nul": 1})
    (ragged,), (nul,) = told["examples"]["ragged"], told["examples"]["nul"]
    assert (ragged["row_no"], ragged["en"]) == (252, "row 252 has 3 fields, not as many as the header")
    assert (nul["row_no"], nul["zh"]) == (253, "第 253 行含有空字节（NUL）")


def test_a_trial_that_is_cancelled_keeps_no_file(client, house, text):
    spec = _send(client, "/preview", text).json()["spec"]
    task = _send(client, "/check", text, spec).json()["operation_id"]
    assert client.post(f"/api/operations/{task}/cancel").status_code == 200
    Worker(house).drain()
    assert client.get(f"/api/operations/{task}").json()["state"] == "cancelled"
    assert list((house.settings.home_path / "files").iterdir()) == []
