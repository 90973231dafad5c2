"""Model files: the archive, the description in it, and values as JSON."""
