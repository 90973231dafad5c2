"""An estimator defined outside of the package: strides instead of pooling."""

from numbers import Integral

from sklearn.utils._param_validation import Interval

from digitclf._base import BaseDigitClassifier
from digitclf._layers import Convolution, Dropout, Flatten, hidden_dense_layers


class StridedDigitClassifier(BaseDigitClassifier):
    """Digit classifier with a strided convolution."""

    _parameter_constraints = BaseDigitClassifier._parameter_constraints | {
        "stride": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        *,
        stride=2,
        hidden_layer_sizes=(64,),
        dropout=0.25,
        activation="relu",
        optimizer="adam",
        learning_rate=1e-3,
        weight_decay=0.0,
        schedule="constant",
        ema_momentum=0.999,
        augment=None,
        epochs=30,
        batch_size=200,
        validation_split=0.1,
        patience=10,
        checkpoint=None,
        resume=False,
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
        self.stride = stride

    def _input_shape(self):
        return (*self.image_shape_, 1)

    def _hidden_layers(self, settings):
        return [
            Convolution("convolution", 16, 3, settings.activation, settings.stride),
            Dropout("dropout", settings.dropout),
            Flatten("flatten"),
            *hidden_dense_layers(
                settings.hidden_layer_sizes,
                activation=settings.activation,
                dropout=0.0,
            ),
        ]
