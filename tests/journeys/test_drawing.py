"""What the canvas asks: drawings to begin with, events to choose from, ways out, half-done messages."""

from __future__ import annotations

import pytest
from tests.journeys import shop

from regulars.app.boot import load_rooms
from regulars.app.worker import Worker
from regulars.journeys import api_drawing as drawing
from regulars.journeys.graph import Graph
from regulars.journeys.routes_journeys import GraphIn

load_rooms()


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_drawing_to_begin_with_lacks_only_what_a_brand_must_choose(lang):
    found = drawing.gallery(lang)
    assert len({one.key for one in found}) == len(found) >= 6
    for one in found:
        graph = GraphIn.model_validate(one.graph).model_dump(mode="json", by_alias=True)
        left = {p.node for p in Graph.read(graph).problems()}
        for node in graph["nodes"]:
            if "channel" in node["config"]:
                assert node["config"]["channel"] == "", "the channel is the brand's to choose"
                assert node["config"]["message"]["body"]
                node["config"]["channel"] = "log"
            if node["kind"] == "entry_segment":
                node["config"]["segment_id"] = 1
        assert left <= {n["key"] for n in graph["nodes"] if n["kind"] in {"entry_segment", "message"}}
        assert list(Graph.read(graph).problems()) == [], one.key


def test_over_http_the_canvas_has_what_it_asks_for(client):
    events = {one["type"]: one["conditions"] for one in client.get("/api/journey-events").json()}
    assert events["cart.added"] is True
    assert events["order.placed"] is False
    assert "stock.adjusted" not in events
    begun = client.get("/api/journey-gallery", headers={"Accept-Language": "zh-CN"}).json()
    assert "加购未下单" in {one["title"] for one in begun}


def test_half_a_drawing_is_kept_and_says_which_ways_it_has(client):
    shares = [{"name": "a", "bp": 2_500}, {"name": "b", "bp": 7_500}]
    nodes = [
        {"key": "half", "kind": "message", "config": {}},
        {"key": "sms", "kind": "message", "config": {"channel": "webhook", "config": {}}},
        {"key": "parts", "kind": "split", "config": {"experiment": "x", "shares": shares}},
        {"key": "asked", "kind": "condition", "config": {}},
    ]
    made = client.post("/api/journeys", json={"name": "Half", "graph": {"nodes": nodes}})
    assert made.status_code == 201, made.text
    assert made.json()["ways"] == {
        "half": ["messaged"], "sms": ["messaged"], "parts": ["a", "b"], "asked": ["yes", "no"],
    }  # fmt: skip
    assert made.json()["changed"] is False
    row = client.get("/api/journeys").json()["items"][0]
    assert (row["inside"], row["entered"]) == (0, 0)


def test_a_drawing_that_says_something_else_than_what_is_published_says_so(client, house):
    with house.ctx(1) as ctx:
        segment_id = shop.segment(ctx, shop.people(ctx, 3))
    nodes = [
        {"key": "in", "kind": "entry_segment", "config": {"segment_id": segment_id}},
        {"key": "day", "kind": "wait_for", "config": {"days": 1}},
        {"key": "end", "kind": "exit", "config": {}},
    ]
    edges = [{"from": "in", "way": "entered", "to": "day"}, {"from": "day", "way": "waited", "to": "end"}]
    graph = {"nodes": nodes, "edges": edges, "settings": {}}
    made = client.post("/api/journeys", json={"name": "Days", "graph": graph}).json()
    path = f"/api/journeys/{made['id']}"
    assert client.post(f"{path}/publish").json()["changed"] is False
    moved = {**graph, "nodes": [{**node, "x": 40, "note": "moved"} for node in nodes]}
    assert client.put(path, json={"name": "Days", "graph": moved}).json()["changed"] is False
    nodes[1]["config"]["days"] = 2
    assert client.put(path, json={"name": "Days", "graph": graph}).json()["changed"] is True
    Worker(house).drain()
    assert client.get("/api/journeys").json()["items"][0]["inside"] == 3
