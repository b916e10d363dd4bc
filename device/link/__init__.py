"""The box's link to the ward over MQTT. Knows neither what plays nor what is drawn."""
