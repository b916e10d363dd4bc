"""The demo's addresses: part of the ward's only where `make demo` runs it."""

from django.urls import path

from ward.demo import views

urlpatterns = [
    path("demo/", views.start, name="demo"),
    path("demo/coming", views.coming, name="demo_coming"),
    path("demo/tasks", views.start_tasks, name="demo_tasks"),
    path("demo/strip", views.board_strip, name="demo_strip"),
    path("demo/as/<slug:name>", views.sign_in, name="demo_as"),
    path("demo/night", views.show_night, name="demo_night"),
    path("demo/hide", views.hide_strip, name="demo_hide"),
]
