"""Audiences: whole or as differences, each upload counted once whatever fails on the way."""

from __future__ import annotations

import httpx2
import pytest
from tests.platforms.mutations import Signed, caught

from regulars.platforms import api as platforms
from regulars.platforms import api_ads as ads
from regulars.platforms.contract import PlatformError, Refused
from regulars.platforms.signing.ads import hashed_phone


def hashes(first: int, end: int) -> list[str]:
    return [hashed_phone(f"+86138{no:08d}") for no in range(first, end)]


def run(work):
    return platforms.run(work)


def made(outside):
    session = outside.session("ads")
    return session, run(lambda: ads.create(session, "双十一老客", key="k1"))


def ids(outside, audience):
    return outside.house.stands["ads"].audiences[audience].ids


def test_one_number_has_one_hash():
    assert len({hashed_phone(p) for p in ("13800000000", "+8613800000000", "86 138 0000 0000")}) == 1


def test_an_audience_and_its_differences(outside):
    session, audience = made(outside)
    for mode, some in (("replace", hashes(0, 2500)), ("add", hashes(2500, 2510)), ("remove", hashes(0, 10))):
        run(
            lambda mode=mode, some=some: ads.upload(
                session, audience, some, total=len(some), mode=mode, key=f"u-{mode}"
            )
        )
    assert ids(outside, audience) == set(hashes(10, 2510))
    assert run(lambda: ads.state(session, audience)).state == "processing"
    outside.control("clock", {"forward_s": 11})
    found = run(lambda: ads.state(session, audience))
    assert (found.state, found.size, found.matched) == ("ready", 2500, 1750)


def test_a_small_audience_is_told(outside):
    session, audience = made(outside)
    run(lambda: ads.upload(session, audience, hashes(0, 5), total=5, mode="replace", key="u"))
    outside.control("clock", {"forward_s": 11})
    found = run(lambda: ads.state(session, audience))
    assert (found.state, found.smallest) == ("too_small", 100)


@pytest.mark.parametrize("fault", ["lost_answer", "lost_request", "http_500", "http_500_after", "token", "server"])
@pytest.mark.parametrize(
    "api", ["POST /audiences/uploads", "PUT /uploads/parts", "POST /uploads/close", "POST /audiences"]
)
def test_an_upload_counts_once_whatever_fails(outside, fault, api):
    outside.fault("ads", fault, api=api)
    session, audience = made(outside)
    run(lambda: ads.upload(session, audience, hashes(0, 1200), total=1200, mode="replace", key="u"))
    assert ids(outside, audience) == set(hashes(0, 1200))
    assert outside.counts("ads") == {"things": 1, "times": 1, "twice": []}
    assert len(outside.house.stands["ads"].audiences) == 1


def test_an_upload_that_was_broken_off_is_taken_up_under_its_key(outside):
    session, audience = made(outside)
    outside.fault("ads", "http_500", api="PUT *", times=4)
    with pytest.raises(PlatformError):
        run(lambda: ads.upload(session, audience, hashes(0, 1200), total=1200, mode="replace", key="u"))
    outside.control("faults", method="DELETE")
    run(lambda: ads.upload(session, audience, hashes(0, 1200), total=1200, mode="replace", key="u"))
    assert len(outside.house.stands["ads"].uploads) == 1
    assert ids(outside, audience) == set(hashes(0, 1200))


@pytest.mark.parametrize(("fault", "cause"), [("rate", "busy"), ("permission", "permission"), ("http_429", "busy")])
def test_refusals(outside, fault, cause):
    outside.fault("ads", fault, api="POST /audiences")
    with pytest.raises(Refused) as no:
        made(outside)
    assert (no.value.cause, outside.house.stands["ads"].audiences) == (cause, {})


def test_a_part_whose_checksum_is_wrong_is_refused(outside):
    session, audience = made(outside)
    request = caught(session, lambda s: ads.create(s, "老客", key="k2"))
    upload = run(lambda: ads.upload(session, audience, hashes(0, 200), total=200, mode="replace", key="u"))
    headers = {name: request.headers[name] for name in ("authorization", "x-advertiser")}
    part = Signed(
        "PUT", f"{outside.url}/ads/uploads/{upload}/parts/1", (), {**headers, "x-content-sha256": "0" * 64},
        "\n".join(hashes(0, 3)).encode(),
    )  # fmt: skip
    assert part.send().json()["error"] == "checksum"


def test_a_check_names_what_is_not_permitted(outside):
    assert [g.granted for g in platforms.check(outside.session("ads"))] == [True]
    outside.fault("ads", "permission")
    assert [g.granted for g in platforms.check(outside.session("ads"))] == [False]
    with httpx2.Client(trust_env=False) as client:
        assert client.get(f"{outside.url}/ads/audiences").status_code == 401
