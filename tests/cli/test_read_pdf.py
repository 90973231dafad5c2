"""`digitclf read` with PDF documents: pages, their names, and unusable documents."""

import csv
import io
import json
import sys

import pytest
from PIL import Image
from support.command_line import run_without, single_line
from support.page_writer import PageWriter

FIRST_TEXT = "721\n0414\n99\n"
SECOND_TEXT = "069\n01\n"


@pytest.fixture(scope="module")
def pages(mnist_test):
    """Return two pages of digits as PIL images."""
    write = PageWriter(mnist_test)
    return [
        Image.fromarray(write(lines, side=112, gap=40))
        for lines in (["721", "0414", "99"], ["069", "01"])
    ]


@pytest.fixture
def document(pages, tmp_path):
    """Return the path of a document with two pages."""
    path = tmp_path / "marks.pdf"
    pages[0].save(path, save_all=True, append_images=pages[1:], resolution=200)
    return path


def test_pages_of_a_document_are_printed_below_their_numbers(invoke, document):
    code, stdout, stderr = invoke("read", document)

    assert (code, stderr) == (0, "")
    assert stdout == (f"{document}#1:\n{FIRST_TEXT}\n{document}#2:\n{SECOND_TEXT}")


def test_json_and_csv_name_the_pages_of_a_document(invoke, document):
    _, as_json, _ = invoke("read", document, "--json")
    _, as_csv, _ = invoke("read", document, "--csv")

    names = [f"{document}#1", f"{document}#2"]
    assert [page["file"] for page in json.loads(as_json)] == names
    rows = csv.DictReader(io.StringIO(as_csv))
    assert list(dict.fromkeys(row["file"] for row in rows)) == names


def test_a_document_in_a_folder_is_read_with_the_pictures(invoke, document, pages):
    picture = document.with_name("a.png")
    pages[1].save(picture)
    document.rename(document.with_name("B.PDF"))

    code, stdout, _ = invoke("read", document.parent, "--json")

    assert code == 0
    found = [page["file"] for page in json.loads(stdout)]
    folder = document.parent
    assert found == [f"{folder}/B.PDF#1", f"{folder}/B.PDF#2", str(picture)]


def test_boxes_do_not_depend_on_the_resolution_of_the_scan(invoke, pages, tmp_path):
    boxes = []
    for resolution in (100, 400):
        path = tmp_path / f"{resolution}.pdf"
        factor = resolution / 200
        size = [round(side * factor) for side in pages[1].size]
        pages[1].resize(size).save(path, resolution=resolution)
        _, stdout, _ = invoke("read", path, "--json")
        (page,) = json.loads(stdout)
        boxes.append([digit["box"] for line in page["lines"] for digit in line])

    assert len(boxes[0]) == 5
    for first, second in zip(*boxes, strict=True):
        assert first == pytest.approx(second, abs=4)


def test_a_page_of_metres_is_drawn_with_few_pixels(invoke, pages, tmp_path):
    path = tmp_path / "poster.pdf"
    pages[1].save(path, resolution=4)

    code, stdout, stderr = invoke("read", path, "--json")

    assert (code, stderr) == (0, "")
    (page,) = json.loads(stdout)
    assert [len(line) for line in page["lines"]] == [3, 2]
    right = max(box[0] + box[2] for line in page["lines"] for box in boxes_of(line))
    assert right <= 3000


def boxes_of(line):
    return [digit["box"] for digit in line]


def test_reading_documents_needs_no_tensorflow(document):
    done = run_without(["tensorflow", "keras"], "read", document)

    assert done.returncode == 0, done.stderr


# Unusable documents


def truncated(content):
    return content[: len(content) // 2]


def not_a_document(content):
    return b"721"


def with_password(content):
    """Return a document with an entry for encryption, which no password fits."""
    key = f"<{'00' * 32}>"
    entry = (
        f"/Encrypt << /Filter /Standard /V 1 /R 2 /O {key} /U {key} /P -4 >> "
        f"/ID [<{'00' * 16}> <{'00' * 16}>]"
    )
    start = content.rindex(b"trailer")
    place = content.index(b"<<", start) + 2
    return content[:place] + entry.encode() + content[place:]


def without_pages(content):
    assert b"/Kids" in content
    return content.replace(b"/Kids", b"/Kidz")


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (truncated, "is not a PDF document, or is damaged"),
        (not_a_document, "is not a PDF document, or is damaged"),
        (with_password, "needs a password"),
        (without_pages, "is damaged"),
    ],
)
def test_unusable_documents(invoke, document, damage, message):
    document.write_bytes(damage(document.read_bytes()))

    code, stdout, stderr = invoke("read", document)

    assert (code, stdout) == (1, "")
    assert stderr.startswith("Error: ")
    assert str(document) in stderr
    assert message in single_line(stderr)
    assert stderr.count("\n") == 1


def test_the_other_documents_are_still_read(invoke, document, tmp_path):
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"721")

    code, stdout, stderr = invoke("read", damaged, tmp_path / "none.pdf", document)

    assert code == 1
    assert FIRST_TEXT in stdout
    assert len(stderr.splitlines()) == 2


def test_a_page_with_an_image_of_too_many_pixels_is_refused(
    invoke, document, pages, monkeypatch
):
    width, height = pages[1].size
    monkeypatch.setattr("digitclf.reading._pdf.MAX_PIXELS", width * height)

    code, stdout, stderr = invoke("read", document)

    assert code == 1
    assert SECOND_TEXT in stdout
    assert f"Page 1 of '{document}' has an image with" in stderr


def test_error_without_pypdfium2_says_how_to_install_it(invoke, document, monkeypatch):
    monkeypatch.setitem(sys.modules, "pypdfium2", None)

    code, _, stderr = invoke("read", document)

    assert code == 1
    assert 'pip install "digitclf[pdf]"' in single_line(stderr)
