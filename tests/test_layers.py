"""Layers of the package: a module imports only from its own layer and from lower ones.

docs/architecture.md describes the layers.
"""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import digitclf

PACKAGE = Path(digitclf.__file__).parent

LAYERS = [
    {"datasets", "_augmentation", "_layers", "_lazy", "_messages"},
    {"_compiled", "_data", "_model_file", "_onnx", "cluster", "preprocessing"},
    {"_architectures"},
    {
        "_epoch_tasks",
        "_html",
        "_inference",
        "_network",
        "_parameters",
        "_predictions",
        "_saved_model",
        "_scikeras",
        "_seeds",
        "_training",
    },
    {"_feature_maps", "_stored_fits", "_training_data"},
    {"_base"},
    {"_cnn", "_mlp"},
    {"_export", "_saving", "callbacks", "recipes"},
    {"_predictor", "pretrained"},
    {"plotting", "reading"},
    {"app"},
    {"cli"},
]
"""From the lowest to the highest. A package counts as one module."""

LAYER_OF = {name: layer for layer, names in enumerate(LAYERS) for name in names}
ENTRY_POINTS = {"__init__", "__main__"}
"""They import names of any layer for the user."""

MODULES = sorted(PACKAGE.rglob("*.py"))


def unit_of(path):
    """Return the module or package of a layer that a file belongs to."""
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports_of(path):
    """Return the full names of all modules that a file imports, wherever it does."""
    imported = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            imported.add(node.module)
            if node.module == "digitclf":
                imported |= {f"digitclf.{HOMES[name.name]}" for name in node.names}
    return imported


HOMES = {
    name: getattr(value, "__module__", value.__name__).split(".")[1]
    for name, value in ((name, getattr(digitclf, name)) for name in digitclf.__all__)
} | {"__version__": "__init__"}
"""Modules that define the public names of the package."""


def units_imported_by(path):
    """Return the modules and packages of layers that a file imports."""
    names = [name.split(".") for name in imports_of(path)]
    return {parts[1] for parts in names if parts[0] == "digitclf" and len(parts) > 1}


def packages_imported_by(folder):
    """Return the names of all packages that the files of a folder import."""
    return {
        name.split(".")[0]
        for path in (PACKAGE / folder).glob("*.py")
        for name in imports_of(path)
    }


def test_every_module_has_a_layer():
    units = {unit_of(path) for path in MODULES}

    assert units - ENTRY_POINTS <= LAYER_OF.keys()


@pytest.mark.parametrize(
    "path",
    [path for path in MODULES if unit_of(path) not in ENTRY_POINTS],
    ids=lambda path: path.relative_to(PACKAGE).as_posix(),
)
def test_imports_only_point_down(path):
    own = LAYER_OF[unit_of(path)]

    upwards = {
        unit for unit in units_imported_by(path) - ENTRY_POINTS if LAYER_OF[unit] > own
    }

    assert not upwards


def test_estimators_do_not_import_each_other():
    assert "_cnn" not in units_imported_by(PACKAGE / "_mlp.py")
    assert "_mlp" not in units_imported_by(PACKAGE / "_cnn.py")


def test_modules_of_a_layer_do_not_import_in_a_circle():
    graph = {}
    for path in MODULES:
        if unit_of(path) not in ENTRY_POINTS:
            imported = units_imported_by(path) - {unit_of(path)} - ENTRY_POINTS
            graph.setdefault(unit_of(path), set()).update(imported)

    assert list(TopologicalSorter(graph).static_order())  # raises CycleError


def test_data_is_read_without_tensorflow():
    assert not packages_imported_by("_data") & {"tensorflow", "keras", "scikeras"}


def test_training_knows_neither_scikit_learn_nor_an_estimator():
    units = set().union(*map(units_imported_by, (PACKAGE / "_training").glob("*.py")))

    assert "sklearn" not in packages_imported_by("_training")
    assert not units & {"_base", "_cnn", "_mlp"}


def test_compiled_programs_know_no_estimator_and_no_run():
    units = set().union(*map(units_imported_by, (PACKAGE / "_compiled").glob("*.py")))

    assert units <= {"_augmentation", "_compiled", "_messages"}


def test_rule_is_checked_for_imports_in_functions(tmp_path):
    path = tmp_path / "module.py"
    path.write_text(
        "def load():\n"
        "    from digitclf import CNNDigitClassifier\n"
        "    import digitclf.plotting\n"
    )

    assert units_imported_by(path) == {"_cnn", "plotting"}
