"""What all digit classifiers share: scikit-learn's contract, from X to predictions."""

from __future__ import annotations

import math
import os
from abc import abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from numbers import Integral, Real
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import keras
import numpy as np
import tensorflow as tf
from scikeras.wrappers import KerasClassifier
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import Tags
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    StrOptions,
)
from sklearn.utils.validation import check_is_fitted

from digitclf._compiled.predictor import predict_probabilities
from digitclf._compiled.program import Images, Selection
from digitclf._compiled.program_cache import PROGRAMS
from digitclf._compiled.schedules import SCHEDULES
from digitclf._compiled.threads import limit_threads_in_worker
from digitclf._data.check_input import ReadsDigits
from digitclf._data.images import learn_pixel_range, scaling_of
from digitclf._data.labels import check_labels, encode_labels
from digitclf._data.split import split_off_validation
from digitclf._data.weights import check_sample_weight, weigh_classes, weigh_samples
from digitclf._html import FittedSection
from digitclf._model_file.archive import write_model_file
from digitclf._model_file.description import describe
from digitclf._parameters import (
    DTYPE,
    check_predict_parameters,
    has_own_schedule,
    is_routed,
    make_loss,
    make_optimizer,
    routed_to,
    settings_in_force,
)
from digitclf._scikeras import ScikitLearnContract
from digitclf._seeds import Seeds, child_seed, draw_seed
from digitclf._training.callbacks import make_callbacks
from digitclf._training.checkpoint import Checkpoint
from digitclf._training.epochs import Outcome, Plan, run_epochs
from digitclf._training.progress import showing_epochs

limit_threads_in_worker()  # before anything starts TensorFlow

WEIGHTS, SPLIT, EPOCHS = 0, 1, 2
"""Separate streams of random numbers under one `random_state`."""


