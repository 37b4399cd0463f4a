"""How lines are written, sorted and compared."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from regulars.audiences.contract import FORMS, Form, Hash, Kind, Spec, Written
from regulars.audiences.sorting import NEW, POSSIBLE, SURE, Sorter, compared, lines_of
from regulars.audiences.writing import line
from regulars.core.ids import new_id
from regulars.infra.files import FileStore


def written(kind: Kind, value: str, form: Form = "", hash_: Hash = "plain", others: tuple[Kind, ...] = ()) -> str:
    one = Written(kind, form or FORMS[kind][0])
    spec = Spec(1, "x", "x", (one, *(Written(other) for other in others)), hash_)
    return line(spec, one, value).decode()


def test_a_phone_is_written_as_the_platform_asks() -> None:
    assert written("phone", "+8613800001111") == "+8613800001111"
    assert written("phone", "+8613800001111", "digits") == "8613800001111"
    assert written("phone", "+8613800001111", "national") == "13800001111"
    assert written("phone", "+447911123456", "national") == "7911123456"
    assert written("phone", "no phone at all") == ""


def test_hashes_are_those_of_the_standards() -> None:
    # MD5 and SHA-256 of RFC 1321 and FIPS 180-4's "abc"; SM3 of GB/T 32905-2016, example 1.
    assert written("device", "abc", hash_="md5") == "900150983cd24fb0d6963f7d28e17f72"
    assert written("device", "abc", hash_="sha256") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    assert written("device", "ABC", "lower", "sm3") == (
        "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    )


def test_several_kinds_stand_beside_their_values() -> None:
    assert written("email", "a@b.com", others=("phone",)) == "email,a@b.com"
    assert written("device", 'a,"b', others=("phone",)) == 'device,"a,""b"'
    assert written("device", "line\nend", others=("phone",)) == ""


lines_strategy = st.sets(st.binary(min_size=1, max_size=3).filter(lambda b: b"\n" not in b), max_size=30)


@given(st.lists(lines_strategy, max_size=6), st.integers(1, 20))
def test_lines_come_out_in_order_and_once(
    tmp_path_factory: pytest.TempPathFactory, batches: list[set[bytes]], run: int
) -> None:
    sorter = Sorter(FileStore(tmp_path_factory.mktemp("sort")), run)
    for batch in batches:
        sorter.add(batch)
    assert list(sorter.lines()) == sorted(set[bytes]().union(*batches))


@given(lines_strategy, lines_strategy, st.lists(lines_strategy, max_size=3), st.data())
def test_whatever_the_recipient_holds_it_ends_with_the_whole(
    new: set[bytes], sure: set[bytes], possible: list[set[bytes]], data: st.DataObject
) -> None:
    marked = list(compared(iter(sorted(new)), [iter(sorted(sure))], [iter(sorted(one)) for one in possible]))
    assert [line for line, _ in marked] == sorted(set[bytes]().union(new, sure, *possible))
    added = {line for line, marks in marked if marks & NEW and not marks & SURE}
    removed = {line for line, marks in marked if marks & POSSIBLE and not marks & NEW}
    maybe = sorted(set[bytes]().union(*possible) - sure)
    held = sure | set(data.draw(st.lists(st.sampled_from(maybe)) if maybe else st.just([])))
    assert (held | added) - removed == new
    assert not added & removed


def test_what_lies_on_disk_cannot_be_read(tmp_path: Path) -> None:
    files, name = FileStore(tmp_path), new_id()
    with files.writing(name) as write:
        for number in range(300_000):
            write(b"+86138%08d\n" % number)
    assert [p.suffix for p in tmp_path.iterdir()] == [".enc"]
    assert b"+86138" not in next(tmp_path.iterdir()).read_bytes()
    assert sum(1 for _ in lines_of(files, name)) == 300_000
    files.clear()
    assert not tmp_path.exists()
