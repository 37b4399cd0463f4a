"""A home as it stands before a run, made once: customers, a segment, a draft of a campaign, and its receiver."""

from __future__ import annotations

import os
import shutil
import tempfile
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.soak.receiver import Receiver
from tests.soak.shop import CUSTOMERS, SILENT, Expected, Shop
from tests.soak.world import Before, settings_of

from regulars.app.boot import House
from regulars.app.stores import ensure_stores
from regulars.app.worker import Worker
from regulars.channels.contract import Message
from regulars.core.rule import parse
from regulars.ingest import api as ingest
from regulars.journeys import api as journeys
from regulars.journeys.contract import Draft
from regulars.segments import api as segments
from regulars.workspace import api as workspace
from regulars.workspace.contract import Brand


@pytest.fixture(scope="session")
def before() -> Iterator[Before]:
    """Customers, a segment and a draft of a campaign, made once."""
    root = Path(tempfile.mkdtemp(prefix="regulars-soak-"))
    root.chmod(0o711)  # PostgreSQL's own user passes through
    home, receiver = root / "before", Receiver()
    home.mkdir()
    settings = settings_of(home)
    with ensure_stores(settings) as endpoints:
        house = House(endpoints.database_url, endpoints.lake_url, settings)
        house.migrate()
        key, campaign_id, expected = _prepare(house, root, receiver.url)
        house.close()
    yield Before(home, key, campaign_id, receiver, expected)
    receiver.close()
    if not os.environ.get("REGULARS_SOAK_KEEP"):
        shutil.rmtree(root, ignore_errors=True)


def _prepare(house: House, folder: Path, url: str) -> tuple[str, int, Expected]:
    with house.ctx() as ctx:
        workspace.add_brand(ctx, Brand(1, "web", "Web", "Asia/Shanghai", "CNY"))
    with house.ctx(1) as ctx:
        key = workspace.add_api_key(ctx, "soak", ["*"])
    shop = Shop(0)
    consenting = range(CUSTOMERS - SILENT)
    for customers in (consenting, range(CUSTOMERS - SILENT, CUSTOMERS)):
        file, mapping = shop.customers_file(folder, customers, consent=customers is consenting)
        ingest.run_import(house.db, house.make_ctx, file, ingest.read_mapping(mapping), brand_id=1)
    Worker(house).drain()
    with house.ctx(1) as ctx:
        rule = parse({"op": "ge", "field": "person.purchase_number", "value": 1})
        segment = segments.create(ctx, name="Everybody who bought", rule=rule)
        assert segment.people == CUSTOMERS
        secret = "whsec_" + b64encode(b"k" * 32).decode()
        config = {"url": url, "secret": secret, "wait_s": 3, "stands_for": "email"}
        words = Message(title="Hello", body="We kept something for you.")
        campaign = journeys.create(ctx, Draft("Soak", segment.id, "webhook", config, words, holdout_bp=2000))
    return key, campaign.id, shop.expected
