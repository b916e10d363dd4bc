"""The ward server: assigns beds their music, keeps what the boxes report. Only mqttd speaks MQTT, never a request."""

__version__ = "0.1.0"
