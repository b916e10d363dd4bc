"""The addresses of the therapist's pages."""

from django.urls import path

from ward.therapy import views, views_bed

urlpatterns = [
    path("therapy/<slug:slug>/", views.therapy, name="therapy"),
    path("therapy/<slug:slug>/never/", views.blocked, name="therapy_blocked"),
    path("therapy/<slug:slug>/never/add", views.block, name="therapy_block"),
    path("therapy/<slug:slug>/never/take", views.unblock, name="therapy_unblock"),
    path("bed/<int:bed_id>/therapy/", views_bed.bed, name="therapy_bed"),
    path("bed/<int:bed_id>/therapy/preferences", views_bed.preferences, name="therapy_preferences"),
    path("bed/<int:bed_id>/therapy/forget", views_bed.forget, name="therapy_forget"),
    path("bed/<int:bed_id>/therapy/reviewed", views_bed.reviewed, name="therapy_reviewed"),
    path("bed/<int:bed_id>/therapy/never", views_bed.never, name="therapy_never"),
]
