"""Networks of fitted classifiers are exported to ONNX by Keras."""

import numpy as np
import pytest

pytest.importorskip("tf2onnx", reason="tf2onnx is not installed")
reference = pytest.importorskip("onnx.reference", reason="onnx is not installed")


def test_network_is_exported_right_after_the_fit(make_quick, handful, tmp_path):
    X, y = handful
    clf = make_quick().fit(X, y)

    clf.model_.export(str(tmp_path / "digits.onnx"), format="onnx", verbose=False)

    exported = reference.ReferenceEvaluator(str(tmp_path / "digits.onnx"))
    pixels = X.reshape(-1, *clf.model_.input_shape[1:]).astype(np.float32)
    (probabilities,) = exported.run(None, {exported.input_names[0]: pixels})
    np.testing.assert_allclose(probabilities, clf.predict_proba(X), atol=1e-5)
