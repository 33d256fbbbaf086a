"""What every record type of the service declares about the people in it."""

import pytest
from msgspec.structs import fields

from bot.records import RECORD_TYPES
from domain.records import NOBODYS, Record

each_type = pytest.mark.parametrize("kind", RECORD_TYPES, ids=lambda kind: kind.__name__)


@each_type
def test_it_says_whose_it_is(kind: type[Record]) -> None:
    personal = kind.TABLE.personal
    assert personal is not None, f"{kind.__name__}: whose record is it? See domain/records.py, Personal"
    assert personal == NOBODYS or personal.field in ("id", *kind.TABLE.indexes)


@each_type
def test_its_indexes_are_fields_of_it(kind: type[Record]) -> None:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]  # every record is a Struct
    assert {field for index in kind.TABLE.all_indexes for field in index} - names == set()


@each_type
def test_its_end_is_an_index(kind: type[Record]) -> None:
    assert not kind.TABLE.ended or kind.TABLE.ended in kind.TABLE.indexes


def test_no_two_have_one_table() -> None:
    names = [kind.TABLE.name for kind in RECORD_TYPES]
    assert sorted(set(names)) == sorted(names)
