"""Which rows of the audit someone may see on one ward's page, and which of them a search finds."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ward.audit.models import AuditRow
from ward.audit.verbs import AuditVerb
from ward.beds.access import Person, may
from ward.beds.models import Access, Bed, Role, Ward

ASKED = ("where", "who", "verb", "first", "last")

DAYS = (MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31)))  # midnights that can be computed


class AuditSearch(forms.Form):
    """Bed, initials, verb and days; what is left empty finds everything. Days are the ward's, both included."""

    where = forms.TypedChoiceField(required=False, coerce=int, empty_value=None)
    who = forms.CharField(required=False, max_length=150)
    verb = forms.ChoiceField(required=False)
    first = forms.DateField(required=False, input_formats=["%Y-%m-%d"], validators=DAYS)
    last = forms.DateField(required=False, input_formats=["%Y-%m-%d"], validators=DAYS)
    older = forms.IntegerField(required=False, min_value=1, max_value=2**62)
    newer = forms.IntegerField(required=False, min_value=0, max_value=2**62)

    def __init__(self, said: Mapping[str, Any], beds: Iterable[Bed]) -> None:
        super().__init__(said)
        self.beds = {bed.pk: str(bed) for bed in beds}
        where, action = self.fields["where"], self.fields["verb"]
        if isinstance(where, forms.ChoiceField) and isinstance(action, forms.ChoiceField):
            where.choices = [("", _("All beds")), *((str(key), label) for key, label in self.beds.items())]
            action.choices = [("", _("All actions")), *((verb.value, verb.label) for verb in AuditVerb)]

    def clean(self) -> dict[str, Any]:
        """Days in the wrong order find nothing and look as if nothing had happened."""
        said = super().clean() or {}
        first, last = said.get("first"), said.get("last")
        if first and last and last < first:
            self.add_error("last", _("The last day is before the first day."))
        return said

    @property
    def asked(self) -> list[str]:
        """The names of what is not left empty."""
        return [name for name in ASKED if self.cleaned_data[name] not in (None, "")]

    @property
    def kept(self) -> dict[str, Any]:
        """What was asked for, as an export's row keeps it; empty where everything was."""
        kept = {name: self.cleaned_data[name] for name in self.asked}
        where = kept.pop("where", None)
        return kept if where is None else kept | {"bed": self.beds[where]}

    def found(self, rows: QuerySet[AuditRow]) -> QuerySet[AuditRow]:
        """Those of the rows that were asked for. Only of a search that is valid."""
        said = self.cleaned_data
        wanted = {
            "bed": said["where"],
            "initials__iexact": said["who"],
            "verb": said["verb"],
            "at__gte": _midnight(said["first"]),
            "at__lt": _midnight(said["last"], days=1),
        }
        return rows.filter(**{name: value for name, value in wanted.items() if value not in (None, "")})


def rows_for(user: Person, ward: Ward) -> QuerySet[AuditRow]:
    """The ward's rows. Rows of no ward, as sign-ins, only for its administrators, and only of accounts with a role on
    it."""
    seen = Q(ward=ward.pk)
    if may(user, ward, Role.ADMINISTRATOR):
        seen |= Q(ward=None, account__in=Access.objects.filter(ward=ward).values("user"))
    return AuditRow.objects.filter(seen)


def _midnight(day: date | None, days: int = 0) -> datetime | None:
    return timezone.make_aware(datetime.combine(day + timedelta(days=days), time.min)) if day else None
