"""Training in the app: one at a time, stopped with the best epoch, used at once."""

import json
import time

import numpy as np
import pytest
from starlette.testclient import TestClient
from support.png_files import as_png

from digitclf import load_model
from digitclf.app import _training_run, make_app
from digitclf.app._training_session import TrainingSession

SECONDS = 120
SMALL = {"network": "mlp", "n_images": 400, "epochs": 3, "patience": 3, "dropout": 0.1}
LONG = {"network": "cnn", "n_images": 400, "epochs": 100, "patience": 100}


@pytest.fixture(scope="module")
def client():
    with TestClient(make_app(), base_url="http://127.0.0.1:8000") as client:
        yield client


def wait(client, is_reached):
    """Ask for the progress until a condition holds; return all answers."""
    states, deadline = [], time.monotonic() + SECONDS
    while not states or not is_reached(states[-1]):
        assert time.monotonic() < deadline, states[-1]
        after = {"after": states[-1]["revision"]} if states else {}
        answer = client.get("/api/training", params=after)
        if answer.status_code == 204:
            time.sleep(0.02)
        else:
            states.append(answer.json())
    return states


def has_ended(state):
    return state["state"] in ("finished", "cancelled", "failed")


@pytest.fixture(scope="module")
def states(client):
    """Return the states of a small training, of which a client may miss some."""
    states, show = [], TrainingSession.show

    def recorded(session, **changes):
        show(session, **changes)
        states.append(session.state())

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TrainingSession, "show", recorded)
        assert client.post("/api/training", json=SMALL).status_code == 202
        answers = wait(client, has_ended)
    return [*states, answers[-1]]


def test_a_training_reports_each_epoch(states):
    final = states[-1]

    assert final["state"] == "finished", final
    assert final["settings"] == SMALL
    assert final["end"] == "epochs"
    losses = final["history"]["val_loss"]
    assert len(losses) == 3
    assert final["best_epoch"] == 1 + losses.index(min(losses))
    lengths = [len(state.get("history", {}).get("loss", ())) for state in states]
    assert {1, 2, 3} <= set(lengths)
    assert lengths == sorted(lengths)


def test_filters_and_test_errors_change_with_the_epochs(states):
    filters = {state["filters"]["levels"] for state in states if "filters" in state}
    errors = states[-1]["errors"]

    assert len(filters) == 3
    assert states[-1]["filters"]["shape"] == [32, 28, 28]
    assert errors["shape"][0] == min(24, errors["n_errors"])
    assert errors["n_tested"] == 1000
    pairs = zip(errors["digits"], errors["predicted"], strict=True)
    assert all(digit != predicted for digit, predicted in pairs)


def test_the_trained_model_is_used_for_drawings_and_can_be_saved(
    client, states, mnist_test, tmp_path
):
    model = client.get("/api/model").json()
    file = client.get("/api/model/file")
    (tmp_path / "saved.keras").write_bytes(file.content)
    clf = load_model(tmp_path / "saved.keras")
    images = mnist_test.images[:30]

    answers = [
        client.post("/api/predict", content=as_png(image)).json() for image in images
    ]

    assert model["origin"] == "trained"
    assert model["number"] == model["trained"] == states[-1]["model"]
    assert file.headers["content-disposition"] == (
        'attachment; filename="mlp-400-images.keras"'
    )
    assert {answer["model"] for answer in answers} == {model["number"]}
    unchanged = [place for place, answer in enumerate(answers) if not answer["steps"]]
    found = np.array(
        [
            [row["probability"] for row in answers[place]["probabilities"]]
            for place in unchanged
        ]
    )
    np.testing.assert_allclose(found, clf.predict_proba(images[unchanged]), atol=1e-5)
    accuracy = clf.score(mnist_test.images, mnist_test.target)
    assert states[-1]["test_accuracy"] == pytest.approx(accuracy, abs=2e-4)


def test_the_model_that_was_loaded_can_be_used_again(client, states):
    chosen = client.put("/api/model", json={"use": "loaded"}).json()
    back = client.put("/api/model", json={"use": "trained"}).json()

    assert (chosen["origin"], back["origin"]) == ("pretrained", "trained")


def test_a_second_training_is_refused_and_a_stop_keeps_the_best_epoch(client, states):
    assert client.post("/api/training", json=LONG).status_code == 202
    second = client.post("/api/training", json=SMALL)
    wait(client, lambda state: state.get("best_epoch"))

    stopping = client.delete("/api/training")
    final = wait(client, has_ended)[-1]

    assert second.status_code == 409
    assert second.json()["error"]["code"] == "already_training"
    assert stopping.json()["stopping"]
    assert (final["state"], final["end"]) == ("finished", "stopped")
    losses = final["history"]["val_loss"]
    assert len(losses) < LONG["epochs"]
    assert final["best_epoch"] == 1 + losses.index(min(losses))
    assert client.get("/api/model").json()["number"] == final["model"]


def test_a_training_that_is_stopped_before_its_first_epoch_leaves_the_model(client):
    before = client.get("/api/model").json()["number"]

    client.post("/api/training", json=LONG)
    client.delete("/api/training")
    final = wait(client, has_ended)[-1]

    assert final["state"] in ("cancelled", "finished")
    if final["state"] == "cancelled":
        assert client.get("/api/model").json()["number"] == before


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (ImportError("cannot import name 'x' from 'y' (/usr/lib/y.py)"), "import"),
        (MemoryError(), "memory"),
        (ValueError("/home/name/file is damaged"), "other"),
    ],
    ids=["import", "memory", "other"],
)
def test_a_failed_training_is_named_without_the_text_of_the_error(
    error, name, monkeypatch
):
    def fail(settings, progress):
        raise error

    monkeypatch.setattr(_training_run, "train", fail)
    with TestClient(make_app(), base_url="http://127.0.0.1:8000") as client:
        client.post("/api/training", json=SMALL)
        final = wait(client, has_ended)[-1]

    assert (final["state"], final["error"]) == ("failed", name)
    assert "/" not in json.dumps(final)
