"""The text of rooms and beds: what it means, what is wrong with it and on which line, and the way back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ward.beds.naming import BEDS_MOST, NamedRoom, Wrong, read, write


def beds(text: str) -> list[str]:
    """Every bed that a text without a problem says."""
    named = read(text)
    assert named.problems == ()
    return list(named.labels)


@pytest.mark.parametrize(
    ("text", "labels"),
    [
        ("1-3: A, B", ["1 A", "1 B", "2 A", "2 B", "3 A", "3 B"]),
        ("1-2, A and B", ["1 A", "1 B", "2 A", "2 B"]),
        ("10, 11", ["10", "11"]),
        ("12, 14: A-C", ["12 A", "12 B", "12 C", "14 A", "14 B", "14 C"]),
        ("15: a b", ["15 A", "15 B"]),
        ("6 A, 6b", ["6 A", "6 B"]),
        ("08\u201310", ["08", "09", "10"]),
        ("B1-B3", ["B1", "B2", "B3"]),
        ("B1-3", ["B1", "B2", "B3"]),
        ("\uff11\uff0d\uff12", ["1", "2"]),
        ("3.12: 1, 2", ["3.12 1", "3.12 2"]),
        ("12A: -", ["12A"]),
        ("1: B\n1: A", ["1 A", "1 B"]),
        ("Zimmer 7 und Bad", ["Zimmer 7", "Bad"]),
        ("2\n\n 1 ; 3", ["2", "1", "3"]),
        ("", []),
    ],
)
def test_a_line_says_rooms_and_their_beds(text: str, labels: list[str]) -> None:
    assert beds(text) == labels


@pytest.mark.parametrize(
    ("text", "line", "wrong", "what"),
    [
        ("1\n2 ☃", 2, Wrong.ODD, "☃"),
        ("1: A, B\n2\n1: B", 3, Wrong.TWICE, "1 B"),
        ("9-1: A", 1, Wrong.BACKWARDS, "9-1"),
        ("1: C-A", 1, Wrong.BACKWARDS, "C-A"),
        ("Isolation 4", 1, Wrong.LONG_ROOM, "Isolation 4"),
        ("3: window", 1, Wrong.LONG_BED, "window"),
        (": A", 1, Wrong.NO_ROOM, "A"),
        ("3:", 1, Wrong.NO_BED, "3"),
        ("3\n3: A", 2, Wrong.MIXED, "3"),
        ("1-900", 1, Wrong.MANY, "1-900"),
        ("1-400: A, B", 1, Wrong.MANY, "251 A"),
        ("x" * 2000, 1, Wrong.LONG_LINE, "x" * 20),
        ("<b>", 1, Wrong.ODD, "<"),
        ("6 A: -\n6: A", 2, Wrong.TWICE, "6 A"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_line(text: str, line: int, wrong: Wrong, what: str) -> None:
    (problem,) = read(text).problems
    assert (problem.line, problem.wrong, problem.what) == (line, wrong, what)


def test_a_bed_that_stands_twice_names_the_line_of_the_first() -> None:
    assert [one.other for one in read("1\n2\n1").problems] == [1]


def test_a_number_that_no_room_has_is_told_and_is_no_problem() -> None:
    named = read("1-9: A, B\n10, 11\n12, 14: A, B")
    assert (len(named.labels), len(named.rooms), named.gaps, named.problems) == (24, 13, (13,), ())
    assert read("101-104\n201-204").gaps == ()


def test_two_hundred_beds_with_odd_lines_lose_nothing_in_silence() -> None:
    lines = [f"{number}: A, B" for number in range(1, 101)] + ["7: A", "☃", "101 * 2"]
    named = read("\n".join(lines))
    assert len(named.labels) == 200
    assert [(one.line, one.wrong) for one in named.problems] == [
        (101, Wrong.TWICE),
        (102, Wrong.ODD),
        (103, Wrong.ODD),
    ]


@given(st.text(max_size=300))
def test_any_text_is_read_and_every_bed_stands_once(text: str) -> None:
    named = read(text)
    assert len(set(named.labels)) == len(named.labels) <= BEDS_MOST
    assert all(len(room.number) <= 8 and all(len(bed) <= 2 for bed in room.beds) for room in named.rooms)


NUMBERS = st.one_of(st.integers(1, 40).map(str), st.sampled_from(["B1", "12A", "3.12", "Bad", "09", "7/2", "AB"]))
LETTERS = st.one_of(st.just(("",)), st.sets(st.sampled_from("ABCD"), min_size=1).map(lambda one: tuple(sorted(one))))


@given(st.lists(st.builds(NamedRoom, NUMBERS, LETTERS), max_size=40, unique_by=lambda room: room.number))
def test_what_is_written_is_read_as_the_same_rooms_in_the_same_order(rooms: list[NamedRoom]) -> None:
    named = read(write(rooms))
    assert (named.rooms, named.problems) == (tuple(rooms), ())


def test_rooms_that_are_alike_are_one_line() -> None:
    text = "1-9: A, B\n10, 11\n12, 14: A, B"
    assert write(read(text).rooms) == text
