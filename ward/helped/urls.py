"""The addresses of what helped."""

from django.urls import path

from ward.helped import views

urlpatterns = [
    path("bed/<int:bed_id>/helped/", views.helped, name="helped"),
    path("helped/<slug:slug>/", views.helped_ward, name="helped_ward"),
]
