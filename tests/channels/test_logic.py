"""Quiet hours, templates, secrets: decisions without a store."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.channels.counting import CountingConfig

from regulars.channels import logic, template
from regulars.channels.contract import Message, QuietHours
from regulars.core.errors import BadInput
from regulars.infra import sealing

NIGHT = QuietHours(time(21), time(9))


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2011-12-10T12:00", "2011-12-10T12:00"),
        ("2011-12-10T21:00", "2011-12-11T09:00"),
        ("2011-12-10T20:59", "2011-12-10T20:59"),
        ("2011-12-11T00:30", "2011-12-11T09:00"),
        ("2011-12-11T09:00", "2011-12-11T09:00"),
        ("2011-03-26T23:00", "2011-03-27T09:00"),  # the clocks go forward that night: ten hours, not nine
    ],
)
def test_quiet_hours(at, expected):
    zone = ZoneInfo("Europe/London")
    utc = datetime.fromisoformat(at).replace(tzinfo=zone).astimezone(UTC)
    wanted = datetime.fromisoformat(expected).replace(tzinfo=zone).astimezone(UTC)
    assert logic.next_allowed(utc, "Europe/London", NIGHT) == wanted


@given(
    st.datetimes(timezones=st.just(UTC), min_value=datetime(2011, 1, 1), max_value=datetime(2030, 1, 1)),  # noqa: DTZ001
    st.times(),
    st.times(),
    st.sampled_from(["Asia/Shanghai", "Europe/London"]),
)
def test_after_quiet_hours_it_is_not_quiet(at, start, end, zone):
    quiet = QuietHours(start.replace(microsecond=0), end.replace(microsecond=0))
    free = logic.next_allowed(at, zone, quiet)
    assert timedelta(0) <= free - at <= timedelta(hours=25)
    assert logic.next_allowed(free, zone, quiet) == free


def test_no_quiet_hours():
    noon = datetime(2011, 12, 10, 12, tzinfo=UTC)
    assert logic.next_allowed(noon, "UTC", None) == noon
    assert logic.next_allowed(noon, "UTC", QuietHours(time(5), time(5))) == noon


def test_templates_name_only_known_variables():
    assert template.check(Message("{{ person.label }}", "{% if purchase_number > 3 %}Thanks{% endif %}")) == (
        "person.label",
        "purchase_number",
    )
    for wrong in ("{{ person.phone }}", "{{ person }}", "{{ secrets }}", "{{ unclosed", "{% include 'x' %}{{ y }}"):
        with pytest.raises(BadInput):
            template.check(Message("", wrong))
    with pytest.raises(BadInput, match="10,000"):
        template.check(Message("", "x" * 10_001))


def test_templates_render_and_stay_bounded():
    values = {"person.label": "1**", "purchase_number": 3, "favourite_category": None}
    said = template.render(Message("Hi {{ person.label }}", "{{ favourite_category | default: 'all' }}"), values)
    assert said == Message("Hi 1**", "all")
    assert template.missing(("purchase_number", "favourite_category"), values) == ("favourite_category",)
    with pytest.raises(BadInput):
        template.render(Message("", "{% for i in (1..100000) %}x{% endfor %}"), {})
    with pytest.raises(BadInput):
        template.render(Message("", "{{ person.label | divided_by: 0 }}"), values)


def test_secrets_are_sealed_hidden_and_kept(vault):
    config = CountingConfig(path="/book")
    stored = sealing.seal(config, "channel:book", vault)
    assert "hush" not in str(stored)
    assert sealing.hidden(stored) == {"path": "/book", "trouble": [], "secret": "********"}
    assert sealing.unseal(stored, "channel:book", vault)["secret"] == "hush"
    assert sealing.kept(sealing.hidden(stored), stored) == stored
    assert sealing.kept({"path": "/other", "secret": "new"}, stored) == {"path": "/other", "secret": "new"}
