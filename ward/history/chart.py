"""One line of text to copy into the patient record: what was heard and answered. No name, no bed. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from messages import Moment, Question
from ward.beds.times import length_heard
from ward.history import words
from ward.history.answered import Scores, scores
from ward.history.shifts import shift_of
from ward.plots.days import Hours
from ward.plots.sessions import End, Played
from ward.usage.models import Answer
from ward.usage.questions import PAIRED, label, said


@dataclass(frozen=True, slots=True)
class Stay:
    """The facts for the text; times are local in `hours.zone`."""

    since: datetime
    now: datetime
    hours: Hours
    sessions: Sequence[Played]
    answers: Sequence[Answer]
    usual: str


def last(stay: Stay) -> str:
    """The last session, with its answers."""
    if not stay.sessions:
        return _line(_("%(day)s: no music yet in this stay.") % {"day": _moment(stay.now, stay)})
    one = stay.sessions[-1]
    return _line(_session(one, stay), _answers_of([one], stay))


def shift(stay: Stay) -> str:
    """The current shift."""
    runs = shift_of(stay.now, stay.hours)
    heard = [one for one in stay.sessions if one.until >= runs.begins]
    begins = {"day": words.short_day(runs.begins.date()), "time": words.hour_of(runs.begins)}
    head = _("%(day)s, %(shift)s from %(time)s") % (begins | {"shift": words.shift_word(runs.place)})
    nights = _nights([answer for answer in stay.answers if answer.answered_at >= runs.begins])
    return _line(_("%(time)s: %(music)s") % {"time": head, "music": _in_all(heard)}, _answers_of(heard, stay), nights)


def whole(stay: Stay) -> str:
    """The stay so far."""
    begins, ends = stay.since.astimezone(stay.hours.zone), stay.now.astimezone(stay.hours.zone)
    head = _("%(first)s to %(last)s") % {
        "first": words.short_day(begins.date()),
        "last": words.short_day(ends.date()),
    }
    told = [_scores(found) for question in PAIRED if (found := scores(stay.answers, question))]
    return _line(
        _("%(time)s: %(music)s") % {"time": head, "music": _in_all(stay.sessions)},
        stay.usual if stay.sessions else "",
        *told,
    )


def _line(*sentences: str) -> str:
    return " ".join([*filter(None, sentences), _("Nightingale, not a medical device.")])


def _moment(at: datetime, stay: Stay) -> str:
    return words.moment(at.astimezone(stay.hours.zone))


def _session(one: Played, stay: Stay) -> str:
    facts = {"when": _moment(one.since, stay), "title": one.title, "ended": one.told}
    if not one.heard_s:
        return _("%(when)s: music (%(title)s), %(ended)s.") % facts
    return _("%(when)s: music %(min)s (%(title)s), %(ended)s.") % (facts | {"min": length_heard(one.heard_s)})


def _in_all(heard: Sequence[Played]) -> str:
    if not heard:
        return _("no music.")
    titles = words.listed(list(dict.fromkeys(one.title for one in heard)))
    facts = {"number": len(heard), "min": length_heard(sum(one.heard_s for one in heard))}
    told = ngettext(
        "%(number)d session, %(min)s in total (%(titles)s).",
        "%(number)d sessions, %(min)s in total (%(titles)s).",
        len(heard),
    )
    unknown = sum(one.end is End.UNKNOWN for one in heard)
    more = ngettext("End unknown for %(number)d.", "End unknown for %(number)d.", unknown)
    return told % (facts | {"titles": titles}) + (f" {more % {'number': unknown}}" if unknown else "")


def _answers_of(heard: Sequence[Played], stay: Stay) -> str:
    """`Pain 6 before, 5 after, self-reported.`, session by session."""
    keys = {one.key for one in heard}
    about = [answer for answer in stay.answers if (str(answer.device_id), answer.session) in keys]
    told = [_about_session([answer for answer in about if answer.session == one.key[1]]) for one in heard]
    return " ".join(filter(None, told))


def _about_session(answers: Sequence[Answer]) -> str:
    told = [
        part
        for question in PAIRED
        if (part := _before_after([answer for answer in answers if answer.question == question], label(question)))
    ]
    change = next((answer for answer in answers if answer.question == Question.CHANGE), None)
    if change is not None:
        told.append(_("Afterwards: %(answer)s") % {"answer": said(change)})
    own = _("self-reported") if any(answer.score is not None or answer.change for answer in answers) else ""
    return f"{', '.join([*told, own] if own else told)}." if told else ""


def _before_after(answers: Sequence[Answer], word: str) -> str:
    by_moment = {answer.moment: said(answer) for answer in answers}
    before, after = by_moment.get(Moment.BEFORE), by_moment.get(Moment.AFTER)
    facts = {"question": word, "before": before, "after": after}
    if before is not None and after is not None:
        return _("%(question)s %(before)s before, %(after)s after") % facts
    if before is not None:
        return _("%(question)s %(before)s before") % facts
    return _("%(question)s %(after)s after") % facts if after is not None else ""


def _nights(answers: Sequence[Answer]) -> str:
    nights = [answer for answer in answers if answer.question == Question.SLEEP and answer.score is not None]
    if not nights:
        return ""
    score = nights[0].score  # newest first
    return _("Sleep last night %(score)s of 10, self-reported.") % {"score": score}


def _scores(found: Scores) -> str:
    facts = {"question": label(found.question), "number": len(found.pairs)}
    if found.medians is None:
        return ""
    before, after = (words.score(value) for value in found.medians)
    said_so = ngettext(
        "%(question)s: median %(before)s before, %(after)s after, n = %(number)d pair, self-reported.",
        "%(question)s: median %(before)s before, %(after)s after, n = %(number)d pairs, self-reported.",
        len(found.pairs),
    )
    return said_so % (facts | {"before": before, "after": after})
