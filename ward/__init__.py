"""The ward server: gives beds their music, keeps what the boxes report. Speaks MQTT in one process only, never in a request."""

__version__ = "0.1.0"
