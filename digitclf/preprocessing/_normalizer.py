"""``DigitNormalizer``: any picture of a digit in MNIST's form."""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any, ClassVar, Literal

import numpy as np
from PIL import Image
from sklearn.base import BaseEstimator, TransformerMixin, _fit_context
from sklearn.utils import Tags
from sklearn.utils._param_validation import Interval, StrOptions
from sklearn.utils.validation import check_array, validate_data

from digitclf._messages import warn_caller
from digitclf.datasets._pictures import PictureError, read_picture
from digitclf.preprocessing._normalize import (
    blank_picture,
    normalize_all,
    single_thread,
)

LISTED = 5
"""Maximum number of unusable pictures that a warning describes."""

TOGETHER = 400_000
"""Number of pixels of pictures that pass each stage together, at least.

Their planes fit into the cache of a processor."""

SINGLE = (str, bytes, bytearray, memoryview, os.PathLike, Image.Image)


class DigitNormalizer(TransformerMixin, BaseEstimator):
    """Bring pictures of single digits into the form of MNIST's images.

    Classifiers that are trained on MNIST expect light ink on black, strokes of a
    certain width, and the digit scaled to 20 × 20 pixels with its centre of mass in the
    middle of 28 × 28 [1]_. Photos, scans and drawings differ in all of this. Each
    picture is processed independently of the others:

    1. The picture is read, rotated as its EXIF data says, and reduced if it is large.
       Transparent pixels become paper.
    2. Colours are projected on the axis along which ink and paper differ most.
    3. Ink is dark or light, whichever covers less of the surroundings of most pixels.
    4. The level of the paper, with shadows and vignettes, is what remains when
       everything narrower than a third of the picture is removed. Ink is the difference
       from it.
    5. Ink must exceed the texture of the paper. Ruled lines, frames, edges of the
       paper, pieces of neighbouring digits and specks are removed.
    6. Strokes are thickened or thinned to the width that MNIST has.
    7. The digit is scaled with anti-aliasing, keeping its aspect ratio, and centred.

    Images that already have this form are returned unchanged.

    The transformer is stateless: it can be used without calling `fit`.

    Parameters
    ----------
    ink : {"auto", "dark", "light"}, default="auto"
        Whether the ink is darker or lighter than the paper. By default this is decided
        for each picture.

    size : int, default=28
        Height and width of the images returned. The digit itself fills 20/28 of it.

    on_error : {"raise", "warn"}, default="raise"
        What to do about a picture that cannot be used, because it is damaged, for
        example, or blank. With ``"warn"``, its row is all zero, and one warning lists
        these pictures. Files that cannot be opened always raise an OSError.

    Attributes
    ----------
    n_features_in_ : int
        Number of features seen during `fit`. Only defined if `X` had rows of pixels.

    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of features seen during `fit`. Defined only if `X` had feature names that
        are all strings.

    See Also
    --------
    digitclf.CNNDigitClassifier : Classifier for the images that are returned.
    digitclf.datasets.load_image_folder : Load pictures from a folder.

    Notes
    -----
    Pictures with more than 80 million pixels are refused before they are decoded. PNG,
    JPEG, BMP, GIF, TIFF and WebP files can be read.

    References
    ----------
    .. [1] Y. LeCun, C. Cortes, C. Burges, "The MNIST database of handwritten digits".

    Examples
    --------
    A hair-thin seven, drawn in yellow on white:

    >>> import numpy as np
    >>> from PIL import Image, ImageDraw
    >>> from digitclf.datasets import format_image
    >>> from digitclf.preprocessing import DigitNormalizer
    >>> picture = Image.new("RGB", (300, 200), "white")
    >>> points = [(100, 40), (170, 40), (130, 160)]
    >>> ImageDraw.Draw(picture).line(points, fill="yellow", width=2)
    >>> X = DigitNormalizer().transform([picture])
    >>> X.shape, X.dtype
    ((1, 784), dtype('uint8'))
    >>> int(X.max())
    255
    """

    _parameter_constraints: ClassVar[dict] = {
        "ink": [StrOptions({"auto", "dark", "light"})],
        "size": [Interval(Integral, 8, None, closed="left")],
        "on_error": [StrOptions({"raise", "warn"})],
    }

    def __init__(
        self,
        *,
        ink: Literal["auto", "dark", "light"] = "auto",
        size: int = 28,
        on_error: Literal["raise", "warn"] = "raise",
    ) -> None:
        self.ink = ink
        self.size = size
        self.on_error = on_error

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any = None) -> DigitNormalizer:
        """Only validate the parameters and the type of `X`.

        Parameters
        ----------
        X : sequence of pictures, or array-like of shape (n_samples, n_features), \
(n_samples, height, width) or (n_samples, height, width, channels)
            The pictures. They are not read.

        y : None
            Ignored.

        Returns
        -------
        self : DigitNormalizer
        """
        self._check_pictures(X, reset=True)
        return self

    def transform(self, X: Any) -> np.ndarray:
        """Return the digits of pictures in MNIST's form.

        Parameters
        ----------
        X : sequence of pictures, or array-like of shape (n_samples, n_features), \
(n_samples, height, width) or (n_samples, height, width, channels)
            A picture is a path, the content of an image file as bytes, a PIL image, or
            an array (height, width) or (height, width, channels) of any numeric dtype.
            One sequence may contain pictures of all these kinds and of any size. Rows
            of an array of two dimensions are square images.

        Returns
        -------
        X_digits : ndarray of shape (n_samples, size * size), dtype uint8
            0 is paper, 255 is ink.

        Raises
        ------
        ValueError
            If `on_error` is ``"raise"`` and a picture is not an image, is truncated,
            damaged, blank, empty or an animation, has too many pixels or contains NaN,
            or if it is a pipe or a device.
        OSError
            If a file cannot be opened or read.
        """
        self._validate_params()
        pictures = self._check_pictures(X, reset=False)
        digits = np.zeros((len(pictures), self.size, self.size), dtype=np.uint8)
        errors = []
        with single_thread():
            for position, digit in self._digits(pictures):
                if isinstance(digit, np.ndarray):
                    digits[position] = digit
                elif self.on_error == "raise":
                    raise digit
                else:
                    errors.append(f"{position}: {digit}")
        if errors:
            warn_caller(_unusable(errors, len(pictures)))
        return digits.reshape(len(pictures), self.size * self.size)

    def _digits(
        self, sources: Sequence[Any] | np.ndarray
    ) -> Iterator[tuple[int, np.ndarray | PictureError]]:
        """Yield positions of pictures with their digits, or with what is wrong."""
        for group in _groups(sources):
            usable = {i: read for i, read in group if isinstance(read, np.ndarray)}
            normalized = normalize_all(list(usable.values()), self.ink, self.size)
            digits = dict(zip(usable, normalized, strict=True))
            for position, read in group:
                if isinstance(read, PictureError):
                    yield position, read
                elif (digit := digits[position]) is not None:
                    yield position, digit.image
                else:
                    name = _name(position, sources[position])
                    yield position, blank_picture(name, self.ink)

    def _check_pictures(self, X: Any, *, reset: bool) -> Sequence[Any] | np.ndarray:
        """Return pictures as a sequence; arrays of rows as square images."""
        if isinstance(X, SINGLE):
            raise TypeError(
                f"X should be a sequence of pictures, got a single one of type "
                f"{type(X).__name__}. Pass a list: [picture]."
            )
        if _holds_pictures(X):
            return X.ravel() if isinstance(X, np.ndarray) else _listed(X)
        X = validate_data(
            self, X, reset=reset, dtype=None, allow_nd=True, ensure_all_finite=False
        )
        if X.dtype.kind not in "buif":
            X = validate_data(self, X, reset=reset, dtype="numeric", allow_nd=True)
        if X.ndim > 2:
            return X
        if X.dtype.kind == "f":
            check_array(X, estimator=self, input_name="X")
        side = math.isqrt(X.shape[1])
        height = side if side * side == X.shape[1] else 1
        return X.reshape(len(X), height, -1)

    def get_feature_names_out(self, input_features: Any = None) -> np.ndarray:
        """Return the names of the pixels, as in `load_mnist`.

        Parameters
        ----------
        input_features : array-like of str or None, default=None
            Ignored, since pixels of the result are not those of the pictures.

        Returns
        -------
        feature_names_out : ndarray of str objects
        """
        positions = itertools.product(range(self.size), repeat=2)
        names = [f"pixel_{row}_{column}" for row, column in positions]
        return np.array(names, dtype=object)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.requires_fit = False
        tags.transformer_tags.preserves_dtype = []
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        return tags


