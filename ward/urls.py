"""Every address of the ward's pages, in one list."""

from django.urls import path

from ward.beds import stream, views, views_bed, views_frame, views_given
from ward.fleet import views as fleet

urlpatterns = [
    path("", views.home, name="board"),
    path("w/<slug:slug>/", views.board, name="ward"),
    path("w/<slug:slug>/pulse", views.board_pulse, name="board_pulse"),
    path("w/<slug:slug>/events", stream.events, name="events"),
    path("bed/<int:bed_id>/", views_bed.bed, name="bed"),
    path("bed/<int:bed_id>/tile", views.tile, name="tile"),
    path("bed/<int:bed_id>/pulse", views_given.pulse, name="bed_pulse"),
    path("bed/<int:bed_id>/given/", views_given.given, name="given"),
    path("bed/<int:bed_id>/put-back", views_given.put_back, name="put_back"),
    path("bed/<int:bed_id>/stop", views_bed.stop, name="stop"),
    path("devices/", fleet.devices, name="devices"),
    path("devices/<slug:slug>/", fleet.ward_devices, name="ward_devices"),
    path("login/", views_frame.Login.as_view(), name="login"),
    path("logout/", views_frame.Logout.as_view(), name="logout"),
    path("theme", views_frame.theme, name="theme"),
    path("healthz", views_frame.healthz, name="healthz"),
]
