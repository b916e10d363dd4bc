"""The sets that a ward may give, and their pieces. Knows no bed."""

from typing import ClassVar

from django.db import models


class Piece(models.Model):
    """One recording, known by the SHA-256 of its file."""

    sha256 = models.CharField(max_length=64, primary_key=True)
    title = models.CharField(max_length=200)
    seconds = models.FloatField()

    def __str__(self) -> str:
        return self.title


class MusicSet(models.Model):
    """An ordered list of pieces for one purpose. `label`: 8 letters or fewer, for the glass at the bed."""

    slug = models.SlugField(max_length=64, unique=True)
    title = models.CharField(max_length=200)
    label = models.CharField(max_length=8)
    purpose = models.CharField(max_length=16)
    arc = models.CharField(max_length=16)
    about = models.CharField(max_length=200, blank=True, default="")  # "no lyrics, rain and harp"
    pieces: "models.ManyToManyField[Piece, SetPiece]" = models.ManyToManyField(Piece, through="SetPiece")
    offered = models.BooleanField(default=True)

    class Meta:
        ordering = ("purpose", "title")

    def __str__(self) -> str:
        return self.title


class SetPiece(models.Model):
    """A piece's place in a set, from 1."""

    music_set = models.ForeignKey(MusicSet, on_delete=models.CASCADE, related_name="places")
    piece = models.ForeignKey(Piece, on_delete=models.PROTECT)
    place = models.PositiveIntegerField()

    class Meta:
        ordering = ("place",)
        constraints: ClassVar = [models.UniqueConstraint(fields=["music_set", "place"], name="place_once_a_set")]

    def __str__(self) -> str:
        return f"{self.music_set_id} {self.place}"
