"""The addresses of the night's page."""

from django.urls import path

from ward.night import views

urlpatterns = [
    path("w/<slug:slug>/night/", views.night, name="night"),
    path("w/<slug:slug>/night/print", views.night_print, name="night_print"),
]
