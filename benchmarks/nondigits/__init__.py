"""The network that tells digits from other ink on a page."""
