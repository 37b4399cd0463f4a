"""Messages in their usual form are read by a shorter way: what comes of any message is the same as by the long one."""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from regulars.core.event import Payload, dictionary
from regulars.ingest import body, facts, messages
from regulars.ingest.facts import Refused, Tracked

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=12), st.sampled_from(["", "CNY", "1", "2.5", "marketing", "granted", "30.27,120.15"]),
)  # fmt: skip
values = st.recursive(
    scalars, lambda one: st.lists(one, max_size=3) | st.dictionaries(st.text(max_size=6), one, max_size=3), max_leaves=6
)
_digits = st.integers(0, 9).flatmap(lambda n: st.text("0123456789", min_size=n, max_size=n))
times = st.one_of(
    st.builds(
        lambda at, middle, part, end: f"{at.date()}{middle}{at:%H:%M:%S}{part and '.'}{part}{end}",
        st.datetimes(timezones=st.just(UTC)), st.sampled_from("Tt "), _digits,
        st.sampled_from(["Z", "z", "", "+08:00", "+0800", "-00:30", "+24:00"]),
    ),
    st.sampled_from([
        "2026-01-01", "2026-01-01T10:00Z", "2026-01-01T24:00:00Z", "2026-01-01T23:59:60Z", "2026-W01-1T00:00:00.000Z",
        "2026-02-30T00:00:00Z", "2026-01-01T00:00:00,5Z", "Z", "yesterday", "1767225600", "1767225600000",
    ]),
    values,
)  # fmt: skip


def _outcome(run: Any) -> Any:
    """Return what comes of it as JSON, which tells 1 from 1.0 and from true."""
    try:
        found = run()
    except Refused as error:
        return error.reasons
    fields = structs.asdict(found) if isinstance(found, messages.Message) else found
    return json.dumps(fields, sort_keys=True, default=str)


_names = sorted({*messages.Message.__struct_fields__, *messages.Message.__struct_encode_fields__, "integrations"})
_usual = {
    "type": st.sampled_from(messages.MESSAGE_TYPES), "timestamp": times, "originalTimestamp": times, "sentAt": times,
    "properties": st.dictionaries(st.text(max_size=6), values, max_size=3),
    "context": st.dictionaries(st.text(max_size=6), values, max_size=3),
}  # fmt: skip
_long = st.text("a语", min_size=198, max_size=302)


@given(
    st.fixed_dictionaries(
        {"type": st.sampled_from(messages.MESSAGE_TYPES) | values},
        optional={n: _usual.get(n, st.text(max_size=9) | _long) | values for n in _names if n != "type"},
    )
)
def test_a_message_is_understood_the_same(fields: dict[str, Any]) -> None:
    before = json.dumps(fields)
    taken = _outcome(lambda: messages.parse_message(fields, clean=True))
    assert taken == _outcome(lambda: messages._loose(fields))
    assert json.dumps(fields) == before


def _props(cls: type[Payload]) -> st.SearchStrategy[tuple[type[Payload], dict[str, Any]]]:
    usual = {str: st.text(max_size=12) | _long, int: st.integers(-3, 2**64)}
    known = {n: usual.get(f.annotation, values) | values for n, f in cls.model_fields.items()}
    required = {n: s for n, s in known.items() if cls.model_fields[n].is_required()}
    extras = dict.fromkeys(
        ["type", "title", "model_config", "model_fields_set", "_own", "note", "phone", "lines"], values
    )
    optional = {n: s for n, s in {**extras, **known}.items() if n not in required}
    return st.tuples(st.just(cls), st.fixed_dictionaries(required, optional=optional) | st.just({}))


@given(st.one_of([_props(cls) for cls in (*dictionary, Tracked)]))
def test_props_are_checked_the_same(made: tuple[type[Payload], dict[str, Any]]) -> None:
    cls, props = made
    before = json.dumps(props)
    taken = _outcome(lambda: facts.checked(facts.shape_of(cls), props))
    assert taken == _outcome(lambda: facts._read(cls, props))
    assert json.dumps(props) == before


def test_the_shorter_way_is_taken_where_it_can_be() -> None:
    plain = {cls.type for cls in (*dictionary, Tracked) if facts.shape_of(cls).plain is not None}
    assert plain >= {"page.viewed", "cart.added", "member.joined", "track", "person.aliased"}
    assert not plain & {"order.placed", "order.refunded", "person.identified", "consent.changed"}


_pieces = st.sampled_from([
    '"a"', '"\\u0000"', '"\\ud800"', '"\\ud83d\\ude00"', "1", "-0.0", "1e999", "NaN", "Infinity", "1e5", "01", "null",
    "true", '"语\\n"', '"\x01"', "123456789012345678901234567890", "[" * 18 + "]" * 18, "[" * 19 + "1" + "]" * 19,
    "[" * 20 + "]" * 20, "[" * 250 + "]" * 250, '{"x":' * 18 + "1" + "}" * 18, '{"x":' * 20 + "{}" + "}" * 20,
])  # fmt: skip


@given(st.lists(_pieces, min_size=1, max_size=3))
def test_a_body_holds_the_same(pieces: list[str]) -> None:
    text = '{"batch":[{"type":"track","properties":{"a":[' + ",".join(pieces) + "]}}]}"
    try:
        slowly = json.loads(text)["batch"][0]
    except ValueError:
        slowly = None
    try:
        found = body.read_json(text.encode(), "", body.MAX_BATCH_BYTES)
    except body.BadInput:
        assert slowly is None
        return
    message = found.fields["batch"][0]
    wrong = body.check_json(slowly)
    assert (body.check_shape(message) if found.clean else body.check_json(message)) == wrong
    if not wrong:
        assert json.dumps(message) == json.dumps(slowly)
