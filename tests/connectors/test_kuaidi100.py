"""Parcels: each turn comes once, as the order's buyer's; what is not signed is not believed."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from tests.platforms.listening import listening

from regulars.connectors.contract import NotTheirs, Received
from regulars.connectors.kinds.kuaidi100 import Kuaidi100, Kuaidi100Config
from regulars.core.errors import BadInput
from regulars.core.event import dictionary
from regulars.platforms.contract import Incoming
from regulars_sandbox.stands import kuaidi100

SALT = "pepper and salt"
CONFIG = Kuaidi100Config.model_validate({"salt": SALT, "shop": "mall"})


def pushed(param: str, *, salt: str = SALT, order: str = "o7") -> Incoming:
    sign = hashlib.md5((param + salt).encode()).hexdigest().upper()
    body = urlencode({"sign": sign, "param": param}).encode()
    query = {"order_id": order} if order else {}
    return Incoming("POST", query, {}, body, datetime(2026, 11, 21, tzinfo=UTC))


def told(state: str, *times: str) -> str:
    """Write a push as the provider does, the newest trace first."""
    data = [{"context": "【武汉市】已签收，签收人：张三 13800138001", "ftime": t, "time": t} for t in times]
    last: dict[str, Any] = {"state": state, "com": "yunda", "nu": "4600", "ischeck": "1", "message": "ok", "data": data}
    return json.dumps({"status": "polling", "message": "", "lastResult": last}, ensure_ascii=False)


def receive(message: Incoming) -> Received:
    return Kuaidi100().receive(None, CONFIG, message)


@pytest.mark.parametrize(
    ("state", "event"),
    [("1", "collected"), ("5", "arrived"), ("3", "signed"), ("2", "delayed"), ("4", "refused"), ("14", "refused"),
     ("6", "returned")],
)  # fmt: skip
def test_a_turn_of_a_parcel_is_a_fact_about_the_orders_buyer(state, event):
    (said,) = receive(pushed(told(state, "2026-11-21 10:30:00", "2026-11-20 09:00:00"))).statements
    assert (said.type, said.occurred_at) == (f"parcel.{event}", datetime(2026, 11, 21, 2, 30, tzinfo=UTC))
    assert [tuple(one) for one in said.named] == [("order", "o7", "")]
    assert dictionary.get(said.type).model_validate(dict(said.props)).model_dump()["parcel_no"] == "4600"
    assert "13800138001" not in str(said)


def test_the_same_turn_is_the_same_fact_however_often_it_is_pushed():
    first = receive(pushed(told("3", "2026-11-21 10:30:00"))).statements[0]
    again = receive(pushed(told("3", "2026-11-21 11:00:00", "2026-11-21 10:30:00"))).statements[0]
    assert first.source_id == again.source_id
    assert receive(pushed(told("5", "2026-11-21 09:00:00"))).statements[0].source_id != first.source_id


def test_what_says_nothing_new_is_taken_all_the_same():
    for message in (
        pushed(told("0", "2026-11-21 10:30:00")),
        pushed(told("3")),
        pushed(told("3", "2026-11-21 10:30:00"), order=""),
    ):
        answer = receive(message)
        assert answer.statements == ()
        assert json.loads(answer.answer)["result"] is True


def test_what_is_not_signed_with_the_salt_is_not_believed():
    param = told("3", "2026-11-21 10:30:00")
    good = pushed(param)
    for body in (pushed(param, salt="guessed").body, good.body.replace(b"4600", b"4601"), b"", b"param=%7B%7D"):
        with pytest.raises(NotTheirs):
            receive(Incoming("POST", good.query, {}, body, good.at))


def test_nonsense_is_refused_with_words():
    for param in ("[]", "no json", '{"lastResult": {"nu": "1", "state": "3", "data": [{"ftime": "yesterday"}]}}'):
        with pytest.raises(BadInput):
            receive(pushed(param))


# --- the stand-in -----------------------------------------------------------------------------------------
OURS = Kuaidi100Config.model_validate({"salt": kuaidi100.SALT, "shop": "mall"})


def turned(outside, clock, *states: str, parcel: str = "P1") -> list[Incoming]:
    """Let a parcel take turns; return what was pushed."""
    with listening(clock) as inbox:
        outside.control("callbacks", {"platform": "kuaidi100", "url": inbox.url})
        for state in states:
            outside.act("kuaidi100", "turn", parcel=parcel, state=state, order="o7")
    return inbox.messages


def test_what_the_stand_in_pushes_is_believed_and_nothing_that_was_changed(outside, clock):
    messages = turned(outside, clock, "collected", "signed")
    said = [Kuaidi100().receive(None, OURS, message).statements[0] for message in messages]
    assert [(one.type, one.props["parcel_no"]) for one in said] == [("parcel.collected", "P1"), ("parcel.signed", "P1")]
    assert {tuple(one.named[0]) for one in said} == {("order", "o7", "")}
    good = messages[1]
    for at in range(0, len(good.body), max(1, len(good.body) // 40)):
        body = good.body[:at] + bytes([good.body[at] ^ 1]) + good.body[at + 1 :]
        with pytest.raises(NotTheirs):
            Kuaidi100().receive(None, OURS, dataclasses.replace(good, body=body))


def subscribe(outside, url: str, **changed: Any) -> str:
    param = {"company": "yunda", "number": "P9", "key": kuaidi100.KEY,
             "parameters": {"callbackurl": url, "salt": SALT, "resultv2": "1"}, **changed}  # fmt: skip
    form = {"schema": "json", "param": json.dumps(param)}
    return httpx2.post(f"{outside.url}/kuaidi100/poll", data=form, trust_env=False).json()["returnCode"]


def test_a_shops_own_subscription_names_where_and_with_which_salt(outside, clock):
    with listening(clock) as inbox:
        assert subscribe(outside, f"{inbox.url}?order_id=o9", key="wrong") == "600"
        assert subscribe(outside, f"{inbox.url}?order_id=o9") == "200"
        assert subscribe(outside, f"{inbox.url}?order_id=o9") == "501"
        outside.act("kuaidi100", "turn", parcel="P9", state="arrived")
    (said,) = receive(inbox.messages[0]).statements
    assert (said.type, tuple(said.named[0])) == ("parcel.arrived", ("order", "o9", ""))


def test_a_push_that_is_not_taken_comes_again(outside, clock):
    with listening(clock, lambda _: (500, b"")) as inbox:
        outside.control("callbacks", {"platform": "kuaidi100", "url": inbox.url})
        outside.act("kuaidi100", "turn", parcel="P1", state="signed", order="o7")
    assert len({message.body for message in inbox.messages}) == 1
    assert len(inbox.messages) == 4
