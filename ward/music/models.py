"""The playlists that a ward may assign, and their tracks. Knows no bed."""

from typing import ClassVar

from django.db import models

from ward.music.about import described


class Track(models.Model):
    """One recording, known by the SHA-256 of its file."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    title = models.CharField(max_length=200)
    seconds = models.FloatField()

    def __str__(self) -> str:
        return self.title


class Playlist(models.Model):
    """An ordered list of tracks for one purpose. `label`: 8 letters or fewer, for the screen at the bed."""

    slug = models.SlugField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    label = models.CharField(max_length=8)
    purpose = models.CharField(max_length=16)
    arc = models.CharField(max_length=16)
    about = models.CharField(max_length=200, blank=True, default="")  # "no lyrics, rain and harp"
    tracks: "models.ManyToManyField[Track, PlaylistTrack]" = models.ManyToManyField(Track, through="PlaylistTrack")
    offered = models.BooleanField(default=True)

    class Meta:
        ordering = ("purpose", "title")

    def __str__(self) -> str:
        return self.title

    @property
    def described(self) -> str:
        """`about` in the reader's language."""
        return described(self.about)


class PlaylistTrack(models.Model):
    """A track's place in a playlist, from 1."""

    playlist = models.ForeignKey(Playlist, on_delete=models.CASCADE, related_name="places")
    track = models.ForeignKey(Track, on_delete=models.PROTECT)
    place = models.PositiveIntegerField()

    class Meta:
        ordering = ("place",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["playlist", "place"], name="place_once_a_playlist")]

    def __str__(self) -> str:
        return f"{self.playlist_id} {self.place}"
