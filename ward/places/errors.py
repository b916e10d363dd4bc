"""Why a change of a ward cannot be made."""

from ward.beds.models import Bed, Ward


class PlacesError(Exception):
    """The change cannot be made; one line says why and what to do."""


class MeanwhileError(Exception):
    """Someone else changed the ward since the page was drawn; `ward` is as it is now."""

    def __init__(self, ward: Ward) -> None:
        super().__init__()
        self.ward = ward


class OccupiedError(Exception):
    """Beds that cannot be closed: a patient's stay is there, or its box has not confirmed the end of one."""

    def __init__(self, stays: list[Bed], unconfirmed: list[Bed]) -> None:
        super().__init__()
        self.stays, self.unconfirmed = stays, unconfirmed
