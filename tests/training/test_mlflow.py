"""MLflow's callback logs a fit."""

import pytest
from support.classifiers import quick_mlp

mlflow = pytest.importorskip("mlflow", reason="MLflow is not installed")


def test_callback_of_mlflow_logs_every_epoch(handful, tmp_path):
    mlflow.set_tracking_uri(f"sqlite:///{tmp_path}/mlflow.db")
    with mlflow.start_run() as run:
        clf = quick_mlp(
            epochs=3, validation_split=0.1, callbacks=mlflow.keras.MlflowCallback()
        )
        clf.fit(*handful)

    client = mlflow.MlflowClient()
    logged = client.get_metric_history(run.info.run_id, "val_loss")
    assert [metric.value for metric in logged] == pytest.approx(
        clf.history_["val_loss"]
    )
