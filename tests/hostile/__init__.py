"""The ward's server under attack: by clients and boxes that are hostile or broken, in states that have data to lose."""
