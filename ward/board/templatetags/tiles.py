"""Draws a tile once for all who see the same: a large board is drawn from what was drawn before. Knows no request."""

import secrets
from functools import lru_cache

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from ward.beds.models import Bed
from ward.board.views import Tile

KEPT = 4096  # tiles of two kilobytes each
PLACE = secrets.token_hex(32)  # where a page's own form token goes: nobody's token is kept with a tile

register = template.Library()


@register.simple_tag
def box_page(bed: Bed) -> str:
    """Where the simulated box of this bed is, in a demo; empty everywhere else."""
    told = settings.DEMO.told() if settings.DEMO else None
    return told.boxes.get(str(bed), "") if told else ""


@register.simple_tag(takes_context=True)
def draw(context: Context, tile: Tile, marks: str = "") -> SafeString:
    """The tile as tile.html has it, with the form token of the page that it stands on and that page's own classes."""
    drawn = _drawn(tile, str(tile.bed), get_language())
    drawn = drawn.replace('class="tile ', f'class="tile {marks} ', 1) if marks else drawn
    return mark_safe(drawn.replace(PLACE, str(context["csrf_token"])))  # noqa: S308 - tile.html has escaped all of it


@lru_cache(maxsize=KEPT)
def _drawn(tile: Tile, _name: str, _language: str | None) -> str:
    """Name and language are part of what is drawn, though nothing here reads them: beds are equal by number alone."""
    return render_to_string("tile.html", {"tile": tile, "csrf_token": PLACE})
