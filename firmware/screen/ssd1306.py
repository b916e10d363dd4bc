"""The SSD1306 (and SSD1309) by its data sheet, on Adafruit's driver as this box needs it.

Loading this file loads Blinka, which looks for the board it runs on.
"""

from adafruit_ssd1306 import SSD1306_I2C

from firmware.screen.chips import ChipDriver
from firmware.screen.frame import DARK, HEIGHT, WHOLE, WIDTH, Window

_ON, _OFF, _NORMAL, _FOLLOW_RAM = 0xAF, 0xAE, 0xA6, 0xA4
_START_LINE, _CONTRAST, _PRECHARGE = 0x40, 0x81, 0xD9
_HORIZONTAL, _COLUMNS, _PAGE_RANGE = 0x20, 0x21, 0x22
_STATUS_OFF = 0x40


class Driver(SSD1306_I2C, ChipDriver):  # type: ignore[misc]
    """Adafruit's driver with windows, and without its flash of snow."""

    tells_power = False
    setup = b""

    def __init__(self, bus: object, address: int) -> None:
        super().__init__(WIDTH, HEIGHT, bus, addr=address)

    def poweron(self) -> None:
        """Called first by the constructor, which would light whatever the chip's memory holds."""
        self.command(bytes((_OFF, _NORMAL, _FOLLOW_RAM, _HORIZONTAL, 0x00)))
        self.send_window(WHOLE, DARK)
        said_off, self._codes = self._says_off(), bytearray()
        super().poweron()
        self.tells_power = said_off and not self._says_off()

    def init_display(self) -> None:
        self._codes.clear()
        super().init_display()
        self.setup = bytes(self._codes[: self._codes.index(_ON)])

    def write_cmd(self, cmd: int) -> None:
        self._codes.append(cmd)
        super().write_cmd(cmd)

    def is_off(self) -> bool:
        status = bytearray(1)
        with self.i2c_device:
            self.i2c_device.readinto(status)
        return bool(status[0] & _STATUS_OFF)

    def _says_off(self) -> bool:
        try:
            return self.is_off()
        except OSError:  # it answers no reading
            return False

    @staticmethod
    def lit(on: bool) -> bytes:
        return bytes((_ON if on else _OFF,))

    @staticmethod
    def brightness(contrast: int, precharge: int) -> bytes:
        return bytes((_CONTRAST, contrast, _PRECHARGE, precharge))

    @staticmethod
    def moved_up(rows: int) -> bytes:
        return bytes((_START_LINE | rows % HEIGHT,))

    @staticmethod
    def inverted(on: bool) -> bytes:
        return bytes((_NORMAL | on,))

    def command(self, codes: bytes) -> int:
        return self._send(b"\x00", codes)

    def send_window(self, window: Window, frame: bytes) -> int:
        page0, page1, x0, x1 = window
        content = b"".join(window.row(frame, page) for page in range(page0, page1 + 1))
        sent = self.command(bytes((_COLUMNS, x0, x1, _PAGE_RANGE, page0, page1)))
        return sent + self._send(b"\x40", content)

    def _send(self, control: bytes, content: bytes) -> int:
        with self.i2c_device:
            self.i2c_device.write(control + content)
        return 2 + len(content)
