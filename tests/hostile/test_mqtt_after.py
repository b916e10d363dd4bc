"""After a thousand messages of a hostile or broken box the ward works, at its bed and at every other one."""

import random
from itertools import islice

import pytest
import time_machine

from tests.hostile.aftermath import every_page_answers, the_ward_works
from tests.hostile.boxes import Offline, box_of, known_of, others, swallowed, tried, wrong
from tests.hostile.rows import rows
from tests.hostile.saying import Maker, heard
from tests.hostile.seeds import SEED, TIMES
from tests.hostile.tally import Tally
from tests.ward.saying import NOW
from tests.ward.site import make_site
from ward.beds.models import Role, Ward


@pytest.mark.django_db(transaction=True)
def test_after_a_thousand_messages_of_three_boxes_the_ward_works_at_every_bed(tally: Tally) -> None:
    with time_machine.travel(NOW, tick=False):
        site = make_site(Ward.objects.create(name="Ward 4 North", slug="4-north"), NOW)
        offline, dice = Offline(), random.Random(SEED)
        for name in ("1 A", "4", "9"):  # a long stay; not confirmed yet; one that was ended
            device, before = box_of(site.beds[name]), rows()
            for _round in range(3 * TIMES):
                known = known_of(site, device)  # it knows what the ward answered meanwhile
                said = list(islice(heard(Maker(dice, known), str(device.pk), others(device)), 100))
                offline.hear(*(one for one, _good in said))
                tally.update(tried(said))
            assert not swallowed(offline.mqttd)
            assert not (found := wrong(before, rows(), device)), found
        every_page_answers(site)
        the_ward_works(site, offline)
        every_page_answers(site, Role.NURSE, Role.THERAPIST)
