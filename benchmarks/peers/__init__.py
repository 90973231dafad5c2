"""The same work done by digitclf and by its peers, each in a process of its own."""
