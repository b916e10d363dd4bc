"""The page that assigns evening playlists to a whole ward."""
