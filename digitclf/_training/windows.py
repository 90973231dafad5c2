"""Sources of images: in memory, or read from an array a window at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Sequence
from typing import Any, NamedTuple, Protocol, Self

import numpy as np

from digitclf._compiled.interruption import raise_if_interrupted
from digitclf._compiled.labelled_images import Images, Selection, empty_pixels
from digitclf._data.ahead import read_ahead
from digitclf._data.lazy import KEPT, WINDOW, LazyImages


class Generators(NamedTuple):
    """Random generators of the order of an epoch."""

    images: np.random.Generator
    """For the order of the images of a window."""
    blocks: np.random.Generator
    """For the order of the blocks that make up the windows."""


class Content(NamedTuple):
    """All images of a source, chosen or not, in a form that can be compared."""

    pixels: Iterable[Any]
    labels: Any
    weights: Any


class Source(Protocol):
    """Labelled images, some of which are chosen."""

    @property
    def labels(self) -> np.ndarray:
        """Labels of the chosen images."""

    def __len__(self) -> int:
        """Return the number of chosen images."""

    def choose(self, positions: np.ndarray) -> Self:
        """Return a source of some of the chosen images."""

    def ready(self) -> Source:
        """Return the source for a run. It is in memory if its images fit."""

    def shuffled(self, generators: Generators, batch_size: int) -> Generator[Selection]:
        """Yield the chosen images in random order, window by window.

        Windows consist of whole batches, except for the last one.
        """

    def in_order(self) -> Generator[Selection]:
        """Yield the chosen images in their order, window by window."""

    def content(self) -> Content:
        """Return all images, chosen or not."""


class InMemory:
    """Images in memory: a single window.

    Parameters
    ----------
    images : Images
    chosen : ndarray of int
        Positions of the chosen images.
    """

    def __init__(self, images: Images, chosen: np.ndarray) -> None:
        self._images = images
        self._chosen = chosen

    @property
    def labels(self) -> np.ndarray:
        """Labels of the chosen images."""
        return self._images.labels.numpy()[self._chosen]

    def __len__(self) -> int:
        return len(self._chosen)

    def choose(self, positions: np.ndarray) -> InMemory:
        """Return a source of some of the chosen images."""
        return InMemory(self._images, self._chosen[positions])

    def ready(self) -> InMemory:
        """Return this source."""
        return self

    def shuffled(self, generators: Generators, batch_size: int) -> Generator[Selection]:
        """Yield all chosen images in random order."""
        yield Selection(self._images, generators.images.permutation(self._chosen))

    def in_order(self) -> Generator[Selection]:
        """Yield all chosen images."""
        yield Selection(self._images, self._chosen)

    def content(self) -> Content:
        """Return all images, chosen or not."""
        pixels, labels, weights = self._images
        return Content([pixels], labels, weights)


class Blockwise:
    """Images that are read block by block.

    An epoch takes the blocks in random order. As many as fit into a window are read
    together, and the images of the window are shuffled. If all images fit into one
    window, their order is that of `InMemory`. Images that do not fill the last batch of
    a window go to the next one. A thread reads the next window while one is in use.

    Parameters
    ----------
    pixels : LazyImages
    labels : ndarray of shape (n_samples,), int32
    weights : ndarray of shape (n_samples,), float32
    input_shape : tuple
        Shape of an image as the network takes it.
    chosen : ndarray of int
        Positions of the chosen images, in the order in which they are passed to the
        generator. They need not be sorted.
    """

    def __init__(
        self,
        pixels: LazyImages,
        labels: np.ndarray,
        weights: np.ndarray,
        input_shape: tuple[int, ...],
        chosen: np.ndarray,
    ) -> None:
        self._pixels = pixels
        self._labels = labels
        self._weights = weights
        self._input_shape = input_shape
        self._chosen = chosen
        self._order = np.argsort(chosen)
        """The chosen images in the order of the array, as indices of `chosen`."""
        self._blocks = pixels.blocks()
        self._bounds = np.searchsorted(
            chosen, [0, *(stop for _, stop in self._blocks)], sorter=self._order
        )
        """Where the chosen images of each block begin and end in this order."""
        self._window_size = pixels.images_in(WINDOW)
        self._max_kept = pixels.images_in(KEPT)

    @property
    def labels(self) -> np.ndarray:
        """Labels of the chosen images."""
        return self._labels[self._chosen]

    def __len__(self) -> int:
        return len(self._chosen)

    def choose(self, positions: np.ndarray) -> Blockwise:
        """Return a source of some of the chosen images."""
        return Blockwise(
            self._pixels,
            self._labels,
            self._weights,
            self._input_shape,
            self._chosen[positions],
        )

    def ready(self) -> Blockwise | InMemory:
        """Return the source for a run. It is in memory if its images fit."""
        if len(self) > self._max_kept:
            return self
        window, order = self._read(range(len(self._blocks)))
        return InMemory(self._as_images(window), order)

    def shuffled(self, generators: Generators, batch_size: int) -> Generator[Selection]:
        """Yield the chosen images in random order, window by window."""
        windows = self._windows(generators.blocks.permutation(len(self._blocks)))
        return read_ahead(
            self._shuffled(windows, generators.images, batch_size),
            raise_if_interrupted,
        )

    def _shuffled(
        self,
        windows: Sequence[Sequence[int]],
        generator: np.random.Generator,
        batch_size: int,
    ) -> Generator[Selection]:
        left = _NO_IMAGES
        for number, blocks in enumerate(windows, start=1):
            n_left = len(left.labels)
            window, order = self._read(sorted(blocks), left)
            order[n_left:] = generator.permutation(order[n_left:])
            if number < len(windows):
                n_used = len(order) - len(order) % batch_size
                left = window.take(order[n_used:])
                order = order[:n_used]
            images = self._as_images(window)
            del window
            if len(order):
                yield Selection(images, order)

    def in_order(self) -> Generator[Selection]:
        """Yield the chosen images in their order, window by window."""
        windows = map(self._read, self._windows(range(len(self._blocks))))
        return read_ahead(
            (Selection(self._as_images(window), order) for window, order in windows),
            raise_if_interrupted,
        )

    def content(self) -> Content:
        """Return all images, chosen or not."""
        return Content(self._pixels.read_blocks(), self._labels, self._weights)

    def _windows(self, order: Iterable[int]) -> list[list[int]]:
        """Group the blocks that contain a chosen image into windows."""
        counts = np.diff(self._bounds)
        windows: list[list[int]] = []
        n_images = 0
        for block in order:
            if counts[block] == 0:
                continue
            if not windows or n_images + counts[block] > self._window_size:
                windows.append([])
                n_images = 0
            windows[-1].append(int(block))
            n_images += counts[block]
        return windows

    def _read(
        self, blocks: Sequence[int], first: _Rows | None = None
    ) -> tuple[_Rows, np.ndarray]:
        """Read the chosen images of some blocks.

        Parameters
        ----------
        blocks : sequence of int, sorted
        first : _Rows, optional
            Images to put before those of the blocks.

        Returns
        -------
        rows : _Rows
            The images, as they are in the array.
        order : ndarray of int
            Their positions in the rows, in the order in which they were chosen.
        """
        first = first or _NO_IMAGES
        n_first = len(first.labels)
        of_blocks = [self._order[self._bounds[i] : self._bounds[i + 1]] for i in blocks]
        ranks = np.concatenate(of_blocks)
        pixels = empty_pixels(
            (n_first + len(ranks), self._pixels.shape[1]), self._pixels.dtype
        )
        pixels[:n_first] = first.pixels
        end = n_first
        for block, of_block in zip(blocks, of_blocks, strict=True):
            if not len(of_block):
                continue
            start, stop = self._blocks[block]
            rows = self._pixels.read(start, stop)
            if len(of_block) < len(rows):
                rows = rows[self._chosen[of_block] - start]
            pixels[end : end + len(rows)] = rows
            end += len(rows)
        positions = self._chosen[ranks]
        order = np.arange(len(pixels))
        order[n_first:] = n_first + np.argsort(ranks)
        return _Rows(
            pixels,
            np.concatenate([first.labels, self._labels[positions]]),
            np.concatenate([first.weights, self._weights[positions]]),
        ), order

    def _as_images(self, rows: _Rows) -> Images:
        return Images.sharing(
            rows.pixels.reshape(len(rows.pixels), *self._input_shape),
            rows.labels,
            rows.weights,
        )


class _Rows(NamedTuple):
    """Images of a window."""

    pixels: np.ndarray
    labels: np.ndarray
    weights: np.ndarray

    def take(self, positions: np.ndarray) -> _Rows:
        """Return copies of some images."""
        return _Rows(*(array[positions] for array in self))


_NO_IMAGES = _Rows(
    np.empty((0, 1), np.uint8), np.empty(0, np.int32), np.empty(0, np.float32)
)


def is_blockwise(*sources: Source | None) -> bool:
    """Return whether any of several sources is read block by block."""
    return any(isinstance(source, Blockwise) for source in sources)
