"""`ReadingStepsDisplay`: the steps of reading a page, their boxes, lines and digits."""

import sys

import matplotlib.pyplot as plt
import numpy as np
import pytest
from PIL import Image
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression
from support.page_writer import PageWriter

from digitclf.plotting import ReadingStepsDisplay
from digitclf.reading import read_digits

STEPS = ["page", "ink", "candidates", "lines", "digits"]


@pytest.fixture(scope="module")
def page(mnist_test):
    """Return a ruled page with two lines of digits."""
    write = PageWriter(mnist_test)
    return write(
        ["721", "0414"], ink=(30, 40, 110), paper=(250, 248, 240), side=84, ruled=72
    )


@pytest.fixture(scope="module")
def digits(page):
    return read_digits(page, min_probability=0)


def images_of(display):
    return [ax.images[0].get_array() for ax in display.axes_]


def test_every_step_has_a_panel(page):
    display = ReadingStepsDisplay.from_page(page)

    assert [ax.get_title() for ax in display.axes_] == STEPS
    assert display.axes_.shape == (5,)
    assert display.figure_ is display.axes_[0].figure


def test_the_first_panels_show_the_page_and_its_ink(page):
    display = ReadingStepsDisplay.from_page(page)

    shown, contrast, ink, *_ = map(np.asarray, images_of(display))
    np.testing.assert_array_equal(shown, page)
    paper = page[..., 0] > 200
    assert np.median(contrast[paper]) < 5
    assert contrast[~paper].mean() > 100
    assert np.mean(ink[paper] > 0) < 0.05


def test_candidates_and_digits_have_boxes(page, digits):
    display = ReadingStepsDisplay.from_page(page)

    assert len(display.axes_[2].patches) == len(display.candidates)
    drawn = {patch.get_bbox().bounds for patch in display.axes_[3].patches}
    boxes = digits[["left", "top", "width", "height"]].to_numpy()
    assert drawn == {tuple(box) for box in boxes.astype(float)}


def test_a_line_runs_through_the_digits_of_each_line(page, digits):
    display = ReadingStepsDisplay.from_page(page)

    drawn = display.axes_[3].lines
    centres = digits["left"] + digits["width"] / 2
    expected = centres.groupby(digits["line"]).agg(list).tolist()
    assert [list(line.get_xdata()) for line in drawn] == expected
    colours = [line.get_color() for line in drawn]
    assert len(set(colours)) == 2


def test_digits_are_drawn_line_by_line_with_their_labels(page, digits):
    display = ReadingStepsDisplay.from_page(page)

    last = display.axes_[4]
    assert [text.get_text() for text in last.texts] == list("7210414")
    rows = [round(text.get_position()[1]) for text in last.texts]
    assert len(set(rows[:3])) == len(set(rows[3:])) == 1
    assert rows[0] < rows[3]
    sheet = last.images[0].get_array()
    for text, image in zip(last.texts, digits["image"], strict=True):
        x, y = text.get_position()
        left, top = round(x - 14), round(y + 1)
        np.testing.assert_array_equal(sheet[top : top + 28, left : left + 28], image)


def test_a_long_line_of_digits_takes_several_rows(mnist_test):
    page = PageWriter(mnist_test)(["72104149590690159734"])

    display = ReadingStepsDisplay.from_page(page)

    assert set(display.lines) == {0}
    rows = {text.get_position()[1] for text in display.axes_[4].texts}
    assert len(rows) == 2


def test_doubtful_digits_are_question_marks_of_another_colour(page, digits):
    limit = digits["probability"].nsmallest(2).mean()

    display = ReadingStepsDisplay.from_page(page, min_probability=limit)

    texts = display.axes_[4].texts
    doubtful = digits["probability"] < limit
    assert [text.get_text() == "?" for text in texts] == doubtful.tolist()
    colours = {text.get_text() == "?": text.get_color() for text in texts}
    assert colours[True] != colours[False]


@pytest.mark.filterwarnings("ignore:lbfgs failed to converge")
def test_labels_are_those_of_the_classifier(page, mnist):
    labels = np.array([f"digit {label}" for label in mnist.y_train])
    clf = LogisticRegression(max_iter=30).fit(mnist.X_train, labels)

    display = ReadingStepsDisplay.from_page(page, clf, min_probability=0)

    assert set(display.labels) <= set(clf.classes_)


def test_a_page_without_digits_has_all_panels():
    with pytest.warns(UserWarning, match="No digits were found"):
        display = ReadingStepsDisplay.from_page(np.full((90, 200), 255, np.uint8))

    assert [len(ax.images) for ax in display.axes_] == [1] * 5
    assert display.axes_[4].get_xlabel() == "no digits"
    display.figure_.canvas.draw()


def test_a_file_is_read(page, digits, tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(page).save(path)

    display = ReadingStepsDisplay.from_page(path)

    assert display.labels == digits["digit"].astype(str).tolist()


def test_a_single_axes_is_divided_and_five_are_used_as_they_are(page):
    display = ReadingStepsDisplay.from_page(page, ax=plt.subplots()[1])
    figure, axes = plt.subplots(1, 5)

    display.plot(axes)

    assert display.figure_ is figure
    assert list(display.axes_) == list(axes)
    assert [ax.get_title() for ax in axes] == STEPS


@pytest.mark.parametrize(
    ("make_ax", "error", "message"),
    [
        (plt.figure, TypeError, "ax should be a matplotlib Axes"),
        (lambda: plt.subplots(1, 3)[1], ValueError, "panels, but ax has 3 Axes"),
    ],
    ids=["figure", "three"],
)
def test_invalid_axes_are_rejected(page, make_ax, error, message):
    with pytest.raises(error, match=message):
        ReadingStepsDisplay.from_page(page, ax=make_ax())


def test_other_classifiers_and_files_are_rejected(page, tmp_path):
    clf = DummyClassifier().fit(np.eye(5), range(5))
    with pytest.raises(ValueError, match="classifier expects 5 features"):
        ReadingStepsDisplay.from_page(page, clf)
    path = tmp_path / "notes.png"
    path.write_text("notes")
    with pytest.raises(ValueError, match=r"notes\.png' is not an image"):
        ReadingStepsDisplay.from_page(path)


def test_error_without_matplotlib_says_how_to_install_it(page, monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)

    with pytest.raises(ImportError, match=r'pip install "digitclf\[plot\]"'):
        ReadingStepsDisplay.from_page(page)
