"""Every address of the ward's pages, in one list."""

from django.urls import include, path

from ward.audit import views as audit
from ward.beds import views, views_bed, views_evening, views_frame, views_given, views_stopwatch, views_stream
from ward.fleet import views as fleet
from ward.history import views as history

handler400 = "ward.beds.views_frame.not_understood"
handler500 = "ward.beds.views_frame.broken"

urlpatterns = [
    path("", views.home, name="board"),
    path("w/<slug:slug>/", views.board, name="ward"),
    path("w/<slug:slug>/pulse", views.board_pulse, name="board_pulse"),
    path("events", views_stream.events, name="events"),
    path("bed/<int:bed_id>/", views_bed.bed, name="bed"),
    path("bed/<int:bed_id>/tile", views.tile, name="tile"),
    path("bed/<int:bed_id>/pulse", views_given.pulse, name="bed_pulse"),
    path("bed/<int:bed_id>/given/", views_given.given, name="given"),
    path("bed/<int:bed_id>/put-back", views_given.put_back, name="put_back"),
    path("bed/<int:bed_id>/stop", views_bed.stop, name="stop"),
    path("bed/<int:bed_id>/history/", history.history, name="history"),
    path("bed/<int:bed_id>/history/pulse", history.pulse, name="history_pulse"),
    path("bed/<int:bed_id>/history/note", history.note, name="history_note"),
    path("bed/<int:bed_id>/history/never", history.never, name="history_never"),
    path("bed/<int:bed_id>/history/discharge", history.discharge, name="history_discharge"),
    path("bed/<int:bed_id>/look", views_bed.look_at, name="look"),
    path("w/<slug:slug>/hush", views.hush, name="hush"),
    path("w/<slug:slug>/evening/", views_evening.evening, name="evening"),
    path("w/<slug:slug>/evening/set", views_evening.evening_choose, name="evening_choose"),
    path("w/<slug:slug>/evening/given", views_evening.evening_given, name="evening_given"),
    path("w/<slug:slug>/evening/undo", views_evening.evening_undo, name="evening_undo"),
    path("stopwatch/<slug:slug>/", views_stopwatch.stopwatch, name="stopwatch"),
    path("devices/", fleet.devices, name="devices"),
    path("devices/<slug:slug>/", fleet.ward_devices, name="ward_devices"),
    path("audit/<slug:slug>/", audit.audit, name="audit"),
    path("audit/<slug:slug>/csv", audit.audit_csv, name="audit_csv"),
    path("", include("ward.people.urls")),
    path("", include("ward.reports.urls")),
    path("", include("ward.therapy.urls")),
    path("login/", views_frame.Login.as_view(), name="login"),
    path("logout/", views_frame.Logout.as_view(), name="logout"),
    path("theme", views_frame.theme, name="theme"),
    path("language", views_frame.language, name="language"),
    path("healthz", views_frame.healthz, name="healthz"),
]
