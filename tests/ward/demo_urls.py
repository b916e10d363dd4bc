"""The ward's addresses as they are in a demo, for tests: the real ones are read once, without it."""

from django.urls import include, path

from ward.urls import handler400, handler500
from ward.urls import urlpatterns as _installed

__all__ = ["handler400", "handler500"]

urlpatterns = [*_installed, path("", include("ward.demo.urls"))]
