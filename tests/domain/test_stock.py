import pytest

from domain.stock import free_place


@pytest.mark.parametrize(
    ("held", "stock", "place"),
    [
        ((), 0, None),
        ((), 1, 0),
        ((0,), 1, None),
        ((0, 2), 3, 1),
        ((3, 4), 3, 0),  # it was larger once
        ((3, 4, 5), 3, None),
    ],
)
def test_the_first_free_place(held: tuple[int, ...], stock: int, place: int | None) -> None:
    assert free_place(held, stock) == place
