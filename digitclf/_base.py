"""Base class of the digit classifiers: from X and y to predictions."""

from __future__ import annotations

import os
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Self

from digitclf._compiled.startup import keras

import numpy as np
from sklearn.callback import CallbackSupportMixin, with_callbacks
from sklearn.utils import check_scalar
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions
from sklearn.utils.multiclass import _check_partial_fit_first_call
from sklearn.utils.validation import check_is_fitted

from digitclf._architectures import whole_network
from digitclf._augmentation import NAMED
from digitclf._compiled.interruption import interruptible, raise_if_interrupted
from digitclf._compiled.optimizer import (
    copy_optimizer,
    optimizer_from_state,
    optimizer_to_state,
)
from digitclf._compiled.predictor import predict_probabilities
from digitclf._compiled.schedules import SCHEDULES
from digitclf._compiled.tensorflow_state import check_not_forked, check_tensorflow
from digitclf._data.labels import check_labels
from digitclf._epoch_tasks import EpochTasks
from digitclf._html import FittedSection
from digitclf._layers import Layer
from digitclf._network import (
    build_network,
    compile_network,
    network_from_state,
    network_to_state,
    update_optimizer,
)
from digitclf._parameters import check_predict_parameters, settings_in_force
from digitclf._predictions import PredictsDigits
from digitclf._scikeras import RoutedClassifier, routed_to
from digitclf._seeds import Seeds, child_seed, draw_seed
from digitclf._stored_fits import StoresFits
from digitclf._training.callbacks import make_callbacks, without_runtime_state
from digitclf._training.checkpoint import Checkpoint
from digitclf._training.epochs import Plan, Stream
from digitclf._training.fit import copy_weights, fit_network, same_values
from digitclf._training.windows import Source
from digitclf._training_data import distortion_of, encode, hold_out

WEIGHTS, SPLIT, EPOCHS = 0, 1, 2
"""Separate streams of random numbers under one `random_state`."""