class BaseDigitClassifier(ReadsDigits, KerasClassifier, metaclass=ScikitLearnContract):
    """Base class of the digit classifiers.

    It holds everything but the network: a subclass declares its hyperparameters in
    ``__init__`` and ``_parameter_constraints`` and builds its layers in
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
        "epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
        "validation_split": [Interval(Real, 0, 1, closed="left")],
        "patience": [Interval(Integral, 0, None, closed="left"), None],
        "checkpoint": [str, HasMethods("__fspath__"), None],
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
        epochs: int,
        batch_size: int,
        validation_split: float,
        patience: int | None,
        checkpoint: str | os.PathLike[str] | None,
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
        self.epochs = epochs
        self.batch_size = batch_size
        self.validation_split = validation_split
        self.patience = patience
        self.checkpoint = checkpoint
        self.class_weight = class_weight
        self.warm_start = warm_start
        self.callbacks = callbacks
        self.verbose = verbose
        self.random_state = random_state
        for name in routed:
            if not is_routed(name):
                raise TypeError(
                    f"{type(self).__name__}.__init__() got an unexpected keyword "
                    f"argument {name!r}"
                )
        self.__dict__.update(routed)

    # Parameters, as scikit-learn has them and with scikeras's routed ones.

    @classmethod
    def _get_param_names(cls) -> list[str]:
        return BaseEstimator._get_param_names.__func__(cls)

    __repr__ = BaseEstimator.__repr__

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters of this estimator, routed ones that were set included.

        Parameters
        ----------
        deep : bool, default=True
            Whether parameters of parameters that are estimators are included.

        Returns
        -------
        dict
            Names and values.

        Examples
        --------
        >>> from digitclf import MLPDigitClassifier
        >>> clf = MLPDigitClassifier(optimizer__beta_1=0.8)
        >>> clf.get_params()["optimizer__beta_1"]
        0.8
        """
        return BaseEstimator.get_params(self, deep=deep) | self._routed_params()

    def _routed_params(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if is_routed(name)}

    def set_params(self, **params: Any) -> BaseDigitClassifier:
        """Set parameters of this estimator, routed ones included.

        Parameters
        ----------
        **params : dict
            Names and values; ``optimizer__learning_rate=0.01`` for example is passed on
            to the optimizer.

        Returns
        -------
        BaseDigitClassifier
            This estimator.

        Raises
        ------
        ValueError
            If there is no such parameter.

        Examples
        --------
        >>> from digitclf import MLPDigitClassifier
        >>> MLPDigitClassifier().set_params(dropout=0.2)
        MLPDigitClassifier(dropout=0.2)
        """
        routed = {name: params[name] for name in params if is_routed(name)}
        BaseEstimator.set_params(
            self, **{name: params[name] for name in params if name not in routed}
        )
        self.__dict__.update(routed)
        return self

    @property
    def current_epoch(self) -> int:
        """Epochs that the network has been trained for."""
        return getattr(self, "n_iter_", 0)

    def _settings(self) -> SimpleNamespace:
        """Return the parameters in force, after checking each."""
        return settings_in_force(
            self.get_params(deep=False),
            self._parameter_constraints,
            type(self).__name__,
        )

    # Fitting

    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> BaseDigitClassifier:
        """Fit the classifier to images and their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images of any numeric dtype and any range of pixel values. uint8 saves
            memory.
        y : array-like of shape (n_samples,)
            Labels of any dtype.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each image counts, none less than 0. Images of weight 0 are left
            out.
        X_val : array-like, default=None
            Images to validate on in the place of `validation_split`.
        y_val : array-like of shape (n_validation_samples,), default=None
            Their labels.
        sample_weight_val : array-like of shape (n_validation_samples,), default=None
            Their weights.

        Returns
        -------
        BaseDigitClassifier
            This estimator.

        Raises
        ------
        ValueError
            If an argument or a parameter is not what is described, or if training
            diverges. An earlier fit of this estimator stays usable.
        OSError
            If the checkpoint folder cannot be written to.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(epochs=3, random_state=0).fit(X, y)
        >>> clf.n_iter_, sorted(clf.history_)
        (3, ['accuracy', 'loss', 'val_accuracy', 'val_loss'])

        With validation images of one's own:

        >>> clf = clf.fit(X[:1500], y[:1500], X_val=X[1500:], y_val=y[1500:])
        """
        with self._draft() as draft:
            draft._fit(X, y, sample_weight, X_val, y_val, sample_weight_val)
        return self

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        X_val: Any,
        y_val: Any,
        sample_weight_val: Any,
    ) -> None:
        settings = self._settings()
        seed = draw_seed(settings.random_state)
        again = settings.warm_start and hasattr(self, "model_")
        pixels, labels = self._read(X, y, reset=not again)
        classes = np.unique(labels)
        if again and not np.array_equal(classes, self.classes_):
            raise ValueError(
                "warm_start can only be used where `y` has the same classes as in "
                f"the previous call to fit. Previously got {self.classes_}, `y` "
                f"has {classes}."
            )
        self.classes_ = classes
        codes = encode_labels(labels, classes)
        weights = check_sample_weight(sample_weight, codes)
        by_class = weigh_classes(settings.class_weight, classes, codes, weights)
        weights = weigh_samples(weights, by_class, codes, "sample_weight")
        if not again:
            self.pixel_range_ = learn_pixel_range(pixels, weights)
        images = self._images(pixels, codes, weights)
        if X_val is None:
            if y_val is not None or sample_weight_val is not None:
                raise ValueError("y_val or sample_weight_val was passed without X_val.")
            training, validation = _split(images, codes, settings, seed)
        else:
            training = Selection(images, np.flatnonzero(weights))
            validation = self._read_validation(
                X_val, y_val, sample_weight_val, by_class
            )
        self._train(settings, seed, training, validation, again)

    def partial_fit(
        self, X: Any, y: Any, classes: Any = None, sample_weight: Any = None
    ) -> BaseDigitClassifier:
        """Train for one pass over some images, going on from where training stands.

        Nothing is held out, the learning rate is constant, the weights are not averaged
        and no checkpoint is written: there is no telling whether another call will
        come. The optimizer is the one of the call before; after `load_model`, whose
        files hold none, it is a fresh one.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images. The first call learns the range of the pixels.
        y : array-like of shape (n_samples,)
            Labels.
        classes : array-like of shape (n_classes,), default=None
            All labels that any call will have. Needed at the first call, may be left
            out in the later ones.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each image counts, none less than 0.

        Returns
        -------
        BaseDigitClassifier
            This estimator.

        Raises
        ------
        ValueError
            If an argument or a parameter is not what is described.

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
        """
        with self._draft() as draft:
            draft._partial_fit(X, y, classes, sample_weight)
        return self

    def _partial_fit(self, X: Any, y: Any, classes: Any, sample_weight: Any) -> None:
        settings = self._settings()
        if settings.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit: what is "
                "balanced shows in all data only. Compute the weights with "
                "sklearn.utils.class_weight.compute_class_weight and pass them as a "
                "dict."
            )
        started = hasattr(self, "model_")
        pixels, labels = self._read(X, y, reset=not started)
        self._set_classes_once(classes, started)
        codes = encode_labels(labels, self.classes_)
        weights = check_sample_weight(sample_weight, codes)
        by_class = weigh_classes(settings.class_weight, self.classes_, codes, weights)
        weights = weigh_samples(weights, by_class, codes, "sample_weight")
        if not started:
            self.pixel_range_ = learn_pixel_range(pixels, weights)
        images = self._images(pixels, codes, weights)
        self._train_once_more(settings, Selection(images, np.flatnonzero(weights)))

    def initialize(self, X: Any, y: Any) -> BaseDigitClassifier:
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
            This estimator, which predicts with its random weights.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0).initialize(X, y)
        >>> clf.n_iter_, clf.model_.count_params()
        (0, 38410)
        """
        with self._draft() as draft:
            settings = draft._settings()
            pixels, labels = draft._read(X, y, reset=True)
            draft.classes_ = np.unique(labels)
            draft.pixel_range_ = learn_pixel_range(pixels)
            network = draft._new_network(settings, draw_seed(settings.random_state))
            draft._publish(network, _results(Outcome({}, 0, None), {}), None)
        return self

    @contextmanager
    def _draft(self) -> Iterator[BaseDigitClassifier]:
        """Lend a copy to be fitted, whose attributes this estimator takes at the end.

        A fit that fails has changed nothing, and until one ends, other threads see what
        was fitted before. What was set on this estimator in the meantime stays.
        """
        draft = self._as_of_now()
        before = vars(draft).copy()
        yield draft
        after = vars(draft)
        for name in before.keys() - after.keys():
            self.__dict__.pop(name, None)
        self.__dict__.update(
            {
                name: value
                for name, value in after.items()
                if name not in before or value is not before[name]
            }
        )

    def _as_of_now(self) -> BaseDigitClassifier:
        """Return a copy of what another thread may replace in the meantime."""
        copy = object.__new__(type(self))
        copy.__dict__ = self.__dict__.copy()
        return copy

    def _set_classes_once(self, classes: Any, started: bool) -> None:
        if classes is None:
            if not started:
                raise ValueError(
                    "classes must be passed on the first call to partial_fit."
                )
            return
        classes = np.unique(check_labels(classes, "classes"))
        if started and not np.array_equal(classes, self.classes_):
            raise ValueError(
                f"classes={classes} is not the same as on the first call to "
                f"partial_fit, which had {self.classes_}."
            )
        self.classes_ = classes

    def _images(
        self,
        pixels: np.ndarray,
        codes: np.ndarray,
        weights: np.ndarray,
    ) -> Images:
        """Return images, labels and weights as the training program reads them."""
        return Images(
            tf.convert_to_tensor(self._as_network_input(pixels)),
            tf.convert_to_tensor(codes),
            tf.convert_to_tensor(weights),
        )

    def _read_validation(
        self, X_val: Any, y_val: Any, sample_weight_val: Any, by_class: np.ndarray
    ) -> Selection:
        if y_val is None:
            raise ValueError("X_val was passed without y_val: both are needed.")
        pixels, labels = self._read(X_val, y_val, False, "X_val", "y_val")
        codes = encode_labels(labels, self.classes_, "y_val")
        name = "sample_weight_val"
        weights = check_sample_weight(sample_weight_val, codes, name)
        weights = weigh_samples(weights, by_class, codes, name)
        return Selection(self._images(pixels, codes, weights), np.flatnonzero(weights))

    def _train(
        self,
        settings: SimpleNamespace,
        seed: int,
        training: Selection,
        validation: Selection | None,
        again: bool,
    ) -> None:
        network = self._new_network(settings, seed)
        if again:
            _copy_weights(self.model_, network)
        checkpoint = self._make_checkpoint(settings, validated=validation is not None)
        before = self.history_ if again else {}

        def save(
            checkpoint: Checkpoint, outcome: Outcome, logs: dict[str, float]
        ) -> None:
            so_far = _results(outcome, before)
            description = describe(self, vars(self) | so_far)
            checkpoint.save(
                {"epoch": outcome.best_epoch} | logs,
                lambda path, overwrite: write_model_file(
                    path, network, description, overwrite=overwrite
                ),
            )

        momentum = settings.ema_momentum
        with (
            self._callbacks_of(settings) as callbacks,
            PROGRAMS.lend(
                network, schedule=settings.schedule, averaged=momentum is not None
            ) as program,
        ):
            program.load(network, momentum)
            outcome = run_epochs(
                program,
                network,
                training,
                validation,
                Plan(
                    epochs=settings.epochs,
                    batch_size=settings.batch_size,
                    seed=child_seed(seed, EPOCHS),
                    patience=settings.patience if validation is not None else None,
                    first_epoch=self.n_iter_ if again else 0,
                ),
                callbacks=callbacks,
                on_best=partial(save, checkpoint) if checkpoint else None,
            )
        self._publish(network, _results(outcome, before), checkpoint)

    def _train_once_more(self, settings: SimpleNamespace, training: Selection) -> None:
        """Train one epoch on the network as it stands, keeping its optimizer."""
        if hasattr(self, "model_"):
            network, history, epoch = self.model_, self.history_, self.n_iter_
        else:
            network = self._new_network(settings, draw_seed(settings.random_state))
            history, epoch = {}, 0
        if not network.compiled:
            self._compile(network, settings)
        elif not has_own_schedule(network.optimizer):
            rate = make_optimizer(settings, self.get_params()).learning_rate
            network.optimizer.learning_rate = float(rate)
        before = [each.numpy() for each in _variables(network)]
        try:
            with (
                self._callbacks_of(settings) as callbacks,
                PROGRAMS.lend(network, schedule="constant", averaged=False) as program,
            ):
                program.load(network)
                outcome = run_epochs(
                    program,
                    network,
                    training,
                    None,
                    Plan(
                        epochs=1,
                        batch_size=settings.batch_size,
                        seed=draw_seed(settings.random_state),
                        first_epoch=epoch,
                        ends_with_best=False,
                    ),
                    callbacks=callbacks,
                )
        except BaseException:
            for variable, value in zip(_variables(network), before, strict=True):
                variable.assign(value)
            raise
        self._publish(network, _results(outcome, history), None)

    @contextmanager
    def _callbacks_of(
        self, settings: SimpleNamespace
    ) -> Iterator[list[keras.callbacks.Callback]]:
        """Yield the user's callbacks and those that show how far training is."""
        callbacks = make_callbacks(settings.callbacks, self.get_params(deep=False))
        with showing_epochs(int(settings.verbose)) as shown:
            yield callbacks + shown

    def _make_checkpoint(
        self, settings: SimpleNamespace, validated: bool
    ) -> Checkpoint | None:
        if settings.checkpoint is None:
            return None
        measured = ["loss", "accuracy"]
        if validated:
            measured += ["val_loss", "val_accuracy"]
        return Checkpoint(settings.checkpoint, measured)

    def _publish(
        self,
        network: keras.Model,
        results: dict[str, Any],
        checkpoint: Checkpoint | None,
    ) -> None:
        self.model_ = network
        self.__dict__.update(results)
        self.checkpoint_path_ = checkpoint.path if checkpoint else None

    # The network

    def _new_network(self, settings: SimpleNamespace, seed: int) -> keras.Model:
        network = self._build_network(settings, seed)
        self._compile(network, settings)
        return network

    def _compile(self, network: keras.Model, settings: SimpleNamespace) -> None:
        params = self.get_params()
        network.compile(
            make_optimizer(settings, params), make_loss(params), metrics=["accuracy"]
        )

    def _build_network(self, settings: SimpleNamespace, seed: int) -> keras.Model:
        """Return scaling, the layers of the subclass, and a softmax over the classes.

        A single class has a second output that never is right: a softmax needs two.
        """
        seeds = Seeds(child_seed(seed, WEIGHTS))
        scale, offset = scaling_of(self.pixel_range_)
        inputs = keras.Input(self._input_shape(), dtype=DTYPE, name="pixels")
        x = keras.layers.Rescaling(scale, offset, dtype=DTYPE, name="scaling")(inputs)
        x = self._hidden_layers(x, settings, seeds)
        outputs = keras.layers.Dense(
            max(2, len(self.classes_)),
            activation="softmax",
            kernel_initializer=keras.initializers.GlorotUniform(seeds.next()),
            dtype=DTYPE,
            name="probabilities",
        )(x)
        network = keras.Model(inputs, outputs, name=type(self).__name__)
        network.dtype_policy = DTYPE
        return network

    @abstractmethod
    def _hidden_layers(
        self, x: keras.KerasTensor, settings: SimpleNamespace, seeds: Seeds
    ) -> keras.KerasTensor:
        """Return what the softmax over the classes gets, given the scaled pixels."""

    # Prediction

    def predict_proba(self, X: Any) -> np.ndarray:
        """Predict the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images of the shape and the range of pixel values seen in `fit`.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
            Columns in the order of `classes_`.

        Raises
        ------
        NotFittedError
            If the classifier is not fitted yet.
        ValueError
            If `X` is not what is described.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(epochs=3, random_state=0).fit(X, y)
        >>> clf.predict_proba(X[:5]).shape
        (5, 10)
        """
        check_is_fitted(self)
        fitted = self._as_of_now()
        pixels = fitted._read_images(X, reset=False)
        # Not `get_params`, which takes as long as the network for a single image.
        params = fitted._routed_params()
        check_predict_parameters(params, type(self).__name__)
        routed = routed_to("predict", params)
        probabilities = predict_probabilities(
            fitted.model_, fitted._as_network_input(pixels), routed.get("batch_size")
        )
        return (
            np.ones_like(probabilities[:, :1])
            if len(fitted.classes_) == 1
            else probabilities
        )

    def predict_log_proba(self, X: Any) -> np.ndarray:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), float32
            The logarithm of `predict_proba`.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(epochs=3, random_state=0).fit(X, y)
        >>> bool((clf.predict_log_proba(X[:5]) <= 0).all())
        True
        """
        with np.errstate(divide="ignore"):
            return np.log(self.predict_proba(X))

    def predict(self, X: Any) -> np.ndarray:
        """Predict the label of each image.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels of the dtype seen in `fit`.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0).fit(X, y)
        >>> clf.predict(X[:5])
        array([0, 1, 2, 3, 4])
        """
        fitted = self._as_of_now()
        best = fitted.predict_proba(X).argmax(axis=1)
        return fitted.classes_[best]

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:
        """Return the accuracy on images and their labels.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width), \
                (n_samples, height, width) or (n_samples, height, width, 1)
            Images.
        y : array-like of shape (n_samples,)
            True labels.
        sample_weight : array-like of shape (n_samples,), default=None
            How much each image counts.

        Returns
        -------
        float
            Share of images whose label is predicted.

        Examples
        --------
        >>> from sklearn.datasets import load_digits
        >>> from digitclf import MLPDigitClassifier
        >>> X, y = load_digits(return_X_y=True)
        >>> clf = MLPDigitClassifier(random_state=0).fit(X[:1500], y[:1500])
        >>> clf.score(X[1500:], y[1500:]) > 0.9
        True
        """
        return ClassifierMixin.score(self, X, y, sample_weight=sample_weight)

    # Tags, copies and what a notebook shows

    def _get_fitted_attr_html(self, doc_link: str = "") -> FittedSection:
        return FittedSection(self, super()._get_fitted_attr_html(doc_link))

    def __sklearn_tags__(self) -> Tags:
        tags = ClassifierMixin.__sklearn_tags__(self)
        tags.input_tags.three_d_array = True
        return tags

    def __dir__(self) -> list[str]:
        # scikeras's flag is no fitted attribute, although it is named like one.
        return [name for name in super().__dir__() if name != "initialized_"]


def _split(
    images: Images, codes: np.ndarray, settings: SimpleNamespace, seed: int
) -> tuple[Selection, Selection | None]:
    """Split the images that count into those to train on and those to validate on."""
    counting = np.flatnonzero(images.weights)
    training, held_out = split_off_validation(
        codes[counting], settings.validation_split, child_seed(seed, SPLIT)
    )
    validation = Selection(images, counting[held_out]) if len(held_out) else None
    return Selection(images, counting[training]), validation


def _variables(network: keras.Model) -> list[keras.Variable]:
    """Return all that training moves."""
    optimizer = network.optimizer
    if not optimizer.built:
        optimizer.build(network.trainable_variables)
    return network.variables + optimizer.variables


def _copy_weights(source: keras.Model, target: keras.Model) -> None:
    try:
        target.set_weights(source.get_weights())
    except ValueError as error:
        raise ValueError(
            "warm_start=True goes on with the network of the previous fit, but the "
            "parameters now describe another one. Set them back, or warm_start=False."
        ) from error


def _results(
    outcome: Outcome, earlier_history: dict[str, list[float]]
) -> dict[str, Any]:
    """Return the fitted attributes that tell how training went.

    What an epoch did not measure is NaN in the history: all lists are of one length.
    """
    parts = [part for part in (earlier_history, outcome.history) if part]
    unmeasured = [[math.nan] * len(part["loss"]) for part in parts]
    history = {
        name: [
            value
            for part, nans in zip(parts, unmeasured, strict=True)
            for value in part.get(name, nans)
        ]
        for name in earlier_history | outcome.history
    }
    return {
        "history_": history,
        "n_iter_": len(history.get("loss", ())),
        "best_epoch_": outcome.best_epoch,
        "best_validation_loss_": outcome.best_validation_loss,
    }
