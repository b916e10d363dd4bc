"""What is the matter with a text of beds, in words: one sentence for each problem, with its line."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ward.beds.naming import BED_LONGEST, BEDS_MOST, ROOM_LONGEST, Problem, Wrong

_SENTENCES: Mapping[Wrong, Promise] = {
    Wrong.ODD: gettext_lazy(
        "Line %(line)d: “%(what)s” cannot be part of a name. Use letters, digits, spaces, points and “/”."
    ),
    Wrong.LONG_ROOM: gettext_lazy("Line %(line)d: “%(what)s” is too long for a room. Use at most %(room)d characters."),
    Wrong.LONG_BED: gettext_lazy("Line %(line)d: “%(what)s” is too long for a bed. Use at most %(bed)d characters."),
    Wrong.TWICE: gettext_lazy("Line %(line)d: bed %(what)s is already in line %(other)d. Remove one of them."),
    Wrong.BACKWARDS: gettext_lazy("Line %(line)d: “%(what)s” counts backwards. Write the lower one first."),
    Wrong.NO_ROOM: gettext_lazy("Line %(line)d: no room before “:”. Write the room first, such as “7: A, B”."),
    Wrong.NO_BED: gettext_lazy("Line %(line)d: no bed after “:”. Write the beds, such as “7: A, B”, or leave “:” out."),
    Wrong.MIXED: gettext_lazy(
        "Line %(line)d: room %(what)s has a bed without a letter and one with a letter (line %(other)d). "
        "Name all its beds in one way."
    ),
    Wrong.MANY: gettext_lazy("Line %(line)d: with “%(what)s” these are too many. A ward has at most %(most)d beds."),
    Wrong.LONG_LINE: gettext_lazy("Line %(line)d is too long, or there are too many lines. Use several short lines."),
}


def sentence(problem: Problem) -> str:
    """The problem as a person reads it."""
    facts = {"line": problem.line, "what": problem.what, "other": problem.other}
    return str(_SENTENCES[problem.wrong]) % (facts | {"room": ROOM_LONGEST, "bed": BED_LONGEST, "most": BEDS_MOST})


def gaps(numbers: tuple[int, ...]) -> str:
    """`No room 13.`; empty where no number is missing."""
    return _("No room %(numbers)s.") % {"numbers": ", ".join(map(str, numbers))} if numbers else ""
