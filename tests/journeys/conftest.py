"""What the tests of journeys share."""

from __future__ import annotations

import pytest
from tests.journeys.drawn import Shop

from regulars.app.boot import load_rooms


@pytest.fixture
def world(db, make_ctx, clock):
    load_rooms()
    return Shop(db, make_ctx, clock)
