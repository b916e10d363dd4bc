"""Addresses of set-up."""

from django.urls import path

from ward.setup import views, views_first, views_rooms

urlpatterns = [
    path("setup/", views.setup, name="setup"),
    path("setup/new/", views.setup_new, name="setup_new"),
    path("setup/hospital/", views.setup_hospital, name="setup_hospital"),
    path("setup/first/", views_first.setup_first, name="setup_first"),
    path("setup/first/beds", views_first.setup_first_beds, name="setup_first_beds"),
    path("setup/w/<slug:slug>/", views.setup_ward, name="setup_ward"),
    path("setup/w/<slug:slug>/beds", views.setup_beds, name="setup_beds"),
    path("setup/w/<slug:slug>/rooms/", views_rooms.setup_rooms, name="setup_rooms"),
    path("setup/w/<slug:slug>/close", views.setup_close, name="setup_close"),
]