class BaseDigitClassifier(
    StoresFits, PredictsDigits, CallbackSupportMixin, RoutedClassifier
):
    """Base class of the digit classifiers.

    It contains everything but the layers: a subclass declares its hyperparameters in
    ``__init__`` and ``_parameter_constraints`` and describes its layers in
    ``_hidden_layers``.
    """

    classes_: np.ndarray
    model_: keras.Model
    history_: dict[str, list[float]]
    n_iter_: int
    best_epoch_: int
    best_validation_loss_: float | None
    checkpoint_path_: Path | None

    _parameter_constraints: ClassVar[dict] = {
        "hidden_layer_sizes": [
            "array-like",
            Interval(Integral, 1, None, closed="left"),
        ],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "activation": [str],
        "optimizer": [str, type, HasMethods(["apply_gradients", "get_config"])],
        "learning_rate": [Interval(Real, 0, None, closed="neither")],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "schedule": [StrOptions(set(SCHEDULES))],
        "ema_momentum": [Interval(Real, 0, 1, closed="neither"), None],
        "augment": [StrOptions(set(NAMED)), Mapping, None],
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "validation_split": [Interval(Real, 0, 1, closed="left")],
        "patience": [Interval(Integral, 0, None, closed="left"), None],
        "checkpoint": [str, HasMethods("__fspath__"), None],
        "resume": ["boolean"],
        "class_weight": [dict, StrOptions({"balanced"}), None],
        "warm_start": ["boolean"],
        "callbacks": "no_validation",
        "verbose": ["verbose"],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        hidden_layer_sizes: Sequence[int],
        dropout: float,
        activation: str,
        optimizer: str | type | keras.optimizers.Optimizer,
        learning_rate: float,
        weight_decay: float,
        schedule: str,
        ema_momentum: float | None,
        augment: str | Mapping[str, float] | None,
        epochs: int,
        batch_size: int,
        validation_split: float,
        patience: int | None,
        checkpoint: str | os.PathLike[str] | None,
        resume: bool,
        class_weight: dict | str | None,
        warm_start: bool,
        callbacks: Any,
        verbose: int,
        random_state: int | np.random.RandomState | None,
        **routed: Any,
    ) -> None:
        self.hidden_layer_sizes = hidden_layer_sizes
        self.dropout = dropout
        self.activation = activation
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.schedule = schedule
        self.ema_momentum = ema_momentum
        self.augment = augment
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_split = validation_split
        self.patience = patience
        self.checkpoint = checkpoint
        self.resume = resume
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.verbose = verbose
        self.random_state = random_state
        super().__init__(**routed)

    def _settings(self) -> SimpleNamespace:
        """Return the validated parameters."""
        check_tensorflow()
        return settings_in_force(
            self.get_params(deep=False),
            self._parameter_constraints,
            type(self).__name__,
        )

    # Fitting

    @interruptible
    @with_callbacks
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> Self:
        """Fit the classifier to images and their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images of any numeric dtype and any range of pixel values. uint8 takes the
            least memory.
        y : array-like of shape (n_samples,)
            Labels of any dtype.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights, relative to each other: their scale has no effect.
            Images with weight 0 are left out.
        X_val : array-like, default=None
            Validation images, in the same form as `X`. They replace
            `validation_split`.
        y_val : array-like of shape (n_validation_samples,), default=None
            Labels of the validation images.
        sample_weight_val : array-like of shape (n_validation_samples,), default=None
            Weights of the validation images.

        Returns
        -------
        BaseDigitClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            If an argument or a parameter is invalid, if training diverges in the first
            epoch, or if a fit cannot be resumed with these data and parameters. The
            estimator then stays as it was before.
        OSError
            If no checkpoint can be written to the folder.

        Warns
        -----
        UserWarning
            If a later checkpoint cannot be written, or if training diverges after the
            first epoch. The fit ends with the best epoch all the same.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(epochs=3, random_state=0).fit(X, y)
        >>> clf.n_iter_, sorted(clf.history_)
        (3, ['accuracy', 'loss', 'val_accuracy', 'val_loss'])

        With separate validation images:

        >>> clf = clf.fit(X[:1500], y[:1500], X_val=X[1500:], y_val=y[1500:])
        """
        fitted = self._snapshot()
        fitted._fit(self, X, y, sample_weight, X_val, y_val, sample_weight_val)
        raise_if_interrupted()
        return self._take_fitted(fitted)

    def _fit(
        self,
        estimator: BaseDigitClassifier,
        X: Any,
        y: Any,
        sample_weight: Any,
        X_val: Any,
        y_val: Any,
        sample_weight_val: Any,
    ) -> None:
        """Fit this snapshot of an estimator, which callbacks of scikit-learn see."""
        settings = self._settings()
        tasks = EpochTasks.begin(estimator, settings.epochs, X, y, sample_weight)
        seed = draw_seed(settings.random_state)
        warm_starting = settings.warm_start and hasattr(self, "model_")
        pixels, labels = self._check_X_y(X, y, reset=not warm_starting)
        self._set_classes(labels, warm_starting)
        training, by_class, self.pixel_range_ = encode(
            pixels,
            labels,
            self.classes_,
            sample_weight,
            settings.class_weight,
            input_shape=self._input_shape(),
            pixel_range=self.pixel_range_ if warm_starting else None,
        )
        validation: Source | None
        if X_val is not None:
            pixels, labels = self._check_X_y(X_val, y_val, False, "X_val", "y_val")
            validation = encode(
                pixels,
                labels,
                self.classes_,
                sample_weight_val,
                input_shape=self._input_shape(),
                pixel_range=self.pixel_range_,
                by_class=by_class,
                suffix="_val",
            ).source
        elif y_val is not None or sample_weight_val is not None:
            raise ValueError("y_val or sample_weight_val was passed without X_val.")
        else:
            validation = None
        resume_file, saved = self._find_saved_run(
            settings, seed, training, validation, warm_starting
        )
        if saved:
            seed = saved.seed
        if validation is None:
            training, validation = hold_out(
                training, settings.validation_split, child_seed(seed, SPLIT)
            )
        network = self._new_network(settings, seed, warm_starting)
        checkpoint = self._make_checkpoint(
            settings, validation is not None, resume_file, saved
        )
        results = fit_network(
            network,
            training,
            validation,
            Plan(
                epochs=settings.epochs,
                batch_size=settings.batch_size,
                seed=child_seed(seed, EPOCHS),
                patience=settings.patience if validation is not None else None,
                first_epoch=self.n_iter_ if warm_starting else 0,
            ),
            schedule=settings.schedule,
            ema_momentum=settings.ema_momentum,
            distortion=distortion_of(
                settings.augment, self.image_shape_, self.n_features_in_
            ),
            pixel_range=self.pixel_range_,
            earlier_history=self.history_ if warm_starting else None,
            callbacks=[
                *make_callbacks(settings.callbacks, self.get_params(deep=False)),
                *tasks.as_callbacks(self),
            ],
            verbose=int(settings.verbose),
            on_best=partial(self._save_checkpoint, checkpoint, network)
            if checkpoint
            else None,
            resume_file=resume_file,
            saved=saved,
        )
        self._set_fitted(network, results, checkpoint)
        tasks.end(self)

    @interruptible
    def partial_fit(
        self,
        X: Any,
        y: Any,
        classes: Any = None,
        sample_weight: Any = None,
        *,
        total_steps: int | None = None,
        averaged: bool = False,
    ) -> Self:
        """Train for one epoch on some images, continuing from the current weights.

        Nothing is held out and no checkpoint is written, because more calls may follow.
        The optimizer keeps its state between calls, except in a classifier from
        `load_model`: model files contain no optimizer.

        Without the two options the learning rate is constant, and the weights are not
        averaged. A stream of batches that is trained with them passes them in every
        call; the first call without them ends it. The stream is pickled with the
        estimator, but not part of model files.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images. The first call learns the range of pixel values.
        y : array-like of shape (n_samples,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that will occur in any call. Required in the first call,
            optional in later ones.
        sample_weight : array-like of shape (n_samples,), default=None
            Non-negative weights, relative to each other within the call.
        total_steps : int, default=None
            Number of batches in all calls together, for the learning rate to follow
            `schedule`. A call with n images takes ``ceil(n / batch_size)`` of them.
        averaged : bool, default=False
            Whether predictions use the average of the weights over all calls, with
            `ema_momentum`. Training continues from the weights themselves.

        Returns
        -------
        BaseDigitClassifier
            The fitted estimator.

        Raises
        ------
        ValueError
            If an argument or a parameter is invalid.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0)
        >>> for start in range(0, 1500, 500):
        ...     batch = slice(start, start + 500)
        ...     clf = clf.partial_fit(X[batch], y[batch], classes=range(10))
        >>> clf.n_iter_
        3

        With a learning rate that rises and falls over the three calls, of three batches
        each, and averaged weights:

        >>> clf = MLPDigitClassifier(schedule="one_cycle", random_state=0)
        >>> for start in range(0, 1500, 500):
        ...     batch = slice(start, start + 500)
        ...     clf = clf.partial_fit(
        ...         X[batch], y[batch], range(10), total_steps=9, averaged=True
        ...     )
        """
        fitted = self._snapshot()
        fitted._partial_fit(X, y, classes, sample_weight, total_steps, averaged)
        return self._take_fitted(fitted)

    def _partial_fit(
        self,
        X: Any,
        y: Any,
        classes: Any,
        sample_weight: Any,
        total_steps: int | None,
        averaged: bool,
    ) -> None:
        settings = self._settings()
        if total_steps is not None:
            check_scalar(total_steps, "total_steps", Integral, min_val=1)
        if averaged and settings.ema_momentum is None:
            raise ValueError(
                "averaged=True averages the weights with ema_momentum, which is None. "
                "Set it to a number such as 0.999."
            )
        if settings.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit, because "
                "balanced weights depend on all of the data. Compute them with "
                "sklearn.utils.class_weight.compute_class_weight and pass them as a "
                "dict."
            )
        started = hasattr(self, "model_")
        pixels, labels = self._check_X_y(X, y, reset=not started)
        if classes is not None:
            classes = check_labels(classes, "classes")
        _check_partial_fit_first_call(self, classes)
        training, _, self.pixel_range_ = encode(
            pixels,
            labels,
            self.classes_,
            sample_weight,
            settings.class_weight,
            input_shape=self._input_shape(),
            pixel_range=self.pixel_range_ if started else None,
        )
        if started:
            network, history = self.model_, self.history_
            update_optimizer(network, settings, self.get_params())
        else:
            network = self._new_network(settings, draw_seed(settings.random_state))
            history = {}
        stream = self._continued_stream(network, total_steps, averaged)
        results = fit_network(
            network,
            training,
            None,
            Plan(
                epochs=1,
                batch_size=settings.batch_size,
                seed=draw_seed(settings.random_state),
                first_epoch=self.n_iter_ if started else 0,
                ends_with_best=False,
                stream=stream,
            ),
            schedule="constant" if total_steps is None else settings.schedule,
            ema_momentum=settings.ema_momentum if averaged else None,
            distortion=distortion_of(
                settings.augment, self.image_shape_, self.n_features_in_
            ),
            pixel_range=self.pixel_range_,
            earlier_history=history,
            callbacks=make_callbacks(settings.callbacks, self.get_params(deep=False)),
            verbose=int(settings.verbose),
        )
        self._set_fitted(network, results)

    def _continued_stream(
        self, network: keras.Model, total_steps: int | None, averaged: bool
    ) -> Stream | None:
        """Return where a call of `partial_fit` begins in a stream with options."""
        if total_steps is None and not averaged:
            return None
        stream = getattr(self, "_stream", Stream())
        state = stream.state if averaged else None
        if state and not same_values(network.trainable_variables, state["averages"]):
            state = None  # the network was changed since
        return Stream(averaged, total_steps, stream.steps, state)

    @interruptible
    def initialize(self, X: Any, y: Any) -> Self:
        """Build the network for some data without training it.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.
        y : array-like of shape (n_samples,)
            Labels.

        Returns
        -------
        BaseDigitClassifier
            The estimator, which predicts with its random initial weights.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0).initialize(X, y)
        >>> clf.n_iter_, clf.model_.count_params()
        (0, 38410)
        """
        fitted = self._snapshot()
        settings = fitted._settings()
        pixels, labels = fitted._check_X_y(X, y, reset=True)
        fitted._set_classes(labels)
        fitted.pixel_range_ = encode(
            pixels,
            labels,
            fitted.classes_,
            None,
            input_shape=fitted._input_shape(),
            pixel_range=None,
        ).pixel_range
        network = fitted._new_network(settings, draw_seed(settings.random_state))
        results = {
            "history_": {},
            "n_iter_": 0,
            "best_epoch_": 0,
            "best_validation_loss_": None,
        }
        fitted._set_fitted(network, results)
        raise_if_interrupted()
        return self._take_fitted(fitted)

    def _snapshot(self) -> Self:
        """Return a shallow copy: a state that no other thread changes.

        `fit` works on one, so that the estimator stays usable if the fit fails, and
        other threads can predict in the meantime.
        """
        snapshot = object.__new__(type(self))
        snapshot.__dict__ = self.__dict__.copy()
        return snapshot

    __copy__ = _snapshot

    def _take_fitted(self, fitted: Self) -> Self:
        """Replace the fitted attributes by those of a snapshot."""
        learnt = fitted._fitted_attributes()
        for name in self._fitted_attributes().keys() - learnt.keys():
            self.__dict__.pop(name, None)
        self.__dict__.update(learnt)
        return self

    def _fitted_attributes(self) -> dict[str, Any]:
        return {
            name: value
            for name, value in list(vars(self).items())
            if name == "_stream" or (name.endswith("_") and not name.startswith("_"))
        }

    def _set_classes(self, labels: np.ndarray, warm_starting: bool = False) -> None:
        classes = np.unique(labels)
        if warm_starting and not np.array_equal(classes, self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in "
                f"the previous call to fit. Previously got {self.classes_}, `y` "
                f"has {classes}."
            )
        self.classes_ = classes

    def _set_fitted(
        self,
        network: keras.Model,
        results: dict[str, Any],
        checkpoint: Checkpoint | None = None,
    ) -> None:
        self.model_ = network
        self.__dict__.pop("_stream", None)
        self.__dict__.update(results)
        self.checkpoint_path_ = checkpoint.path if checkpoint else None

    # The network

    def _new_network(
        self, settings: SimpleNamespace, seed: int, warm_starting: bool = False
    ) -> keras.Model:
        """Return a compiled network with random weights or those of the last fit."""
        network = self._build_network(settings, seed)
        if warm_starting:
            copy_weights(self.model_, network)
        compile_network(network, settings, self.get_params())
        return network

    def _build_network(self, settings: SimpleNamespace, seed: int) -> keras.Model:
        """Return a network with random weights."""
        return build_network(
            self._layers(settings),
            input_shape=self._input_shape(),
            seeds=Seeds(child_seed(seed, WEIGHTS)),
            name=type(self).__name__,
        )

    def _layers(self, settings: SimpleNamespace) -> list[Layer]:
        """Return all layers of the network."""
        return whole_network(
            self._hidden_layers(settings), self.pixel_range_, len(self.classes_)
        )

    @abstractmethod
    def _hidden_layers(self, settings: SimpleNamespace) -> list[Layer]:
        """Return the layers between the scaled pixels and the softmax layer."""

    # Prediction

    def _check_ready(self) -> None:
        check_is_fitted(self)
        check_tensorflow()

    def _compute(self, pixels: np.ndarray) -> np.ndarray:
        # Not `get_params`, which takes as long as the network for a single image.
        params = self._routed_params()
        check_predict_parameters(params, type(self).__name__)
        routed = routed_to("predict", params)
        probabilities = predict_probabilities(
            self.model_, self._as_network_input(pixels), routed.get("batch_size")
        )
        if len(self.classes_) == 1:  # the network has two outputs
            return np.ones_like(probabilities[:, :1])
        return probabilities

    # Copies and the representation in notebooks

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        state["callbacks"] = without_runtime_state(self.callbacks)
        if isinstance(self.optimizer, keras.optimizers.Optimizer):
            state["optimizer"] = optimizer_to_state(self.optimizer)
        if "model_" in state:
            check_not_forked()
            state["model_"] = network_to_state(self.model_)
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        if isinstance(state["optimizer"], dict):
            state["optimizer"] = optimizer_from_state(state["optimizer"])
        if "model_" in state:
            check_not_forked()
            state["model_"] = network_from_state(state["model_"])
        super().__setstate__(state)

    def __sklearn_clone__(self) -> Self:
        bare = self._snapshot()
        bare.callbacks = without_runtime_state(self.callbacks)
        if not isinstance(self.optimizer, keras.optimizers.Optimizer):
            return super(BaseDigitClassifier, bare).__sklearn_clone__()
        # scikeras's deepcopy of optimizers requires classes registered with Keras.
        bare.optimizer = "adam"
        clone = super(BaseDigitClassifier, bare).__sklearn_clone__()
        return clone.set_params(optimizer=copy_optimizer(self.optimizer))

    def _get_fitted_attr_html(self, doc_link: str = "") -> FittedSection:
        return FittedSection(self, super()._get_fitted_attr_html(doc_link))
