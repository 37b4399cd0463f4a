"""What the pages about sending show: how it goes, templates and their reviews, tests, a person's messages, reach."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from tests.channels import counting  # noqa: F401 - registers the channels
from tests.journeys import shop

from regulars.app.worker import Worker
from regulars.channels import api, api_templates, api_trial, codes, receipts
from regulars.channels.codes import Code
from regulars.channels.contract import Frequency, Message, Receipt, Suppression
from regulars.core.event import Identifier
from regulars.identity import api as identity
from regulars.identity.contract import Observation

SMS = {"sign_name": "瑞果生鲜", "template_code": "SMS_100001", "template_text": "${name}，您有${n}张券，${day}到期。",
       "params": {"name": "{{ person.label }}", "n": "{{ favourite_category }}", "day": "周日"}}  # fmt: skip


def sms(outside, **changes):
    config = {**SMS, "account_id": outside.account("aliyun"), **changes}
    return {"channel": "sms_aliyun", "config": config, "message": {"title": "", "body": "券"}}


def test_delivery_adds_up_and_leads_to_the_messages(client, house, clock, tmp_path: Path):
    with house.ctx(1) as ctx:
        uids = shop.people(ctx, 12)
        shop.consent(ctx, uids[:10])
        order = shop.order("a", **shop.counting(tmp_path / "book", trouble=["refuses one"]))
        api.plan(ctx, order, [(1, uids)])
        api.plan(ctx, shop.order("later", quiet_hours=shop.NIGHT), [(1, uids[:2])])
        ctx.tx.execute("update send_chunk set not_before = not_before + interval '9 h' where state = 'planned'"
                       " and batch_id = (select max(id) from send_batch)")  # fmt: skip
    api.send_due(house.db, house.make_ctx)
    with house.ctx(1) as ctx:
        chunk = ctx.tx.execute("select id, sent from send_chunk where cardinality(sent) > 0").fetchone()
        one, other = chunk["sent"][:2]
        said = [Receipt("delivered", clock.at, codes.write(Code(chunk["id"], one, "receipt"))),
                Receipt("failed", clock.at, codes.write(Code(chunk["id"], other, "receipt")), reason="MK:0001"),
        ]  # fmt: skip
        receipts.apply(ctx, said)
    told = client.get("/api/delivery").json()
    ways = {way["channel"]: way for way in told["ways"]}
    assert ways["test_keyed"]["people"] == {
        "sent": 9, "failed": 1, "suppressed": 2, "delivered": 1, "not_delivered": 1
    }  # fmt: skip
    assert (ways["test_keyed"]["cost_fen"], ways["log"]["waiting"], told["halted"]) == (45, {"hour": 2}, "")
    assert [(day["people"]["sent"], day["cost_fen"]) for day in told["days"]] == [(9, 45)]
    assert {(r["state"], r["reason"]) for r in told["reasons"]} == {
        ("suppressed", "consent.missing"), ("failed", "unsubscribed there"), ("not_delivered", "MK:0001")
    }  # fmt: skip
    for state, n in {**ways["test_keyed"]["people"], "waiting": 2}.items():
        listed = client.get("/api/delivery/messages", params={"state": state}).json()["items"]
        assert (state, len(listed)) == (state, n)
        assert all(item["label"] for item in listed)
    assert client.get("/api/delivery", params={"first": "2011-12-10", "last": "2011-12-01"}).status_code == 422


def test_a_template_is_used_once_its_provider_approved_it(client, house, outside, db, make_ctx):
    segment = _segment(house)
    made = client.post("/api/templates", json={"name": "到期提醒", **sms(outside, template_code="SMS_100003")})
    assert (made.status_code, made.json()["state"]) == (201, "draft")
    again = client.post("/api/templates", json={"name": "到期提醒", **sms(outside)})
    assert again.status_code == 409
    template = made.json()["id"]
    draft = {"name": "Coupons", "segment_id": segment, "template_id": template, "channel": {"key": "log"},
             "message": {"body": "-"}, "holdout_bp": 0}  # fmt: skip
    campaign = client.post("/api/campaigns", json=draft).json()
    assert (campaign["channel"]["key"], campaign["message"]["body"]) == ("sms_aliyun", "券")
    publish = f"/api/campaigns/{campaign['id']}/publish"
    expected = {0: "submitted", 2: "refused", 1: "approved"}
    for state, shown in expected.items():
        outside.act("aliyun", "review", template="SMS_100003", state=state, reason="变量过多" if state == 2 else "")
        assert api_templates.ask_all(db, make_ctx) == 2
        one = client.get(f"/api/templates/{template}").json()
        assert one["state"] == shown
        review = next(r for r in one["reviews"] if r["what"] == "template")
        assert (review["state"], review["text"]) == (shown, "审核中的模板")
        answer = client.post(publish, json={"confirm_people": 3})
        if shown == "approved":
            assert answer.status_code == 200, answer.text
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "template.not_approved")
            assert shown != "refused" or review["reason"] == "变量过多"


def test_tencent_reviews_are_read_too(client, outside, db, make_ctx):
    config = {"sign_name": "瑞果生鲜", "template_code": "2100003", "account_id": outside.account("tencent")}
    body = {"name": "T", "channel": "sms_tencent", "config": config, "message": {"body": "x"}}
    template = client.post("/api/templates", json=body).json()["id"]
    for state, shown in ((1, "submitted"), (-1, "refused"), (0, "approved")):
        outside.act("tencent", "review", template="2100003", state=state, reason="签名不符")
        api_templates.ask_all(db, make_ctx)
        assert client.get(f"/api/templates/{template}").json()["state"] == shown


def test_a_preview_says_what_is_missing_and_counts_parts(client, house, outside):
    with house.ctx(1) as ctx:
        [uid] = shop.people(ctx, 1)
        shop.consent(ctx, [uid])
        shop.buy(ctx, [])
    body = sms(outside)
    sample = client.post("/api/messages/preview", json=body).json()
    assert "〔" in sample["text"]
    assert sample["missing"] == []
    real = client.post("/api/messages/preview", json={**body, "uid": uid}).json()
    assert real["text"].startswith("【瑞果生鲜】10000，您有")
    assert (real["missing"], real["parts"], real["cost_fen"]) == (["favourite_category"], 1, 5)
    long = {**body, "config": {**body["config"], "template_text": "长" * 120}}
    assert client.post("/api/messages/preview", json=long).json()["parts"] == 2
    gone = client.post("/api/messages/preview", json={**body, "uid": 999_999})
    assert gone.status_code == 404


def test_a_test_reaches_the_team_once_and_is_counted_apart(client, house, outside, db, make_ctx):
    body = {**sms(outside, params={"name": "测试", "n": "1", "day": "周日"}), "to": ["13812345678", "13812345678"]}
    [asked] = client.post("/api/messages/tests", json=body).json()
    assert (asked["masked"], asked["state"]) == ("138****5678", "waiting")
    for _ in range(2):  # a worker that died would begin anew
        api_trial.send(db, make_ctx, 1, asked["id"])
    [done] = client.get("/api/messages/tests").json()
    assert done["state"] == "sent"
    assert [m.phone for m in outside.house.stands["aliyun"].state.messages] == ["13812345678"]
    told = client.get("/api/delivery").json()
    assert (told["ways"], told["days"]) == ([], [])
    assert [(c["is_test"], c["messages"], c["cost_fen"]) for c in told["costs"]] == [(True, 1, 5)]
    with house.ctx(1) as ctx:
        assert ctx.tx.execute("select count(*) as n from contact_budget").fetchone()["n"] == 0
        row = ctx.tx.execute("select address, masked from test_message").fetchone()
        noted = ctx.tx.execute("select after from audit_entry where action = 'message.tested'").fetchone()
    assert row == {"address": None, "masked": "138****5678"}
    assert noted["after"]["addresses"] == ["138****5678"]
    wrong = client.post("/api/messages/tests", json={**body, "to": ["an@shop.example"]})
    assert wrong.status_code == 422


def test_a_persons_messages_with_what_became_of_them(client, house, clock, tmp_path: Path):
    with house.ctx(1) as ctx:
        [uid] = shop.people(ctx, 1)
        shop.consent(ctx, [uid])
        shop.buy(ctx, [])
        order = shop.order(
            "a", **shop.counting(tmp_path / "book"), message=Message("Sale", "{{ person.label }}, hello")
        )
        api.plan(ctx, order, [(1, [uid])])
        api.suppress(ctx, Suppression(uid, "email", "complaint", None))
    api.send_due(house.db, house.make_ctx)
    with house.ctx(1) as ctx:
        chunk = ctx.tx.execute("select id from send_chunk").fetchone()["id"]
        at = clock.at + timedelta(minutes=1)
        receipts.apply(ctx, [Receipt("delivered", at, codes.write(Code(chunk, uid, "receipt")))])
        api.plan(ctx, shop.order("b", purpose="service", channel="log", config={"stands_for": "email"}), [(1, [uid])])
        api.plan(ctx, shop.order("c", channel="log", config={"stands_for": "email"}), [(1, [uid])])
    Worker(house).drain()
    listed = client.get(f"/api/customers/{uid}/messages").json()["items"]
    told = {(m["channel"], m["state"], m["reason"]): m for m in listed}
    sent = told["test_keyed", "delivered", ""]
    assert (sent["text"], sent["text_is"], sent["cost_fen"]) == ("Sale\n10000, hello", "again", 5)
    assert [h["state"] for h in sent["states"]] == ["sent", "delivered"]
    assert ("log", "suppressed", "consent.missing") in told


def test_reach_counts_each_step(client, house, clock):
    with house.ctx(1) as ctx:
        refs = identity.remember(ctx, [Identifier("phone", "", f"1391234567{i}") for i in range(6)])
        seen = [Observation((ref,), shop.LONG_AGO, "test", f"p{i}", 1) for i, ref in enumerate(refs)]
        phones = [uid for uid in identity.observe(ctx, seen) if uid]
        others = shop.people(ctx, 4)
        shop.consent(ctx, phones[:5] + others, channel="sms")
        shop.consent(ctx, phones[5:], channel="email")
        api.suppress(ctx, Suppression(phones[0], "*", "complaint", None))
        shop.buy(ctx, [])
        segment = shop.segment(ctx, phones + others)
        for _ in range(2):
            ctx.tx.execute(
                "insert into contact_budget (brand_id, uid, channel_class, day, lane, used)"
                " values (1, %(uid)s, 'message', %(day)s, 0, 1) on conflict (brand_id, uid, channel_class, day, lane)"
                " do update set used = 2",
                {"uid": phones[1], "day": ctx.today},
            )
        forecast = api.forecast(
            ctx, shop.order("x", channel="log", config={"stands_for": "sms"}, frequency=Frequency(2, 7)), phones
        )
    found = client.get(f"/api/segments/{segment}/reach", params={"messages": 2, "days": 7}).json()["items"]
    [one] = [way for way in found if "sms_aliyun" in way["channels"]]
    steps = [one[name] for name in ("people", "address", "consenting", "allowed", "free")]
    assert steps == [10, 6, 5, 4, 3]
    assert forecast.allowed == 3


def _segment(house) -> int:
    with house.ctx(1) as ctx:
        uids = shop.people(ctx, 3)
        shop.consent(ctx, uids, channel="sms")
        shop.buy(ctx, [])
        return shop.segment(ctx, uids)
