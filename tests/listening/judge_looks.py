"""Holds the screen and the ward's tile against what the box says and what is heard. Pure."""

from collections.abc import Iterator

from tests.listening.records import Disagreement, Look, Record, Sample, Tile
from tests.listening.timeline import Timeline

STEADY_S = 1.5  # the screen is drawn at once; a bus that was pulled is tried again each second
UNPLUGGED_S = 6.0  # after the screen or the power is back
LOOSE_S, LOOSE_UNPLUGGED_S = 70.0, 32.0  # a plug that goes twice within so long is loose, and looked for less often
TILE_S = 6.0  # a change is told at once; broker, database and page take some tenths
AHEAD_S = 0.7  # a tile may tell what a press did before its sound is over
STALE_S = 100.0  # news of music older than 90 s is no news (docs/messages.md): the tile says "Offline"
PLAYS = ("Playing", "Fading out", "Continuous", "Still playing?")


WORDS = {
    "playing": "playlist_slug",
    "ready": "play_would_play",
}  # scenes with the large word of a playlist, and of which


class ScreenJudge:
    """Judges one box's looks, each once. It learns how the word of a playlist looks and wants it so again."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._time = Timeline(record)
        self._looks = 0
        self._words: dict[tuple[object, object], bytes] = {}

    def judge(self, until: float) -> Iterator[Disagreement]:
        """Everything up to a time."""
        while self._looks < len(self._record.looks) and self._record.looks[self._looks].at <= until:
            look = self._record.looks[self._looks]
            self._looks += 1
            yield from self._look(look)

    def _look(self, look: Look) -> Iterator[Disagreement]:
        scene, plugged = look.before.told.get("scene"), self._plugged
        same = self._time.steady(look.at - STEADY_S, look.after.at, lambda one: one.told.get("scene") == scene)
        unplugged_s = LOOSE_UNPLUGGED_S if self._is_loose(look.at) else UNPLUGGED_S
        if not same or scene is None or not self._time.steady(look.at - unplugged_s, look.after.at, plugged):
            return
        if (scene == "dark") != (look.lit == 0):
            yield Disagreement("screen", look.at, f"{look.lit} pixels are lit, says {scene}")
        elif scene in WORDS:
            yield from self._word(look, WORDS[scene])

    def _word(self, look: Look, key: str) -> Iterator[Disagreement]:
        """The large word belongs to one playlist, in one light, also where the screen offers it."""
        told = look.before.told
        slug, light = told.get(key), (told.get("night"), _contrast(look.before))
        if not slug or not self._time.steady(look.at - STEADY_S, look.after.at, lambda one: one.told.get(key) == slug):
            return
        known = self._words.setdefault((slug, light), look.word)
        if known != look.word:
            yield Disagreement("screen", look.at, f"the large word of {slug} is another one than before")
        elif [word for (_, other), word in self._words.items() if other == light].count(known) > 1:
            yield Disagreement("screen", look.at, f"the large word of {slug} is that of another playlist")

    def _is_loose(self, at: float) -> bool:
        """Whether the plug went twice, the second time soon after it had come back."""
        ends = [one.at for one in self._record.acts if one.kind in ("screen out", "screen back") and one.at <= at][-4:]
        return len(ends) == 4 and ends[2] - ends[1] < LOOSE_S

    @staticmethod
    def _plugged(sample: Sample) -> bool:
        screen = sample.told.get("screen")
        return bool(
            isinstance(screen, dict) and screen.get("plugged") and sample.told.get("power") and sample.told.get("ready")
        )


def _contrast(sample: Sample) -> object:
    screen = sample.told.get("screen")
    return screen.get("contrast") if isinstance(screen, dict) else None


class TileJudge:
    """Judges the words of one bed's tile, each look once."""

    def __init__(self, record: Record) -> None:
        self._record = record
        self._time = Timeline(record)
        self._tiles = 0

    def judge(self, until: float) -> Iterator[Disagreement]:
        """Everything up to a time."""
        while self._tiles < len(self._record.tiles) and self._record.tiles[self._tiles].done_at <= until - 1.0:
            tile = self._record.tiles[self._tiles]
            self._tiles += 1
            yield from self._tile(tile)

    def _tile(self, tile: Tile) -> Iterator[Disagreement]:
        says_music = any(word in tile.words for word in PLAYS)
        sounds = [not one.is_zero for one in self._record.heard if tile.at - STALE_S <= one.at <= tile.at]
        if says_music and sounds and not any(sounds) and self._has_listened(tile.at - STALE_S):
            yield Disagreement("tile", tile.at, f"says {tile.words[:40]!r}; {STALE_S:.0f} s of silence")
            return
        first, last = tile.at - TILE_S, tile.done_at + AHEAD_S
        linked = self._time.steady(first, last, lambda one: bool(one.told.get("linked")), least=8)
        near = [one for one in self._record.heard if first <= one.at <= last]
        lately = [not one.is_zero for one in near]
        covers = bool(near) and near[0].at < first + 1 and near[-1].ends_at > last - 0.1
        plays = {bool(one.told.get("playing")) for one in self._time.around(first, last)}
        if not linked or not covers or len(plays) > 1 or any(lately) != all(lately) or any(one.torn for one in near):
            return
        if all(lately) != says_music:
            yield Disagreement(
                "tile", tile.at, f"says {tile.words[:40]!r}; {'music' if all(lately) else 'silence'} for 6 s"
            )
        elif says_music:
            yield from self._title(tile)

    def _title(self, tile: Tile) -> Iterator[Disagreement]:
        titles = {str(one.told.get("playlist")) for one in self._time.around(tile.at - TILE_S, tile.done_at + AHEAD_S)}
        if len(titles) == 1 and (title := titles.pop()) not in tile.words:
            yield Disagreement("tile", tile.at, f"says {tile.words[:60]!r}; {title} plays")

    def _has_listened(self, since: float) -> bool:
        return bool(self._record.heard) and self._record.heard[0].at <= since
