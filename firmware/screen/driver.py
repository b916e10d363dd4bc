"""Adafruit's driver as this box needs it. Loading it loads Blinka, which looks for the board it runs on."""

from adafruit_ssd1306 import SSD1306_I2C

from firmware.screen.ssd1306 import (
    COLUMNS,
    DARK,
    FOLLOW_RAM,
    HORIZONTAL,
    NORMAL,
    OFF,
    ON,
    PAGE_RANGE,
    PAGES,
    STATUS_OFF,
    WIDTH,
)


class DisplayDriver(SSD1306_I2C):  # type: ignore[misc]
    """Adafruit's driver with windows, and without its flash of snow."""

    tells_power = False  # whether its status says what is true: not every module can be read
    setup = b""  # the commands that make it ready, up to its light

    def poweron(self) -> None:
        """Called first by the constructor, which would light whatever the chip's memory holds."""
        self.send(b"\x00", bytes((OFF, NORMAL, FOLLOW_RAM, HORIZONTAL, 0x00)))
        self.send(b"\x00", bytes((COLUMNS, 0, WIDTH - 1, PAGE_RANGE, 0, PAGES - 1)))
        self.send(b"\x40", DARK)
        said_off, self._codes = self._says_off(), bytearray()
        super().poweron()
        self.tells_power = said_off and not self._says_off()

    def init_display(self) -> None:
        self._codes.clear()
        super().init_display()
        self.setup = bytes(self._codes[: self._codes.index(ON)])

    def write_cmd(self, cmd: int) -> None:
        self._codes.append(cmd)
        super().write_cmd(cmd)

    def is_off(self) -> bool:
        """What its status says."""
        status = bytearray(1)
        with self.i2c_device:
            self.i2c_device.readinto(status)
        return bool(status[0] & STATUS_OFF)

    def _says_off(self) -> bool:
        try:
            return self.is_off()
        except OSError:  # it answers no reading
            return False

    def send(self, control: bytes, content: bytes) -> int:
        """One transaction; returns its bytes, the address included."""
        with self.i2c_device:
            self.i2c_device.write(control + content)
        return 2 + len(content)
