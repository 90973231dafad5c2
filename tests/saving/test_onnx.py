"""Networks of fitted classifiers are exported to ONNX by Keras."""

import numpy as np
import pytest

pytest.importorskip("tf2onnx", reason="tf2onnx is not installed")
onnx = pytest.importorskip("onnx", reason="onnx is not installed")


def test_network_is_exported_right_after_the_fit(make, handful, tmp_path):
    X, y = handful
    clf = make().fit(X, y)

    clf.model_.export(tmp_path / "digits.onnx", format="onnx", verbose=False)

    exported = onnx.load(tmp_path / "digits.onnx")
    reference = onnx.reference.ReferenceEvaluator(exported)
    pixels = X.reshape(-1, *clf.model_.input_shape[1:]).astype(np.float32)
    (probabilities,) = reference.run(None, {exported.graph.input[0].name: pixels})
    np.testing.assert_allclose(probabilities, clf.predict_proba(X), atol=1e-5)
