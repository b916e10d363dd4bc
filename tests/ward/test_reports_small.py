"""Small figures are hidden, and nothing that is shown reveals them."""

from itertools import product

import pytest

from ward.reports.small import (
    FEWEST,
    HIDDEN,
    Counted,
    Median,
    Number,
    median_counted,
    median_of,
    number,
    numbers,
    of_beds,
)


@pytest.mark.parametrize(
    ("found", "beds", "shown"), [(0, 0, 0), (1, 1, None), (4, 4, None), (9, 4, None), (5, 5, 5), (200, 40, 200)]
)
def test_a_count_is_shown_from_five_on_and_only_of_five_beds(found: int, beds: int, shown: int | None) -> None:
    assert number(Counted(found, beds)).value == shown


def test_a_total_is_hidden_where_one_of_its_parts_is() -> None:
    parts, total = numbers({"better": Counted(20, 9), "same": Counted(12, 8), "worse": Counted(2, 2)})
    assert parts == {"better": Number(20), "same": Number(12), "worse": HIDDEN}
    assert total == HIDDEN
    assert numbers({"better": Counted(20, 9), "worse": Counted(0, 0)})[1] == Number(20)


def test_no_shown_number_of_beds_tells_of_fewer_than_five_others() -> None:
    for everywhere in range(40):
        for found in range(everywhere + 1):
            shown = of_beds(found, everywhere)
            assert shown.hidden or found not in range(1, FEWEST)
            assert shown.hidden or everywhere - found not in range(1, FEWEST)


def test_from_what_is_shown_of_beds_nobody_computes_a_hidden_number() -> None:
    everywhere = 24
    cases = [(used, unused) for used, unused in product(range(everywhere + 1), repeat=2) if used + unused <= everywhere]
    seen: dict[tuple[int | None, int | None], set[tuple[int, int]]] = {}
    for used, unused in cases:
        shown = (of_beds(used, everywhere).value, of_beds(unused, everywhere).value)
        seen.setdefault(shown, set()).add((used, unused))
    for shown, possible in seen.items():
        for place in (0, 1):
            if shown[place] is None:
                assert len({case[place] for case in possible}) > 1, (shown, possible)


def test_a_median_of_too_few_beds_is_hidden_however_many_values_there_are() -> None:
    assert median_of([10.0] * 30, beds=4, at_most=168) == Median(hidden=True)
    assert median_of([10.0] * 4, beds=4, at_most=168) == Median(hidden=True)
    assert median_of([], beds=0, at_most=168) == Median()
    assert median_of([1.0, 2.0, 30.0, 4.0, 5.0], beds=5, at_most=168) == Median(4.0, 5)


def test_how_many_values_there_are_is_hidden_where_it_tells_of_the_few_beds_without() -> None:
    assert median_of([10.0] * 22, beds=22, at_most=24) == Median(10.0, None)
    assert median_of([10.0] * 24, beds=24, at_most=24) == Median(10.0, 24)
    assert median_of([10.0] * 19, beds=19, at_most=24) == Median(10.0, 19)


@pytest.mark.parametrize("values", [[1, 1, 1, 2, 9], [0, 0, 5, 5, 5, 6], [-3, -1, -1, 0, 0, 2], [7] * 5])
def test_a_median_from_counts_is_the_median_of_the_values(values: list[int]) -> None:
    histogram = {float(value): values.count(value) for value in values}
    assert median_counted(histogram, beds=9) == median_of([float(v) for v in values], beds=9, at_most=99)
    assert median_counted(histogram, beds=9, tells_n=False).n is None
