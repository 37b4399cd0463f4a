"""Scenarios: those that come with the sandbox can be played, and one's own are refused with the line that is wrong."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.house.tree import ROOT

from regulars_sandbox import scenario, told
from regulars_sandbox.app import Sandbox
from regulars_sandbox.faults import KINDS
from regulars_sandbox.playing import Play

BEGUN = datetime(2026, 1, 1, tzinfo=UTC)


def played(text: str, *, pace: float = 0.0) -> tuple[Sandbox, Play]:
    house = Sandbox(wall=lambda: BEGUN)
    play = Play(scenario.read(text, house.verbs()), pace)
    asyncio.run(play.run(house))
    return house, play


@pytest.mark.parametrize("name", scenario.shipped())
def test_what_comes_with_the_sandbox_plays_without_a_failure(name):
    house, play = played(scenario.find(name))
    assert (play.failed, play.ended) == ([], True)
    assert house.now() == BEGUN + play.scenario.lasts
    assert told.facts(house)["people"] > 150


def test_it_happens_in_order_of_time_as_often_as_said_and_the_same_each_time():
    text = """
name: Two shops
lasts: 10m
steps:
  - {at: 1m, every: 1m, times: 3, platform: taobao, verb: order, given: {buyer: {from: 7}, goods: [1, 9]}}
  - {at: 90s, platform: taobao, verb: pay}
  - {every: 4m, platform: jd, verb: order, given: {buyer: {any: [1, 2]}, pay: true}}
"""
    house, play = played(text)
    deals = list(house.stands["taobao"].shop.deals.values())
    assert [one.buyer.no for one in deals] == [7, 8, 9]
    assert [one.created - BEGUN for one in deals] == [timedelta(minutes=n) for n in (1, 2, 3)]
    assert [one.state for one in deals] == ["paid", "unpaid", "unpaid"]
    assert play.done == {"taobao order": 3, "taobao pay": 1, "jd order": 3}
    again, _ = played(text)
    goods = [[line.good for line in one.lines] for one in deals]
    assert goods == [[line.good for line in one.lines] for one in again.stands["taobao"].shop.deals.values()]


def test_what_fails_meanwhile_is_part_of_the_script_and_ends_with_it():
    fault = "{platform: taobao, kind: rate, times: 5}"
    begun = f"name: x\nlasts: 2m\nsteps:\n  - {{at: 1m, fault: {fault}}}\n"
    house, _ = played(begun)
    assert [(one.platform, one.kind, one.times) for one in house.faults.waiting] == [("taobao", "rate", 5)]
    house, _ = played(f"{begun}  - {{at: 90s, fault: none}}\n")
    assert house.faults.waiting == []


def test_at_a_pace_no_clock_is_moved():
    house, play = played("name: x\nlasts: 1h\nsteps:\n  - {at: 59m, platform: jd, verb: order}\n", pace=3.6e6)
    assert (house.now(), play.done, play.ended) == (BEGUN, {"jd order": 1}, True)


def test_an_act_that_cannot_be_is_told_with_its_line_and_the_rest_goes_on():
    text = """name: x
lasts: 1m
steps:
  - {platform: taobao, verb: pay}
  - {platform: taobao, verb: order}
"""
    _, play = played(text)
    assert play.failed == ["line 4: taobao pay: no order is unpaid"]
    assert play.done == {"taobao order": 1}


STEPS = "name: x\nlasts: 1h\nsteps:\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("steps: [1", "line 1: "),
        ("- a", "line 1: a scenario is a mapping"),
        ("name: x\nsteps: []", "line 1: lasts is missing"),
        ("name: x\nlasts: soon\nsteps: []", "line 2: 'soon' is no duration"),
        ("name: x\nlasts: 1h\nsteps: []", "line 3: steps is a list with at least one step"),
        ("name: x\nlasts: 1h\nwhen: 1\nsteps: []", "line 3: 'when' is not known here"),
        (STEPS + "  - order", "line 3: each step is a mapping"),
        (STEPS + "  - at: 1m\n    platform: taobao", "line 4: verb is missing"),
        (STEPS + "  - at: 1m\n    platform: tabao\n    verb: order", "line 5: there is no platform 'tabao'"),
        (STEPS + "  - platform: jd\n    verb: orders", "line 5: there is no verb 'orders'; there are order, pay"),
        (STEPS + "  - platform: jd\n    verb: order\n    given: {buyers: 1}", "line 6: 'buyers' is not known here"),
        (STEPS + "  - {platform: wecom, verb: tag, given: {person: 1}}", "line 4: tag needs tag"),
        (STEPS + "  - {platform: jd, verb: order, given: {buyer: {of: 1}}}", "line 4: buyer is a value"),
        (STEPS + "  - platform: jd\n    verb: order\n    times: 3", "line 6: a step of several times needs every"),
        (STEPS + "  - {platform: jd, verb: order, every: 1s, times: -1}", "line 4: times is a whole number"),
        (STEPS + "  - {platform: jd, verb: order, at: 2h}", "line 4: the step begins after the end"),
        (STEPS + "  - {platform: jd, verb: order, every: 10s}\n" * 300, "line 3: more than 100,000"),
        (STEPS + "  - at: 1m\n    fault: {platform: jd, kind: odd}", "line 5: kind is one of rate, token"),
        (STEPS + "  - {fault: {platform: moon, kind: rate}}", "line 4: there is no platform 'moon'"),
        (STEPS + "  - {fault: {platform: jd, kind: rate, often: 1}}", "line 4: "),
        (STEPS + "  - {fault: rate}", "line 4: a fault is none, or a mapping"),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_line(text, said):
    with pytest.raises(ValueError, match=r"^line") as error:
        scenario.read(text, Sandbox().verbs())
    assert str(error.value).startswith(said)


def test_a_scenario_nobody_has_is_told_with_those_there_are():
    with pytest.raises(ValueError, match="there are bad_afternoon, brand_hour"):
        scenario.find("nothing")


def refusal(house: Sandbox, key: str, verb: str) -> str:
    try:
        asyncio.run(house.stands[key].act(verb, {}))
    except (KeyError, ValueError) as error:
        return str(error)
    return ""


def test_every_verb_that_is_offered_is_one():
    house = Sandbox()
    offered = [(key, verb) for key, verbs in house.verbs().items() for verb in verbs]
    assert [(key, verb) for key, verb in offered if verb in refusal(house, key, verb)] == []
    assert all("no_such" in refusal(house, key, "no_such") for key in house.verbs())


def test_people_are_those_whose_names_were_never_told_together():
    assert told.people([("a", "b"), ("c",), ("d", "e"), ("e", "b")]) == 2
    assert told.people([]) == 0


@pytest.mark.parametrize("page", ["docs/practice.md", "docs/zh/practice.md"])
def test_the_page_names_every_scenario_verb_and_fault(page):
    text = (ROOT / page).read_text("utf-8")
    for name in scenario.shipped():
        assert f"| `{name}` |" in text
    for key, verbs in Sandbox().verbs().items():
        for verb, takes in verbs.items():
            names = " ".join(f"`{name}`" for name in takes.split())
            assert f"| `{key}` | `{verb}` | {names} |" in text
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


def test_the_examples_of_the_page_can_be_read():
    for page in ("docs/practice.md", "docs/zh/practice.md"):
        text = (ROOT / page).read_text("utf-8").split("```yaml\n")[1].split("```")[0]
        assert len(scenario.read(text, Sandbox().verbs()).steps) == 5
