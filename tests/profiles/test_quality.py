"""How data comes in by source, and how much of each field is known."""

from __future__ import annotations

from tests.profiles.conftest import Shop, day

from regulars.core.rule import fields
from regulars.profiles import api_quality

ANN, BEN = "phone:13800138001", "phone:13800138002"
TEA = [("tea", 1, 1_000)]


def test_sources_are_counted_by_when_things_happened(shop: Shop):
    for n, on in enumerate(("2011-11-29", "2011-11-30", "2011-12-05", "2011-12-10")):
        shop.order(f"o{n}", TEA, ANN, shop="web", at=day(on, 11))
    shop.send("page.viewed", {"page": "/", "shop": "web"}, ANN, at=day("2011-12-10", 12))
    shop.settle()
    with shop.db.tx() as tx:
        (web,) = api_quality.coming(shop.make_ctx(tx))
    assert (web.source, web.shop, web.day, web.week, web.week_before) == ("test", "web", 2, 3, 2)
    assert web.newest_at == day("2011-12-10", 12)


def test_fields_tell_how_many_rows_have_them(shop: Shop):
    shop.order("o1", TEA, ANN, shop="web", category="drinks", at=day("2011-12-05"))
    shop.order("o2", TEA, ANN, shop="web", at=day("2011-12-07"))
    shop.order("old", TEA, ANN, shop="web", category="old", at=day("2011-10-01"))
    shop.send("person.identified", {"city": "Leeds", "birthday": "1990-05-01"}, BEN)
    shop.settle()
    with shop.db.tx() as tx:
        ctx = shop.make_ctx(tx)
        before = {f.key: f for f in api_quality.catalogue(ctx)}
        for relation in fields.relations():
            api_quality.keep(ctx, relation)
        found = {f.key: f for f in api_quality.catalogue(ctx)}
    assert before["person.city"].known is None
    city = found["person.city"]
    assert (city.known, city.rows, city.samples, city.last_on) == (1, 2, ("Leeds",), None)
    category = found["line.category"]
    assert (category.known, category.rows, category.samples) == (1, 2, ("drinks",))
    assert category.last_on is not None
    assert category.last_on.isoformat() == "2011-12-05"
    assert found["person.ladder_step"].samples[0] in ("第 3 单", "未购")
    sealed = found["event:person.identified.birthday"]
    assert (sealed.personal, sealed.known, sealed.samples) == (True, None, ())
    assert "person.tags" not in found
