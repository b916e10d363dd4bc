"""From a bed to its box and back, for those who may see both."""

import pytest
from django.urls import reverse

from tests.ward.people import logged_in, person
from ward.beds.models import Bed, Role, Ward
from ward.fleet.models import Device

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "leads"), [(Role.NURSE, False), (Role.THERAPIST, False), (Role.ADMINISTRATOR, True), (Role.AUDITOR, True)]
)
def test_a_bed_leads_to_its_box_for_those_who_may_see_it(
    ward: Ward, bed: Bed, device: Device, role: Role, leads: bool
) -> None:
    said = logged_in(person(ward, role)).get(reverse("bed", args=[bed.pk])).content.decode()
    assert (reverse("device", args=[ward.slug, device.pk]) in said) is leads


@pytest.mark.parametrize(("role", "leads"), [(Role.FACILITIES, False), (Role.ADMINISTRATOR, True)])
def test_a_box_leads_to_its_bed_for_those_who_may_see_it(
    ward: Ward, bed: Bed, device: Device, role: Role, leads: bool
) -> None:
    said = logged_in(person(ward, role)).get(reverse("device", args=[ward.slug, device.pk])).content.decode()
    assert (reverse("bed", args=[bed.pk]) in said) is leads
