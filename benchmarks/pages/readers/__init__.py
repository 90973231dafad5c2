"""Programs that read pages, each in a process of its own."""

from benchmarks.pages.readers.process import Answer, Reader, ReaderMissingError

__all__ = ["Answer", "Reader", "ReaderMissingError"]
