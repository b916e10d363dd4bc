"""The page where someone ticks the beds of their shift."""

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from ward.audit.recording import record
from ward.audit.verbs import AuditVerb
from ward.beds.access import may_assign
from ward.beds.mine import choose, mine_on
from ward.beds.models import Bed
from ward.frame import page, person, staff_only, ward_for
from ward.message import say
from ward.people.typed import number


@require_http_methods(["GET", "POST"])
@staff_only
def my_beds(request: HttpRequest, slug: str) -> HttpResponse:
    """All beds of the ward with a tick each; POST replaces this person's choice and goes to the board."""
    ward, user, now = ward_for(request, slug, may_assign), person(request), timezone.now()
    if request.method == "POST":
        ticked = [key for word in request.POST.getlist("bed") if (key := number(word)) is not None]
        with transaction.atomic():
            held = choose(user, ward, ticked, now)
            record(AuditVerb.CHOSE_BEDS, by=user, ward=ward, after={"beds": held}, now=now)
        address = reverse("ward", args=[slug])
        if not held:
            return say(request, address, _("You have no beds of your own now"))
        line = ngettext("Your bed is saved", "Your %(number)d beds are saved", held) % {"number": held}
        return say(request, f"{address}?show=mine", line, _("Your choice ends by itself after 13 hours."))
    own = mine_on(user, ward, now)
    beds = Bed.objects.open().filter(room__ward=ward).select_related("room").order_by("room__position", "letter")
    return page(request, "my_beds.html", ward, {"here": "board", "beds": [(bed, bed.pk in own) for bed in beds]})
