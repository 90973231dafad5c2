"""The convolutional network and its hyperparameters."""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from numbers import Integral, Real
from types import SimpleNamespace
from typing import Any, ClassVar

import keras
import numpy as np
from keras import layers
from keras.initializers import GlorotUniform
from sklearn.utils._param_validation import Interval

from digitclf._base import BaseDigitClassifier
from digitclf._data.images import square_side
from digitclf._messages import warn_caller
from digitclf._network import dense_layers
from digitclf._parameters import DTYPE, check_sizes
from digitclf._seeds import Seeds

LAYOUT = "channels_last"


class CNNDigitClassifier(BaseDigitClassifier):
    """Digit classifier with a convolutional network.

    1. Masks slide over the image, whose pixels are scaled to [0, 1], and show where
       something looks like them: convolutions, one after the other.
    2. The largest value of each small window is kept: max pooling, then dropout.
    3. Dense layers, each with dropout, and a softmax make class probabilities of it.

    A share of the training images is held out to validate on; training stops when the
    validation loss has not become smaller for a while, and goes back to the best epoch.

    Features that make no square image are filled up with zeros, with a warning; images
    too small for the convolutions get a margin of zeros.

    Parameters
    ----------
    filters : tuple of int, default=(32, 64)
        Masks of each convolution.
    kernel_size : int, default=3
        Side of the masks, in pixels.
    pool_size : int, default=2
        Side of the window of the max pooling after the last convolution, in pixels.
    dropout : float, default=0.25
        Share of the pooled values that are dropped in training.
    hidden_layer_sizes : tuple of int, default=(128,)
        Units of each dense layer before the softmax. ``()`` is none.
    hidden_dropout : float, default=0.5
        Share of the units of each dense layer that are dropped in training.
    activation : str, default="relu"
        Name of the Keras activation of the hidden layers.
    optimizer : str, optimizer class or instance, default="adam"
        A Keras optimizer. ``optimizer__<name>`` passes an argument on to it, where it
        is a name or a class: ``optimizer__learning_rate=0.01``. An instance is copied
        for each fit and brings its own learning rate along.
    learning_rate : float, default=1e-3
        Learning rate of the optimizer, the peak of it in the ``"one_cycle"`` schedule.
        An explicit ``optimizer__learning_rate`` wins.
    weight_decay : float, default=0.0
        Share of each weight, times the learning rate, that is taken off it in every
        step [3]_. 0 is none. An explicit ``optimizer__weight_decay`` wins.
    schedule : {"constant", "one_cycle"}, default="constant"
        How the learning rate moves. ``"one_cycle"`` [1]_ warms it up over 30 % of all
        `epochs` and then anneals it, which suits a short run whose length is known
        beforehand. It sets the rate in every step, whatever a callback sets it to.
    ema_momentum : float or None, default=0.999
        Momentum of the exponential moving average of the weights [2]_. The averaged
        weights are those that are validated, kept as the best and predicted with.
        ``None`` does not average.
    epochs : int, default=30
        The most passes over the training images.
    batch_size : int, default=200
        Images per step of the optimizer.
    validation_split : float, default=0.1
        Share of the images that `fit` holds out, in the classes' own proportions. They
        are never trained on. 0 holds out none, and there is no early stopping then.
    patience : int or None, default=10
        Epochs without a smaller ``val_loss`` before training stops. None never stops
        early. The weights of the best epoch, the last one without validation images,
        are restored in any case.
    checkpoint : str, path-like or None, default=None
        Where the best epoch so far is written: a folder, or the path of a ``.keras``
        file with fields such as ``"models/{epoch:02d}-{val_loss:.4f}.keras"``, the name
        that files in a folder get. Files of other fits are never overwritten.
        `load_model` opens them.
    class_weight : dict, "balanced" or None, default=None
        How much the images of each class count, by label. ``"balanced"`` lets all
        classes count the same in sum. Counts in the validation loss too.
    warm_start : bool, default=False
        Whether `fit` goes on from the weights of the previous fit.
    callbacks : keras.callbacks.Callback, list or dict of them, default=None
        Keras callbacks, classes as well as instances; ``callbacks__<name>`` passes
        arguments on to classes. Instances are told of the training as Keras does it,
        and keep what they note. ``self.model`` has the weights of the moment, averaged
        ones at the end of an epoch; what a callback sets in it is what training goes on
        with. One that listens to batches makes every batch a call of its own: slower,
        with the same results.
    verbose : int, default=0
        1 draws a progress bar in a terminal or a notebook, and prints one line an epoch
        anywhere else. 2 always prints the lines.
    random_state : int, RandomState instance or None, default=None
        All randomness: the first weights, the validation split, the order of the images
        and the dropout. An int gives the same weights, to the bit, at every fit with
        as many threads. NumPy's and TensorFlow's global generators are neither used nor
        changed.
    **routed : dict
        Parameters with the prefixes of scikeras: ``optimizer__``, ``loss__``,
        ``callbacks__``, ``predict__batch_size``; ``fit__``, ``model__`` and
        ``compile__`` before a parameter of this list mean that parameter.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Pixels of an image, height * width.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns, if `X` was a DataFrame with string names.
    image_shape_ : tuple of (height, width)
        The shape of an image.
    pixel_range_ : tuple of (low, high)
        The range of pixel values seen in `fit`, which the network scales to [0, 1];
        (-s, s) with s the root mean square, if there were negative values.
    model_ : keras.Model
        The trained network. It takes the pixels that were passed to `fit` as they were,
        in the shape ``model_.input_shape``.
    history_ : dict of str to list of float
        ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy`` of each epoch, NaN
        where an epoch of several calls did not measure one.
    n_iter_ : int
        Epochs run.
    best_epoch_ : int
        The epoch, counted from 1, whose weights were restored.
    best_validation_loss_ : float or None
        Its ``val_loss``, None if nothing was held out.
    checkpoint_path_ : Path or None
        The checkpoint of the best epoch.

    See Also
    --------
    MLPDigitClassifier : Quicker to train, and less accurate on images.

    References
    ----------
    .. [1] L. N. Smith and N. Topin, "Super-convergence: very fast training of neural
       networks using large learning rates", 2019.
    .. [2] B. T. Polyak and A. B. Juditsky, "Acceleration of stochastic approximation by
       averaging", SIAM Journal on Control and Optimization 30(4), 1992.
    .. [3] I. Loshchilov and F. Hutter, "Decoupled weight decay regularization", 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from digitclf import CNNDigitClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> clf = CNNDigitClassifier(random_state=0).fit(X_train, y_train)
    >>> clf.score(X_test, y_test) > 0.97
    True
    """

    _parameter_constraints: ClassVar[dict] = {
        **BaseDigitClassifier._parameter_constraints,
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "hidden_dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        filters: Sequence[int] = (32, 64),
        kernel_size: int = 3,
        pool_size: int = 2,
        dropout: float = 0.25,
        hidden_layer_sizes: Sequence[int] = (128,),
        hidden_dropout: float = 0.5,
        activation: str = "relu",
        optimizer: str | type | keras.optimizers.Optimizer = "adam",
        learning_rate: float = 1e-3,
        weight_decay: float = 0.0,
        schedule: str = "constant",
        ema_momentum: float | None = 0.999,
        epochs: int = 30,
        batch_size: int = 200,
        validation_split: float = 0.1,
        patience: int | None = 10,
        checkpoint: str | os.PathLike[str] | None = None,
        class_weight: dict | str | None = None,
        warm_start: bool = False,
        callbacks: Any = None,
        verbose: int = 0,
        random_state: int | np.random.RandomState | None = None,
        **routed: Any,
    ) -> None:
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            dropout=dropout,
            activation=activation,
            optimizer=optimizer,
            learning_rate=learning_rate,
            weight_decay=weight_decay,
            schedule=schedule,
            ema_momentum=ema_momentum,
            epochs=epochs,
            batch_size=batch_size,
            validation_split=validation_split,
            patience=patience,
            checkpoint=checkpoint,
            class_weight=class_weight,
            warm_start=warm_start,
            callbacks=callbacks,
            verbose=verbose,
            random_state=random_state,
            **routed,
        )
        self.filters = filters
        self.kernel_size = kernel_size
        self.pool_size = pool_size
        self.hidden_dropout = hidden_dropout

    def _shape_of_flat(self, n_features: int) -> tuple[int, int]:
        if square_side(n_features) is None:
            side = math.isqrt(n_features) + 1
            warn_caller(
                f"{n_features} features make no square image: each sample is filled "
                f"up with {side * side - n_features} zeros to {side} x {side} "
                "pixels. Pass images that are not square as (n_samples, height, "
                "width)."
            )
            return side, side
        return super()._shape_of_flat(n_features)

    def _input_shape(self) -> tuple[int, ...]:
        if math.prod(self.image_shape_) != self.n_features_in_:
            return (self.n_features_in_,)
        return (*self.image_shape_, 1)

    def _hidden_layers(
        self, x: keras.KerasTensor, settings: SimpleNamespace, seeds: Seeds
    ) -> keras.KerasTensor:
        filters = check_sizes(settings.filters, "filters", may_be_empty=False)
        sizes = check_sizes(settings.hidden_layer_sizes, "hidden_layer_sizes")
        x = self._as_image(x)
        x = _pad_to(len(filters) * (settings.kernel_size - 1) + settings.pool_size, x)
        for number, n_filters in enumerate(filters, start=1):
            x = layers.Conv2D(
                n_filters,
                settings.kernel_size,
                activation=settings.activation,
                kernel_initializer=GlorotUniform(seeds.next()),
                data_format=LAYOUT,
                dtype=DTYPE,
                name=f"convolution_{number}",
            )(x)
        x = layers.MaxPooling2D(
            settings.pool_size, data_format=LAYOUT, dtype=DTYPE, name="pooling"
        )(x)
        x = layers.Dropout(
            settings.dropout, seed=seeds.next(), dtype=DTYPE, name="dropout"
        )(x)
        x = layers.Flatten(data_format=LAYOUT, dtype=DTYPE, name="flatten")(x)
        return dense_layers(
            x,
            sizes,
            activation=settings.activation,
            dropout=settings.hidden_dropout,
            seeds=seeds,
        )

    def _as_image(self, x: keras.KerasTensor) -> keras.KerasTensor:
        """Return the pixels as an image, filled up with zeros where they make none."""
        if len(x.shape) == 4:
            return x
        height, width = self.image_shape_
        missing = height * width - self.n_features_in_
        x = layers.Reshape((self.n_features_in_, 1), dtype=DTYPE, name="column")(x)
        x = layers.ZeroPadding1D(
            (0, missing), data_format=LAYOUT, dtype=DTYPE, name="filling"
        )(x)
        return layers.Reshape((height, width, 1), dtype=DTYPE, name="image")(x)


def _pad_to(side: int, x: keras.KerasTensor) -> keras.KerasTensor:
    """Return images with a margin of zeros that makes either side at least `side`."""
    missing = [max(0, side - length) for length in x.shape[1:3]]
    if not any(missing):
        return x
    margins = tuple((lack // 2, lack - lack // 2) for lack in missing)
    return layers.ZeroPadding2D(
        margins, data_format=LAYOUT, dtype=DTYPE, name="margin"
    )(x)
