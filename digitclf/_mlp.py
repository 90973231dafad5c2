"""``MLPDigitClassifier``: a dense network and its hyperparameters."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from types import SimpleNamespace
from typing import Any

from digitclf._compiled.startup import keras

import numpy as np

from digitclf._architectures import dense_network
from digitclf._base import BaseDigitClassifier
from digitclf._layers import Layer


class MLPDigitClassifier(BaseDigitClassifier):
    """Digit classifier with a dense network.

    1. The pixels of an image, scaled to [0, 1], are the inputs of a dense network.
    2. Each hidden layer is followed by dropout.
    3. A softmax layer returns the probability of each class.

    A fraction of the training images is held out for validation. Training stops when
    the validation loss has not improved for `patience` epochs, and the weights of the
    best epoch are restored.

    Parameters
    ----------
    hidden_layer_sizes : tuple of int, default=(512,)
        Number of units in each hidden layer. ``()`` is a softmax regression.
    dropout : float, default=0.0
        Fraction of the units of each hidden layer that are dropped in training.
    activation : str, default="relu"
        Name of the Keras activation of the hidden layers.
    optimizer : str, optimizer class or instance, default="adam"
        A Keras optimizer. If it is a name or a class, ``optimizer__<name>`` passes an
        argument to it: ``optimizer__beta_1=0.8``. An instance is copied for each fit
        and keeps its own learning rate.
    learning_rate : float, default=3e-3
        Learning rate of the optimizer, or its maximum in the ``"one_cycle"`` schedule.
        ``optimizer__learning_rate`` takes precedence.
    weight_decay : float, default=0.1
        Decoupled weight decay [3]_: the fraction of each weight, times the learning
        rate, that is subtracted in every step. ``optimizer__weight_decay`` takes
        precedence.
    schedule : {"constant", "one_cycle"}, default="constant"
        Schedule of the learning rate. ``"one_cycle"`` [1]_ increases it during the
        first 30 % of all `epochs` and then decreases it, which suits short runs of
        known length. It sets the rate in every step, regardless of callbacks.
    ema_momentum : float or None, default=0.999
        Momentum of the exponential moving average of the weights [2]_. The averaged
        weights are used for validation and prediction. None disables averaging.
    augment : {"light", "strong"}, dict of str to float or None, default=None
        Random distortions of the training images, different in every epoch. A dict has
        their ranges: ``{"rotation": 10, "translation": 0.05}``. The user guide lists
        all of them.
    epochs : int, default=30
        Maximum number of epochs.
    batch_size : int, default=200
        Number of images per step of the optimizer.
    validation_split : float, default=0.1
        Fraction of the images that `fit` holds out for validation, stratified by class.
        They are never trained on. 0 holds out none, which disables early stopping.
    patience : int or None, default=10
        Number of epochs without a smaller ``val_loss`` after which training stops. None
        disables early stopping. In any case the weights of the best epoch are restored,
        which without validation images is the last one.
    checkpoint : str, path-like or None, default=None
        Where to write the best epoch so far: a folder, or the path of a ``.keras`` file
        with fields such as ``"models/{epoch:02d}-{val_loss:.4f}.keras"``, which is also
        how files in a folder are named. Files of other fits are never overwritten.
        `load_model` loads them.
    resume : bool, default=False
        Whether to go on with a fit that was killed or interrupted, from the resume file
        that every fit with a `checkpoint` keeps beside its checkpoints. The data and
        the parameters must be the same; the result is that of a fit that was not
        interrupted. Without a resume file, as after a fit that has ended, training
        starts from the beginning.
    class_weight : dict, "balanced" or None, default=None
        Weight of each class, by label, in the training and the validation loss.
        ``"balanced"`` gives all classes the same total weight.
    warm_start : bool, default=False
        Whether `fit` continues from the weights of the previous fit. Layers of `model_`
        that were frozen (``trainable=False``) stay frozen.
    callbacks : keras.callbacks.Callback, list or dict of them, default=None
        Keras callbacks: instances, which are not copied, or classes, to which
        ``callbacks__<name>`` passes arguments. ``self.model`` has the current weights,
        at the end of an epoch the averaged ones, and training continues with what a
        callback changes in it. Hooks for batches make training slower, with the same
        results.
    verbose : int, default=0
        1 shows a progress bar in a terminal or a notebook, and prints one line per
        epoch elsewhere. 2 always prints the lines.
    random_state : int, RandomState instance or None, default=None
        Random seed for the initial weights, the validation split, the order of the
        images and dropout. With an int, fits with the same number of threads have
        bit-identical weights. The global generators of NumPy and TensorFlow are neither
        used nor changed.
    **routed : dict
        Parameters with scikeras's prefixes: ``optimizer__``, ``loss__``,
        ``callbacks__`` and ``predict__batch_size``. The prefixes ``fit__``, ``model__``
        and ``compile__`` are accepted before any parameter of this list.

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The labels.
    n_features_in_ : int
        Number of pixels per image: height * width.
    feature_names_in_ : ndarray of shape (`n_features_in_`,)
        Names of the columns if `X` was a DataFrame with string column names.
    image_shape_ : tuple of (height, width)
        Shape of an image.
    pixel_range_ : tuple of (low, high)
        Range of pixel values seen in `fit`, which the network scales to [0, 1]. For
        centred features it is (-s, s), where s is their root mean square.
    model_ : keras.Model
        The trained network. It takes unscaled pixels, as passed to `fit`, of shape
        ``model_.input_shape``.
    history_ : dict of str to list of float
        ``loss``, ``accuracy``, ``val_loss`` and ``val_accuracy`` of each epoch, and
        numbers that callbacks added to its logs. NaN where an epoch has no value.
    n_iter_ : int
        Number of epochs run.
    best_epoch_ : int
        Number of the epoch, counted from 1, whose weights were restored.
    best_validation_loss_ : float or None
        ``val_loss`` of that epoch; None without validation images.
    checkpoint_path_ : Path or None
        Checkpoint of the best epoch.

    See Also
    --------
    CNNDigitClassifier : Convolutional network; more accurate, slower to train.
    sklearn.neural_network.MLPClassifier : Dense network for any kind of features.

    References
    ----------
    .. [1] Smith, L. N. and Topin, N., "Super-convergence: very fast training of neural
       networks using large learning rates", 2019.
    .. [2] Polyak, B. T. and Juditsky, A. B., "Acceleration of stochastic approximation
       by averaging", SIAM Journal on Control and Optimization 30(4), 1992.
    .. [3] Loshchilov, I. and Hutter, F., "Decoupled weight decay regularization", 2019.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sklearn.model_selection import train_test_split
    >>> from digitclf import MLPDigitClassifier
    >>> X, y = load_digits(return_X_y=True)
    >>> X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    >>> clf = MLPDigitClassifier(random_state=0).fit(X_train, y_train)
    >>> clf.score(X_test, y_test) > 0.95
    True
    """

    def __init__(
        self,
        *,
        hidden_layer_sizes: Sequence[int] = (512,),
        dropout: float = 0.0,
        activation: str = "relu",
        optimizer: str | type | keras.optimizers.Optimizer = "adam",
        learning_rate: float = 3e-3,
        weight_decay: float = 0.1,
        schedule: str = "constant",
        ema_momentum: float | None = 0.999,
        augment: str | Mapping[str, float] | None = None,
        epochs: int = 30,
        batch_size: int = 200,
        validation_split: float = 0.1,
        patience: int | None = 10,
        checkpoint: str | os.PathLike[str] | None = None,
        resume: bool = False,
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
            augment=augment,
            epochs=epochs,
            batch_size=batch_size,
            validation_split=validation_split,
            patience=patience,
            checkpoint=checkpoint,
            resume=resume,
            class_weight=class_weight,
            warm_start=warm_start,
            callbacks=callbacks,
            verbose=verbose,
            random_state=random_state,
            **routed,
        )

    def _hidden_layers(self, settings: SimpleNamespace) -> list[Layer]:
        return dense_network(settings)
