"""``POST /api/predict``: the digit in a picture, and what the network was shown."""

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient
from support.png_files import as_png, drawn

from digitclf import MLPDigitClassifier, load_predictor, save_model
from digitclf.app import make_app
from digitclf.preprocessing import DigitNormalizer


def predict(client, picture, **parameters):
    answer = client.post("/api/predict", content=picture, params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_the_answer_is_that_of_the_normalizer_and_the_predictor(client, mnist_test):
    picture = drawn(mnist_test.images[0])
    image = DigitNormalizer().transform([picture])
    probabilities = load_predictor().predict_proba(image)[0]

    answer = predict(client, picture)

    assert answer["digit"] == "7"
    assert np.ravel(answer["image"]).tolist() == image[0].tolist()
    assert [row["digit"] for row in answer["probabilities"]] == list("0123456789")
    given = [row["probability"] for row in answer["probabilities"]]
    np.testing.assert_allclose(given, probabilities, atol=1e-5)
    assert answer["probability"] == max(given)


def test_a_digit_below_the_minimum_probability_is_missing(client, mnist_test):
    picture = drawn(mnist_test.images[0])

    assert predict(client, picture, min_probability=1)["digit"] is None
    assert predict(client, picture, min_probability=0.9)["digit"] == "7"


def test_steps_tell_where_the_digit_was_and_how_wide_its_strokes_were(client):
    paper = np.full((200, 400), 255, dtype=np.uint8)
    paper[40:160, 100:103] = 0

    steps = predict(client, as_png(paper))["steps"]

    left, top, width, height = steps["box"]
    assert left * 400 == pytest.approx(100, abs=6)
    assert top * 200 == pytest.approx(40, abs=6)
    assert width * 400 < 15
    assert height * 200 == pytest.approx(120, abs=8)
    assert steps["stroke_after"] > steps["stroke_before"] > 0


def test_an_image_in_mnist_form_is_not_changed(client, mnist_test):
    answer = predict(client, as_png(mnist_test.images[0]))

    assert answer["steps"] is None
    assert answer["image"] == mnist_test.images[0].tolist()


def test_ink_can_be_stated(client):
    picture = np.full((100, 100), 40, dtype=np.uint8)
    picture[20:80, 45:55] = 220

    light = predict(client, as_png(picture), ink="light")
    refused = client.post("/api/predict?ink=dark", content=as_png(picture))

    assert light["digit"] == "1"
    assert refused.status_code == 422 or refused.json()["image"] != light["image"]


def test_feature_maps_have_a_common_scale_per_layer(client, mnist_test):
    maps = predict(client, drawn(mnist_test.images[0]), feature_maps=1)["feature_maps"]

    assert [layer["layer"] for layer in maps] == [
        *("convolution_1_1", "convolution_1_2", "pooling_1"),
        *("convolution_2_1", "convolution_2_2", "pooling_2"),
    ]
    assert maps[0]["shape"] == [48, 26, 26]
    assert all(layer["low"] == 0 < layer["high"] for layer in maps)


def test_feature_maps_are_only_computed_if_they_are_wanted(client, mnist_test):
    assert "feature_maps" not in predict(client, drawn(mnist_test.images[0]))


def test_kernels_belong_to_the_layers_of_the_model(client):
    model = client.get("/api/model").json()

    answer = client.get("/api/model/kernels").json()

    assert answer["model"] == model["number"]
    assert answer["kernels"].keys() == {
        *("convolution_1_1", "convolution_1_2"),
        *("convolution_2_1", "convolution_2_2"),
    }
    assert answer["kernels"]["convolution_2_1"]["shape"] == [3, 3, 48, 96]


def test_an_example_is_a_labelled_test_image(client, mnist_test):
    example = client.get("/api/example").json()

    assert example["image"] == mnist_test.images[example["number"]].tolist()
    assert example["digit"] == str(mnist_test.target[example["number"]])


@pytest.fixture(scope="module")
def model_of_fractions(mnist, tmp_path_factory):
    """Return a model file of a classifier of letters for pixels from 0 to 1."""
    labels = np.array(list("abcdefghij"))[mnist.y_train]
    clf = MLPDigitClassifier(hidden_layer_sizes=(64,), epochs=15, random_state=0)
    path = tmp_path_factory.mktemp("models") / "letters.keras"
    save_model(clf.fit(mnist.X_train / 255, labels), path)
    return path


def test_another_model_gets_pixels_in_its_range(model_of_fractions, mnist):
    predictor = load_predictor(model_of_fractions)
    client = TestClient(make_app(predictor), base_url="http://localhost")
    images = mnist.X_test[:20].reshape(-1, 28, 28)
    pictures = [drawn(image) for image in images]
    expected = predictor.predict(DigitNormalizer().transform(pictures) / 255)

    found = [
        predict(client, picture, min_probability=0)["digit"] for picture in pictures
    ]

    assert found == expected.tolist()


def test_a_dense_network_has_no_feature_maps(model_of_fractions, mnist):
    client = TestClient(
        make_app(load_predictor(model_of_fractions)), base_url="http://localhost"
    )

    picture = as_png(mnist.X_test[0].reshape(28, 28))

    assert predict(client, picture, feature_maps=1)["feature_maps"] == []


def test_a_model_for_images_of_another_size_is_refused(fitted_mlp, tmp_path):
    save_model(fitted_mlp, tmp_path / "small.keras")

    with pytest.raises(ValueError, match="8 x 8 pixels"):
        make_app(load_predictor(tmp_path / "small.keras"))


def test_photos_are_turned_as_their_exif_data_says(client, mnist_test, tmp_path):
    photo = Image.fromarray(255 - mnist_test.images[0]).resize((300, 300))
    exif = Image.Exif()
    exif[274] = 6  # to be turned clockwise
    photo.rotate(90).save(tmp_path / "photo.jpg", exif=exif)

    assert predict(client, (tmp_path / "photo.jpg").read_bytes())["digit"] == "7"
