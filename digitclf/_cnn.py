"""The convolutional network and its hyperparameters."""

from __future__ import annotations

import math
import warnings
from numbers import Integral, Real
from typing import ClassVar

from keras import layers
from keras.initializers import GlorotUniform
from sklearn.utils._param_validation import Interval

from digitclf._base import BaseDigitClassifier
from digitclf._images import square_side
from digitclf._parameters import check_sizes


class CNNDigitClassifier(BaseDigitClassifier):
    _parameter_constraints: ClassVar[dict] = {
        **BaseDigitClassifier._parameter_constraints,
        "kernel_size": [Interval(Integral, 1, None, closed="left")],
        "pool_size": [Interval(Integral, 1, None, closed="left")],
        "hidden_dropout": [Interval(Real, 0, 1, closed="left")],
    }

    def __init__(
        self,
        *,
        filters=(32, 64),
        kernel_size=3,
        pool_size=2,
        dropout=0.25,
        hidden_layer_sizes=(128,),
        hidden_dropout=0.5,
        activation="relu",
        optimizer="adam",
        learning_rate=3e-3,
        schedule="constant",
        ema_momentum=0.999,
        epochs=30,
        batch_size=200,
        validation_split=0.1,
        patience=10,
        checkpoint=None,
        class_weight=None,
        warm_start=False,
        callbacks=None,
        verbose=0,
        random_state=None,
        **routed,
    ):
        super().__init__(
            hidden_layer_sizes=hidden_layer_sizes,
            dropout=dropout,
            activation=activation,
            optimizer=optimizer,
            learning_rate=learning_rate,
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

    def _shape_of_flat(self, n_features):
        if square_side(n_features) is None:
            side = math.isqrt(n_features) + 1
            warnings.warn(
                f"{n_features} features make no square image: each sample is filled up "
                f"with {side * side - n_features} zeros to {side} x {side} pixels. Pass "
                "images of shape (n_samples, height, width) if they are rectangular.",
                UserWarning,
                stacklevel=5,
            )
            return side, side
        return super()._shape_of_flat(n_features)

    def _input_shape(self):
        if math.prod(self.image_shape_) != self.n_features_in_:
            return (self.n_features_in_,)
        return (*self.image_shape_, 1)

    def _hidden_layers(self, x, settings, seeds):
        filters = check_sizes(settings.filters, "filters", at_least=1)
        sizes = check_sizes(settings.hidden_layer_sizes, "hidden_layer_sizes")
        x = self._as_image(x)
        x = _pad_to(
            len(filters) * (settings.kernel_size - 1) + settings.pool_size, x
        )
        for number, n_filters in enumerate(filters, start=1):
            x = layers.Conv2D(
                n_filters,
                settings.kernel_size,
                activation=settings.activation,
                kernel_initializer=GlorotUniform(seeds.next()),
                name=f"convolution_{number}",
            )(x)
        x = layers.MaxPooling2D(settings.pool_size, name="pooling")(x)
        x = layers.Dropout(settings.dropout, seed=seeds.next(), name="dropout")(x)
        x = layers.Flatten(name="flatten")(x)
        for number, size in enumerate(sizes, start=1):
            x = layers.Dense(
                size,
                activation=settings.activation,
                kernel_initializer=GlorotUniform(seeds.next()),
                name=f"hidden_{number}",
            )(x)
            x = layers.Dropout(
                settings.hidden_dropout,
                seed=seeds.next(),
                name=f"hidden_dropout_{number}",
            )(x)
        return x

    def _as_image(self, x):
        """Return the pixels as an image, filled up with zeros where they make none."""
        if len(x.shape) == 4:
            return x
        height, width = self.image_shape_
        missing = height * width - self.n_features_in_
        x = layers.Reshape((self.n_features_in_, 1), name="column")(x)
        x = layers.ZeroPadding1D((0, missing), name="filling")(x)
        return layers.Reshape((height, width, 1), name="image")(x)


def _pad_to(side, x):
    """Return images with a margin of zeros that makes either side at least `side`."""
    missing = [max(0, side - length) for length in x.shape[1:3]]
    if not any(missing):
        return x
    margins = tuple((lack // 2, lack - lack // 2) for lack in missing)
    return layers.ZeroPadding2D(margins, name="margin")(x)
