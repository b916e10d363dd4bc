#!/bin/sh
# Politely: sound that is made in real time beside a browser goes first.
exec nice -n 10 "$CHROMIUM" "$@"
