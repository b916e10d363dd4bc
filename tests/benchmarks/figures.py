"""What a part of the bench hands back, and how it is written down. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

OURS = "ours"
BEGIN = "<!-- make bench: from here -->"
END = "<!-- make bench: to here -->"


@dataclass(slots=True)
class Figures:
    """`values[measure][player]`, measures in the order of the table; notes: a line each, to stand below it."""

    values: dict[str, dict[str, float]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    def put(self, measure: str, player: str, value: float) -> None:
        """One figure of one player."""
        self.values.setdefault(measure, {})[player] = value


def number(value: float) -> str:
    """Three digits of what is small, whole numbers whole."""
    if value == round(value):
        return f"{value:.0f}"
    return f"{value:.3f}" if abs(value) < 1 else f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}"


def ratio(ours: float, peer: float) -> str:
    """Ours by the peer's, in two or three digits; "-" where the peer has nothing to divide by."""
    if not peer:
        return "-"
    quotient = ours / peer
    return f"{quotient:.2f}" if quotient < 10 else f"{quotient:.1f}" if quotient < 100 else f"{quotient:.0f}"


def tab_separated(values: Mapping[str, Mapping[str, float]]) -> Iterator[str]:
    """measure, ours, peer's name, peer, ratio: a line for each measure and peer."""
    for measure, players in values.items():
        for peer, value in players.items():
            if peer != OURS:
                ours = players[OURS]
                yield "\t".join([measure, number(ours), peer, number(value), ratio(ours, value)])


def table(values: Mapping[str, Mapping[str, float]]) -> list[str]:
    """An aligned Markdown table, which reads well on a terminal too; in brackets: ours by the peer's."""
    peers = list(dict.fromkeys(name for players in values.values() for name in players if name != OURS))
    rows = [["measure", OURS, *peers]]
    for measure, players in values.items():
        ours = players[OURS]
        cells = [f"{number(players[peer])} ({ratio(ours, players[peer])})" if peer in players else "" for peer in peers]
        rows.append([measure, number(ours), *cells])
    return _aligned(rows)


def _aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    first, *others = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in rows]
    return [first, "|" + "|".join("-" * (width + 2) for width in widths) + "|", *others]


def replaced(page: str, section: str) -> str:
    """The page with this section between its two markers; raises ValueError where they are not there once each."""
    before, begins, rest = page.partition(BEGIN)
    _, ends, after = rest.partition(END)
    if not begins or not ends or BEGIN in rest or END in before + after:
        raise ValueError(f"does not have the lines {BEGIN} and {END} once each, in this order")
    return f"{before}{BEGIN}\n\n{section.strip()}\n\n{END}{after}"
