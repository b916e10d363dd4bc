"""The addresses of the reports."""

from django.urls import path

from ward.reports import views

urlpatterns = [
    path("reports/<slug:slug>/", views.reports, name="reports"),
    path("reports/<slug:slug>/print", views.reports_print, name="reports_print"),
    path("reports/<slug:slug>/csv", views.reports_csv, name="reports_csv"),
    path("reports/<slug:slug>/json", views.reports_json, name="reports_json"),
]
