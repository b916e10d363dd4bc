"""What lines of the technical log are made of: only kinds of arguments that hold nothing of a stay, present or past.

The excerpt hides the present stay's names; an earlier stay's must never have been logged at all.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOGGERS = {"log", "_log", "logger", "_logger"}
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
# An argument, as it stands in the source, is one of these kinds; whoever logs a new one says here which.
ALLOWED = {
    "a fault in the words of the system, of Python or of our own configuration": {
        "_one_line(error)", "error", "error.strerror", "fault", "reason", "reason_of(error)", "str(error)", "why.line",
        "word",
    },
    "a count, a length, a time, a number of an entry": {
        "len(state.playlists)", "level.a_mono_dbfs", "level.mono_mix", "now - heartbeat.at", "row.seq",
        "self._kinds[kind]", "self._pin", "self._rules.counts", "self.most_bytes", "size_bytes", "through",
        "time.process_time()",
    },
    "a part of the box, a folder, a kind of message, a server": {
        "', '.join(moved)", "broker", "edge.active", "edge.line", "folder", "kind", "language", "path", "path.name",
        "self._name", "self._sink", "topic",
    },
    "what a player said of itself: numbers and words of our own": {"heartbeat", "report", "vitals"},
    "the log's own random name, and the request of the simulator's panel": {
        "error.log_id", "format % args", "self.path",
    },
    "a hash or an entry, which the excerpt hides": {"row.body", "sha256"},
}  # fmt: skip


def calls() -> Iterator[tuple[str, ast.Call]]:
    """Every call of a logger in the box's code, and where it stands."""
    for folder in ("device", "firmware"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _is_logging(node.func):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _is_logging(called: ast.expr) -> bool:
    if not isinstance(called, ast.Attribute) or called.attr not in LEVELS:
        return False
    return isinstance(called.value, ast.Name) and called.value.id in LOGGERS


def test_every_line_is_made_of_a_fixed_sentence() -> None:
    assert [where for where, call in calls() if not isinstance(call.args[0], ast.Constant)] == []


def test_every_argument_is_of_a_kind_that_holds_nothing_of_a_stay() -> None:
    allowed = set().union(*ALLOWED.values())
    found = {ast.unparse(one): where for where, call in calls() for one in call.args[1:]}
    assert {told: where for told, where in found.items() if told not in allowed} == {}
    assert allowed - set(found) == set(), "no longer logged"


def test_every_logger_of_the_box_has_a_name_that_is_looked_for() -> None:
    made = [
        (path.relative_to(ROOT).as_posix(), line.split("=")[0].split(":")[0].strip())
        for folder in ("device", "firmware")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in path.read_text().splitlines()
        if "= logging.getLogger(" in line
    ]
    assert made
    assert [(path, name) for path, name in made if name not in LOGGERS] == []