def _holds_pictures(X: Any) -> bool:
    """Return whether `X` is a sequence of separate pictures instead of an array."""
    if isinstance(X, np.ndarray):
        return X.dtype == object and X.size > 0 and _is_picture(X.ravel()[0])
    if hasattr(X, "columns") or not hasattr(X, "__getitem__") or not len(X):
        return False
    return _is_picture(X.iloc[0] if hasattr(X, "iloc") else X[0])


def _is_picture(item: Any) -> bool:
    if isinstance(item, SINGLE):
        return True
    return np.ndim(item) >= 2 if hasattr(item, "__array__") else False


def _groups(
    sources: Sequence[Any] | np.ndarray,
) -> Iterator[list[tuple[int, np.ndarray | PictureError]]]:
    """Read pictures, and yield groups of them with their positions."""
    group: list[tuple[int, np.ndarray | PictureError]] = []
    pixels = 0
    for position in range(len(sources)):
        try:
            picture = read_picture(sources[position], f"X[{position}]")
        except PictureError as error:
            group.append((position, error))
            continue
        group.append((position, picture))
        pixels += picture.shape[0] * picture.shape[1]
        if pixels >= TOGETHER:
            yield group
            group, pixels = [], 0
    yield group


def _name(position: int, source: Any) -> str:
    is_path = isinstance(source, (str, os.PathLike))
    return repr(os.fspath(source)) if is_path else f"X[{position}]"


def _listed(X: Any) -> Sequence[Any]:
    return X.tolist() if hasattr(X, "iloc") else X


def _unusable(errors: list[str], total: int) -> str:
    listed = "\n".join(errors[:LISTED])
    more = len(errors) - LISTED
    return (
        f"{len(errors):,} of {total:,} pictures could not be used; their rows are all "
        f"zero:\n{listed}" + (f"\n… and {more:,} more" if more > 0 else "")
    )
