"""The product's main job on a real retailer's year: orders come in, people, segments, a campaign, what it brought."""

from __future__ import annotations

import pytest
from rich.console import Console

from regulars.app import demo


@pytest.fixture
def figures(house):
    demo.prepare(house, Console(quiet=True))
    return demo.figures(house)


def test_a_year_of_orders_becomes_people_segments_and_a_measured_campaign(house, figures):
    # published figures of the data set, counted independently of this product
    assert figures["lines"] == 541_909
    assert figures["invoices"] == 25_900
    assert figures["customers"] == 4_372
    assert figures["cancelled_invoices"] == 3_836
    assert figures["value_all"] == 9_747_747.93
    assert figures["positive_lines"] == 397_884
    assert figures["positive_customers"] == 4_338
    assert figures["positive_invoices"] == 18_532
    assert figures["positive_value"] == 8_911_407.90
    assert figures["anonymous_lines"] == 135_080
    assert figures["stock_lines"] == 1_336
    assert figures["quarantined"] == 0
    assert figures["people"]["identified"] == 4_372
    # every anonymous invoice that is neither a stock count nor a booking is one anonymous buyer
    assert figures["people"]["anonymous"] == 3_710 - 1_336 - 3
    refunds = figures["refunds"]
    assert refunds["lines"] == refunds["matched"] + refunds["unmatched"] == 8_905
    assert 7_400 <= refunds["matched"] <= 7_600

    assert all(people > 0 for people in figures["segments"].values())

    campaign = figures["campaign"]
    assert campaign["sent"] + sum(campaign["suppressed"].values()) == campaign["treated"]
    assert 0.15 < campaign["held_out"] / (campaign["treated"] + campaign["held_out"]) < 0.25
    # nobody was reached in 2011: a placebo, whose interval must hold zero
    assert campaign["lift_low"] < 0 < campaign["lift_high"]

    again = demo.prepare(house, Console(quiet=True))
    assert again.email == demo.EMAIL
    assert demo.figures(house) == figures
