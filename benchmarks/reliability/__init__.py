"""Kills, interrupts, forks and hostile files: what was tried, held and lost."""
