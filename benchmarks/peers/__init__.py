"""The same tasks with digitclf and with similar libraries, in separate processes."""
