"""Files of a fit: checkpoints, the resume file, and the content of model files."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain
from types import SimpleNamespace
from typing import Any

import keras
from sklearn import get_config

from digitclf._compiled.optimizer_json import optimizer_from_json, optimizer_to_json
from digitclf._layers import weights_of
from digitclf._model_file.archive import (
    NetworkContent,
    contains_history,
    write_model_file,
)
from digitclf._model_file.description import describe, read_description
from digitclf._network import network_to_content
from digitclf._parameters import check_storable
from digitclf._scikeras import RoutedClassifier, routed_to
from digitclf._training.checkpoint import Checkpoint, resume_path
from digitclf._training.fingerprint import Fingerprint
from digitclf._training.resume_file import ResumeFile
from digitclf._training.saved_run import SavedRun
from digitclf._training.windows import Source, is_blockwise


class StoresFits(RoutedClassifier):
    """Part of an estimator that writes the files of its fits."""

    def _find_saved_run(
        self,
        settings: SimpleNamespace,
        seed: int,
        training: Source,
        validation: Source | None,
        warm_starting: bool,
    ) -> tuple[ResumeFile | None, SavedRun | None]:
        """Return the resume file of a fit with checkpoints and the run to go on with.

        `training` contains the images that are held out, unless `validation` is given.
        """
        if settings.checkpoint is None:
            if settings.resume:
                raise ValueError(
                    "resume=True needs checkpoint, the folder or the file whose fit is "
                    "to be continued."
                )
            return None, None
        routed = self._routed_params()
        parameters = vars(settings) | {
            f"{prefix}__{name}": value
            for prefix in ("optimizer", "loss")
            for name, value in routed_to(prefix, routed).items()
        }
        if is_blockwise(training, validation):  # on which the order of images depends
            parameters["working_memory"] = get_config()["working_memory"]
        content = training.content()
        data: dict[str, Iterable[Any]] = {
            "X": chain(content.pixels, [self.image_shape_]),
            "y": [content.labels, repr(self.classes_.tolist())],
            "sample_weight": [content.weights],
        }
        if validation is not None:
            content = validation.content()
            data["X_val"] = content.pixels
            data["y_val"] = [content.labels]
            data["sample_weight_val"] = [content.weights]
        n_earlier = 0
        if warm_starting:
            n_earlier = self.n_iter_
            data["model_"] = [*self.model_.get_weights(), n_earlier]
        run = Fingerprint.of(type(self).__name__, parameters, seed, data)
        file = ResumeFile(resume_path(settings.checkpoint), run, seed, n_earlier)
        return file, file.read(settings.epochs) if settings.resume else None

    def _make_checkpoint(
        self,
        settings: SimpleNamespace,
        validated: bool,
        resume_file: ResumeFile | None,
        saved: SavedRun | None,
    ) -> Checkpoint | None:
        if resume_file is None:
            return None
        self._check_storable(settings)
        measured = ["loss", "accuracy"]
        if validated:
            measured += ["val_loss", "val_accuracy"]
        checkpoint = Checkpoint(settings.checkpoint, measured)
        if saved:
            checkpoint.resume(saved.checkpoints, saved.epochs, saved.first_epoch)
        resume_file.follow(checkpoint)
        return checkpoint

    def _save_checkpoint(
        self,
        checkpoint: Checkpoint,
        network: keras.Model,
        results: dict[str, Any],
        logs: dict[str, float],
    ) -> None:
        content = self._file_content(network, results)
        history = content[1]["fitted"]["history_"]
        checkpoint.save(
            {"epoch": results["best_epoch_"]} | logs,
            lambda path, overwrite: write_model_file(
                path, *content, overwrite=overwrite
            ),
            lambda path: contains_history(path, history),
        )

    def _check_storable(self, settings: SimpleNamespace) -> None:
        """Raise an error if a model file cannot contain this classifier.

        The description is read as `load_model` will read it.
        """
        check_storable(settings)
        list(weights_of(self._layers(settings), self._input_shape()))
        try:
            read_description(self._describe_for_prediction(), optimizer_from_json)
        except ValueError as error:
            raise ValueError(
                f"This classifier cannot be saved in a model file: {error}. Use "
                "joblib.dump, and no checkpoint."
            ) from error

    def _describe_for_prediction(self) -> dict[str, Any]:
        """Return the description of the classifier, without the history of a fit."""
        learnt = {"history_": {}, "n_iter_": 0, "best_epoch_": 0}
        learnt["best_validation_loss_"] = None
        return self._describe(vars(self) | learnt) | {"checksum": ""}

    def _describe(
        self, fitted: dict[str, Any], frozen: Iterable[str] = ()
    ) -> dict[str, Any]:
        return describe(
            type(self).__name__,
            self.get_params(deep=False),
            fitted,
            frozen=frozen,
            other=optimizer_to_json,
        )

    def _file_content(
        self, network: keras.Model, results: dict[str, Any]
    ) -> tuple[NetworkContent, dict[str, Any]]:
        """Return the network and the description that a model file contains."""
        layers = self._layers(self._settings())
        description = self._describe(
            vars(self) | results,
            [layer.name for layer in network.layers if not layer.trainable],
        )
        content = network_to_content(network, layers, self._input_shape())
        return content, description
