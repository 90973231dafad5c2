"""Benchmarks: programs that measure digitclf, on its own and beside others."""
