"""Benchmarks of digitclf, alone and in comparison with other libraries."""
