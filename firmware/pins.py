"""The Pi's own GPIO for `Controls` and `Outputs`, always through lgpio. Knows no pin numbers."""

from typing import Any

from firmware import PinsLost


def open_pins() -> Any:
    """A gpiozero pin factory on this machine's GPIO; the caller closes it after the parts that use it.

    gpiozero's own choice falls back down a list with only a warning and sets a global; we do neither.
    Raises PinsLost where there is no GPIO (a laptop) or lgpio is not installed.
    """
    try:
        from gpiozero.pins.lgpio import LGPIOFactory  # only exists where lgpio does

        return LGPIOFactory()
    except ImportError as error:
        raise PinsLost(f"no GPIO here ({error}): on a Pi install python3-lgpio, elsewhere use the simulator") from error
    except Exception as error:  # lgpio raises its own `lgpio.error` and bare OSErrors alike
        raise PinsLost(f"the GPIO does not open ({error}): is this user in the group gpio?") from error
