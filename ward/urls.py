"""Every address of the ward's pages, in one list."""

from django.conf import settings
from django.urls import include, path

from ward import frame
from ward.accounts import login
from ward.activity import views as activity
from ward.bed import assign, assigned, screen
from ward.bed import views as bed
from ward.board import views as board
from ward.board import views_mine, views_room, views_wall
from ward.devices import views as devices
from ward.evening import views as evening
from ward.history import views as history
from ward.live import views as live
from ward.timings import views as timings

handler400 = "ward.frame.not_understood"
handler500 = "ward.frame.broken"

urlpatterns = [
    path("", board.home, name="board"),
    path("w/<slug:slug>/", board.board, name="ward"),
    path("w/<slug:slug>/pulse", board.board_pulse, name="board_pulse"),
    path("w/<slug:slug>/my-beds/", views_mine.my_beds, name="my_beds"),
    path("w/<slug:slug>/wall/", views_wall.wall, name="wall"),
    path("w/<slug:slug>/wall/pulse", views_wall.wall, name="wall_pulse"),
    path("events", live.events, name="events"),
    path("bed/<int:bed_id>/", bed.bed, name="bed"),
    path("bed/<int:bed_id>/assign/", assign.assign, name="assign"),
    path("bed/<int:bed_id>/tile", board.tile, name="tile"),
    path("bed/<int:bed_id>/pulse", assigned.pulse, name="bed_pulse"),
    path("bed/<int:bed_id>/screen", screen.pulse, name="screen_pulse"),
    path("bed/<int:bed_id>/assigned/", assigned.assigned, name="assigned"),
    path("bed/<int:bed_id>/put-back", assigned.put_back, name="put_back"),
    path("bed/<int:bed_id>/stop", bed.stop, name="stop"),
    path("bed/<int:bed_id>/history/", history.history, name="history"),
    path("bed/<int:bed_id>/history/pulse", history.pulse, name="history_pulse"),
    path("bed/<int:bed_id>/history/note", history.note, name="history_note"),
    path("bed/<int:bed_id>/history/never", history.never, name="history_never"),
    path("bed/<int:bed_id>/history/discharge", history.discharge, name="history_discharge"),
    path("bed/<int:bed_id>/history/move", history.move, name="history_move"),
    path("bed/<int:bed_id>/look", bed.look_at, name="look"),
    path("w/<slug:slug>/stop-room", views_room.stop_room, name="stop_room"),
    path("w/<slug:slug>/room/<int:room_id>/", views_room.room, name="room"),
    path("w/<slug:slug>/room/<int:room_id>/pulse", views_room.room_pulse, name="room_pulse"),
    path("w/<slug:slug>/evening/", evening.evening, name="evening"),
    path("w/<slug:slug>/evening/set", evening.evening_choose, name="evening_choose"),
    path("w/<slug:slug>/evening/assigned", evening.evening_assigned, name="evening_assigned"),
    path("w/<slug:slug>/evening/undo", evening.evening_undo, name="evening_undo"),
    path("timings/<slug:slug>/", timings.timings, name="timings"),
    path("devices/", devices.devices, name="devices"),
    path("devices/<slug:slug>/", devices.ward_devices, name="ward_devices"),
    path("devices/<slug:slug>/<uuid:box>/", devices.device, name="device"),
    path("devices/<slug:slug>/<uuid:box>/pulse", devices.device_pulse, name="device_pulse"),
    path("devices/<slug:slug>/<uuid:box>/ask", devices.device_ask, name="device_ask"),
    path("devices/<slug:slug>/<uuid:box>/place", devices.device_place, name="device_place"),
    path("devices/<slug:slug>/<uuid:box>/log/<int:log>", devices.device_log, name="device_log"),
    path("audit/<slug:slug>/", activity.audit, name="audit"),
    path("audit/<slug:slug>/csv", activity.audit_csv, name="audit_csv"),
    path("", include("ward.accounts.urls")),
    path("", include("ward.night.urls")),
    path("", include("ward.helped.urls")),
    path("", include("ward.setup.urls")),
    path("", include("ward.reports.urls")),
    path("", include("ward.therapy.urls")),
    path("login/", login.Login.as_view(), name="login"),
    path("logout/", login.Logout.as_view(), name="logout"),
    path("theme", frame.theme, name="theme"),
    path("language", frame.language, name="language"),
    path("healthz", frame.healthz, name="healthz"),
]
if settings.DEMO is not None:
    urlpatterns.append(path("", include("ward.demo.urls")))
