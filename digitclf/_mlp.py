"""The dense network and its hyperparameters."""

from __future__ import annotations

from typing import ClassVar

from keras import layers
from keras.initializers import GlorotUniform

from digitclf._base import BaseDigitClassifier
from digitclf._parameters import check_sizes


class MLPDigitClassifier(BaseDigitClassifier):
    def __init__(
        self,
        *,
        hidden_layer_sizes=(512,),
        dropout=0.0,
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

    def _hidden_layers(self, x, settings, seeds):
        sizes = check_sizes(settings.hidden_layer_sizes, "hidden_layer_sizes")
        for number, size in enumerate(sizes, start=1):
            x = layers.Dense(
                size,
                activation=settings.activation,
                kernel_initializer=GlorotUniform(seeds.next()),
                name=f"hidden_{number}",
            )(x)
            x = layers.Dropout(
                settings.dropout, seed=seeds.next(), name=f"hidden_dropout_{number}"
            )(x)
        return x
