"""Template tags that draw the house's shapes, and the theme where no ward is known. Know no bed."""

import secrets

from django import template
from django.template import Context
from django.utils import timezone
from django.utils.safestring import SafeString, mark_safe

from ward.frame import local_now, theme_of
from ward.message import Message, refused_form
from ward.people import marks
from ward.tiles.pictures import BIRD, SHAPES

register = template.Library()


@register.simple_tag
def shape(name: str) -> SafeString:
    """One shape of the look, beside its word: hidden from a screen reader, in the text's colour."""
    # Only our own constants are marked safe: a name that is not among them raises KeyError.
    return mark_safe(f'<svg class="shape" viewBox="0 0 20 20" aria-hidden="true">{SHAPES[name]}</svg>')  # noqa: S308


@register.simple_tag
def once() -> SafeString:
    """The word of one form, for ward.people.once: sent twice, its action is done once."""
    return mark_safe(f'<input type="hidden" name="once" value="{secrets.token_hex(8)}">')  # noqa: S308 - hex alone


@register.simple_tag(takes_context=True)
def whose(context: Context, page: str = "") -> SafeString:
    """The mark of one form, for ward.people.marks: sent when its session is gone, it is kept for whoever typed it."""
    word = marks.word_for(context["request"], page)
    return mark_safe(f'<input type="hidden" name="{marks.FIELD}" value="{word}">')  # noqa: S308 - base64 alone


@register.simple_tag(takes_context=True)
def said(context: Context) -> Message | None:
    """The page's one message: its view's own, else what is wrong with its form."""
    found: Message | None = context.get("message") or refused_form(context.get("form"))
    return found


@register.simple_tag(takes_context=True)
def page_here(context: Context) -> str:
    """The page that a button of the frame leads back to: also where this answers a form."""
    return str(context.get("stands_on") or marks.drawn_page(context["request"]))


@register.simple_tag
def now_ms() -> int:
    """When the page was made, for press.js: milliseconds since 1970 by this server's clock."""
    return round(timezone.now().timestamp() * 1000)


@register.simple_tag
def bird() -> SafeString:
    """The mark."""
    path = f'<path fill="currentColor" fill-rule="evenodd" d="{BIRD}"/>'
    return mark_safe(f'<svg class="bird" viewBox="3.4 6 21.6 16.8" aria-hidden="true">{path}</svg>')  # noqa: S308


@register.simple_tag(takes_context=True)
def theme_here(context: Context) -> str:
    """`day` or `night` on a page without a ward."""
    return theme_of(context["request"], None, local_now())
