"""What a short message costs: its parts, with the signature, as the phone counts them."""

from __future__ import annotations

import pytest

from regulars.channels import sms_text
from regulars.channels.contract import Message, Recipient
from regulars.channels.kinds.card_sms_aliyun import CardSmsAliyun
from regulars.channels.kinds.sms_aliyun import SmsAliyun
from regulars.channels.kinds.voice_aliyun import VoiceAliyun


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("a" * 160, 1), ("a" * 161, 2), ("a" * 306, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2),
        ("好" * 70, 1), ("好" * 71, 2), ("好" * 134, 2), ("好" * 135, 3), ("🍊" * 35, 1), ("🍊" * 36, 2),
        ("【瑞果】" + "a" * 66, 1), ("【瑞果】" + "a" * 67, 2), ("", 1),
    ],
)  # fmt: skip
def test_parts(text, parts):
    assert sms_text.parts(text) == parts


def settings(**more):
    given = {"account_id": 1, "sign_name": "瑞果", "template_code": "SMS_1", "params": {"name": "{{ name }}"}}
    return SmsAliyun.Config.model_validate({**given, **more})


def test_a_preview_shows_text_parts_and_price():
    config = settings(template_text="${name}，" + "券" * 60, opt_out="拒收请回复R", price_fen=5)
    text = SmsAliyun().preview(config, Recipient(1, "", "", {"params.name": "王女士"}))
    assert text == f"【瑞果】王女士，{'券' * 60}拒收请回复R\n2 × ¥0.05 = ¥0.10"
    assert SmsAliyun().cost_fen(config, Message("", "")) == 10
    assert SmsAliyun().texts(config) == {"params.name": "{{ name }}"}


def test_words_to_leave_stand_once():
    config = settings(template_text="${name}，周三九折，拒收请回复R", opt_out="拒收请回复R")
    assert sms_text.shown(config, {"name": "王"}, "") == "【瑞果】王，周三九折，拒收请回复R"


@pytest.mark.parametrize(
    ("said", "leaves"), [("R", True), (" td ", True), ("退订。", True), ("好的", False), ("", False)]
)
def test_who_leaves(said, leaves):
    assert sms_text.opts_out(said) is leaves


@pytest.mark.parametrize(("given", "phone"), [("+8613800000001", "13800000001"), ("13800000001", "13800000001"),
                                              ("+85291234567", ""), ("", ""), ("1380000000", "")])  # fmt: skip
def test_mainland_numbers(given, phone):
    assert sms_text.mainland(given) == phone


@pytest.mark.parametrize(
    ("more", "wrong"),
    [
        ({"images": []}, "pictures"),
        ({"images": ["a"], "video": "v"}, "no video"),
        ({"images": ["a"], "layout": "video"}, "needs a video"),
        ({"images": ["a"], "text": "一\n二"}, "1 lines"),
        ({"images": ["a"], "params": {"a_b": "x"}}, "variable's name"),
        ({"images": ["a"], "fallback_template": "DIGITAL_SMS_1"}, "SMS_"),
    ],
)
def test_cards_that_do_not_fit_their_layout(more, wrong):
    given = {"account_id": 1, "sign_name": "瑞果", "card_template": "CARD_SMS_1", "fallback_template": "SMS_1"}
    with pytest.raises(ValueError, match=wrong):
        CardSmsAliyun.Config.model_validate({**given, **more})


def test_a_call_has_a_text_or_a_recording():
    for wrong in ({}, {"tts_code": "TTS_1", "recording": "r.wav"}):
        with pytest.raises(ValueError, match="not both"):
            VoiceAliyun.Config.model_validate({"account_id": 1, **wrong})
