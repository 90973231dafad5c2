"""Model files that an attacker could send, each built from a valid one.

Used by the tests and by ``python -m benchmarks.reliability``.
"""

import base64
import hashlib
import io
import json
import os
import pickle
import random
import stat
import struct
import zipfile
from pathlib import Path

import h5py
import numpy as np

CONFIG = "config.json"
DESCRIPTION = "digitclf.json"
METADATA = "metadata.json"
WEIGHTS = "model.weights.h5"

FIRST_KERNEL = "layers/dense/vars/0"


class ModelArchive:
    """The members of a valid model file with a dense network, ready to be changed.

    Parameters
    ----------
    path : Path
    """

    def __init__(self, path):
        with zipfile.ZipFile(path) as archive:
            self.members = {name: archive.read(name) for name in archive.namelist()}

    def json(self, name):
        return json.loads(self.members[name])

    def description(self, change):
        """Return the members with a changed description."""
        description = self.json(DESCRIPTION)
        change(description)
        return self.members | {DESCRIPTION: json.dumps(description).encode()}

    def fitted(self, **attributes):
        return self.description(lambda content: content["fitted"].update(attributes))

    def params(self, **params):
        return self.description(lambda content: content["params"].update(params))

    def config(self, layer):
        """Return the members with one more layer in Keras's configuration."""
        config = self.json(CONFIG)
        config["config"]["layers"].insert(2, layer)
        return self.members | {CONFIG: json.dumps(config).encode()}

    def layer(self, class_name, settings=None, module="keras.layers", registered=None):
        return self.config(
            {
                "module": module,
                "class_name": class_name,
                "config": {"name": "extra"} | (settings or {}),
                "registered_name": registered,
                "name": "extra",
                "inbound_nodes": [],
            }
        )

    def weights(self, change):
        """Return the members with changed HDF5 content and a mended checksum."""
        content = io.BytesIO(self.members[WEIGHTS])
        with h5py.File(content, "r+") as file:
            change(file)
        return self.with_weights(content.getvalue())

    def with_weights(self, content):
        description = self.json(DESCRIPTION)
        description["checksum"] = hashlib.sha256(content).hexdigest()
        return self.members | {
            WEIGHTS: content,
            DESCRIPTION: json.dumps(description).encode(),
        }


def zipped(members, compression=zipfile.ZIP_STORED):
    """Return an archive as bytes. Members may be (name, content) pairs."""
    content = io.BytesIO()
    pairs = members.items() if isinstance(members, dict) else members
    with zipfile.ZipFile(content, "w", compression) as archive:
        for name, member in pairs:
            archive.writestr(name, member)
    return content.getvalue()


def function(name, module="builtins"):
    """Return a function as Keras writes one in a configuration."""
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def operation(kind, *branches, module="keras.ops"):
    return {
        "module": module,
        "class_name": kind,
        "config": {"branches": list(branches)},
        "registered_name": None,
        "name": "switch",
        "inbound_nodes": [],
    }


def hostile_files(valid, folder):
    """Yield the name and the content of hostile files.

    Parameters
    ----------
    valid : Path
        A model file of an `MLPDigitClassifier` with hidden layers.
    folder : Path
        Folder that the files try to write to or to read from. Nothing may appear in
        it.
    """
    model = ModelArchive(valid)
    for source in (_code, _params, _fitted, _weights, _archives, _sizes):
        for name, content in source(model, Path(folder)):
            if not isinstance(content, bytes):
                content = zipped(content)
            yield f"{source.__name__.strip('_')}: {name}", content


def _code(model, folder):
    """Code in the configuration, which Keras would run."""
    mark = str(folder / "written")
    marshalled = base64.b64encode(b"\xe3\x00\x00\x00\x00").decode()
    yield (
        "Lambda",
        model.layer(
            "Lambda",
            {
                "function": {
                    "class_name": "__lambda__",
                    "config": {"code": marshalled, "defaults": None, "closure": None},
                }
            },
        ),
    )
    yield "unregistered class", model.layer("Popen", module="subprocess")
    yield "registered class", model.layer("Own", module="own", registered="own>Own")
    for name, module in [
        ("system", "os"),
        ("mkdir", "os"),
        ("exec", "builtins"),
        ("open", "builtins"),
        ("get_file", "keras.utils"),
        ("save_img", "keras.utils"),
        ("set_floatx", "keras.config"),
        ("load_data", "keras.datasets.mnist"),
    ]:
        yield (
            f"Switch with {module}.{name}",
            model.config(operation("Switch", function(name, module))),
        )
        yield (
            f"activation {module}.{name}",
            model.layer("Dense", {"units": 4, "activation": function(name, module)}),
        )
        yield (
            f"optimizer {module}.{name}",
            model.params(
                optimizer={
                    "kind": "optimizer",
                    "config": {
                        "module": "keras.optimizers",
                        "class_name": "SGD",
                        "config": {"learning_rate": function(name, module)},
                        "registered_name": None,
                    },
                }
            ),
        )
    yield (
        "optimizer Switch",
        model.params(
            optimizer={
                "kind": "optimizer",
                "config": operation("Switch", function("system", "os")),
            }
        ),
    )
    for kind in ("StringLookup", "TextVectorization"):
        yield kind, model.layer(kind, {"vocabulary": "/etc/passwd"})
    yield "TorchModuleWrapper", model.layer("TorchModuleWrapper", {"module": "AAAA"})
    yield "TFSMLayer", model.layer("TFSMLayer", {"filepath": mark})
    yield (
        "SavedModel",
        model.layer(
            "TFSMLayer", {"filepath": mark}, module="keras.src.export.tfsm_layer"
        ),
    )
    for value in ("os>system", "softmax>", {"class_name": "ReLU"}):
        yield f"activation {value!r}", model.params(activation=value)
        yield f"optimizer {value!r}", model.params(optimizer=value)


def _params(model, folder):
    """Parameters that no estimator accepts."""
    for params in [
        {"dropout": 5},
        {"dropout": "x"},
        {"epochs": "x"},
        {"epochs": -1},
        {"batch_size": 1e300},
        {"learning_rate": -1.0},
        {"hidden_layer_sizes": {"kind": "tuple", "items": [9999]}},
        {"hidden_layer_sizes": {"kind": "tuple", "items": [5_000_000, 5_000_000]}},
        {"hidden_layer_sizes": [10**90]},
        {"hidden_layer_sizes": [16] * 20_000},
        {"hidden_layer_sizes": [[16]]},
        {"activation": "tanh_"},
        {"activation": None},
        {"schedule": "never"},
        {"class_weight": {"kind": "dict", "items": [["a", "b"]]}},
        {"class_weight": {"kind": "dict", "items": [[[], 1]]}},
        {"class_weight": {"kind": "dict", "items": [1]}},
        {"optimizer__beta_1": "relu"},
        {"optimizer__clipnorm": [0]},
        {"optimizer__no_such": 1},
        {"optimizer__learning_rate": {"kind": "dict", "items": [["class_name", "X"]]}},
        {"loss__label_smoothing": 7},
        {"loss__reduction": "none"},
        {"predict__batch_size": 0},
        {"predict__steps": 1},
        {"fit__epochs": "x"},
        {"model__hidden_layer_sizes": [4]},
        {"no_such_parameter": 1},
        {"__class__": 1},
        {"random_state": "x"},
        {"validation_split": 2},
        {"ema_momentum": {"kind": "float", "text": "nan"}},
        {"patience": {"kind": "path", "text": "/etc/passwd"}},
    ]:
        yield str(params)[:100], model.params(**params)


def _array(items, dtype):
    return {"kind": "array", "dtype": dtype, "items": items}


def _fitted(model, folder):
    """Fitted attributes of other types, lengths and values."""
    tuples = {"kind": "tuple", "items": []}
    for _ in range(100):
        tuples = {"kind": "tuple", "items": [tuples]}
    for attributes in [
        {"classes_": "0123456789"},
        {"classes_": list(range(10))},
        {"classes_": _array([], "<i8")},
        {"classes_": _array(list(range(9, -1, -1)), "<i8")},
        {"classes_": _array([0] * 10, "<i8")},
        {"classes_": _array(list(range(9)), "<i8")},
        {"classes_": _array(list(range(300, 310)), "|u1")},
        {"classes_": _array(["a"] * 10, "<U100000000")},
        {"classes_": _array([letter * 5000 for letter in "abcdefghij"], "<U9999")},
        {"classes_": _array([[0, 1]] * 10, "i4,i4")},
        {"classes_": _array([[0, 1]] * 10, "<i8")},
        {"classes_": _array([None] * 10, "object")},
        {"classes_": _array([{"kind": "tuple", "items": []}] * 10, "object")},
        {"classes_": _array([{"kind": "float", "text": "nan"}] * 10, "<f8")},
        {"classes_": _array(list(range(10)), "V8")},
        {"pixel_range_": {"kind": "tuple", "items": [0, 0]}},
        {"pixel_range_": {"kind": "tuple", "items": ["0", "16"]}},
        {"pixel_range_": {"kind": "tuple", "items": [16.0, 0.0]}},
        {"pixel_range_": {"kind": "tuple", "items": [0.0, 1e-320]}},
        {"pixel_range_": {"kind": "tuple", "items": [0.0, 10**90]}},
        {"pixel_range_": {"kind": "tuple", "items": [0.0, 1.0, 2.0]}},
        {
            "pixel_range_": {
                "kind": "tuple",
                "items": [0.0, {"kind": "float", "text": "inf"}],
            }
        },
        {"pixel_range_": "text"},
        {"history_": None},
        {"history_": {"kind": "dict", "items": [["loss", [1.0, 1.0]]]}},
        {"history_": {"kind": "dict", "items": [["loss", 1.0]]}},
        {"history_": {"kind": "dict", "items": [["loss", ["x", "y"]]]}},
        {"history_": tuples},
        {"n_iter_": {"kind": "float", "text": "nan"}},
        {"n_iter_": -1},
        {"n_iter_": True},
        {"best_epoch_": 10**6},
        {"best_epoch_": "1"},
        {"best_validation_loss_": "x"},
        {"n_features_in_": 64.0},
        {"n_features_in_": 10**12},
        {"n_features_in_": 0},
        {"image_shape_": {"kind": "tuple", "items": [8]}},
        {"image_shape_": {"kind": "tuple", "items": [-8, -8]}},
        {"image_shape_": {"kind": "tuple", "items": [1, 10**9]}},
        {"image_shape_": [8, 8]},
        {"feature_names_in_": _array(["a"], "object")},
        {"feature_names_in_": "a" * 64},
        {"model_": 1},
        {"predict": 1},
        {"checkpoint_path_": "/etc/passwd"},
    ]:
        yield str(attributes)[:100], model.fitted(**attributes)
    description = model.fitted(history_="HERE")[DESCRIPTION].decode()
    for text in ("[" * 5000 + "]" * 5000, "[" * 20 + "]" * 20):
        nested = description.replace('"HERE"', text).encode()
        yield (
            f"history of depth {len(text) // 2}",
            model.members | {DESCRIPTION: nested},
        )
    for change in [
        lambda content: content.clear(),
        lambda content: content.update({"class": "NoSuchClassifier"}),
        lambda content: content.update({"class": "CNNDigitClassifier"}),
        lambda content: content.update({"class": ["MLPDigitClassifier"]}),
        lambda content: content.update(format=3),
        lambda content: content.update(checksum="0" * 64),
        lambda content: content.update(frozen=[1]),
        lambda content: content.update(more=1),
        lambda content: content.update(params=[]),
        lambda content: content.pop("fitted"),
        lambda content: content["fitted"].pop("classes_"),
    ]:
        yield "changed description", model.description(change)
    for text in [
        b"",
        b"null",
        b"[]",
        b"{",
        b"\xff\xfe",
        b'{"class": 1, "class": 2}',
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"[" + b"1," * 500_000 + b"1]",
        b"[" + b"9" * 10**6 + b"]",
        b"[1e999]",
        b"[NaN]",
        pickle.dumps({"class": "MLPDigitClassifier"}),
    ]:
        yield f"text {text[:20]!r}", model.members | {DESCRIPTION: text}
        yield f"config {text[:20]!r}", model.members | {CONFIG: text}


def _weights(model, folder):
    """Arrays that are missing, different, or not in the file."""
    outside = folder / "outside.h5"

    def replaced(make):
        def change(file):
            shape = file[FIRST_KERNEL].shape
            del file[FIRST_KERNEL]
            make(file, shape)

        return model.weights(change)

    def values(number):
        def change(file):
            file[FIRST_KERNEL][0, 0] = number

        return model.weights(change)

    def virtual(file, shape):
        layout = h5py.VirtualLayout(shape, "<f4")
        layout[:] = h5py.VirtualSource(str(outside), "kernel", shape)
        file.create_virtual_dataset(FIRST_KERNEL, layout)

    def endless_virtual(file, shape):
        # HDF5 opens the other file to learn how long such a dataset is.
        endless = (None, shape[1])
        layout = h5py.VirtualLayout(shape, "<f4", maxshape=endless)
        source = h5py.VirtualSource(str(outside), "kernel", shape, maxshape=endless)
        unlimited = slice(0, h5py.h5s.UNLIMITED)
        layout[unlimited] = source[unlimited]
        file.create_virtual_dataset(FIRST_KERNEL, layout)

    def link(kind):
        def make(file, shape):
            file[FIRST_KERNEL] = kind

        return make

    yield "NaN", values(np.nan)
    yield "infinity", values(np.inf)
    yield "missing", replaced(lambda file, shape: None)
    for name, make in {
        "external link": link(h5py.ExternalLink(str(outside), "/kernel")),
        "soft link": link(h5py.SoftLink("/layers/dense_1/vars/0")),
        "virtual": virtual,
        "endless virtual": endless_virtual,
        "external storage": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, shape, "<f4", external=[(str(outside), 0, 10**6)]
        ),
        "group": lambda file, shape: file.create_group(FIRST_KERNEL),
        "large shape": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, (10**9,), "<f4", chunks=(10**6,), fillvalue=1.0
        ),
        "compressed": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, shape, "<f4", compression="gzip"
        ),
        "transposed": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, shape[::-1], "<f4"
        ),
        "float64": lambda file, shape: file.create_dataset(FIRST_KERNEL, shape, "<f8"),
        "big-endian": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, shape, ">f4"
        ),
        "text": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, shape, h5py.string_dtype()
        ),
        "references": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, shape, h5py.ref_dtype
        ),
        "without shape": lambda file, shape: file.create_dataset(
            FIRST_KERNEL, data=h5py.Empty("<f4")
        ),
    }.items():
        yield name, replaced(make)
    for name, content in {
        "empty": b"",
        "text": b"no HDF5",
        "pickle": pickle.dumps([np.zeros((64, 16), "<f4")]),
        "object array": _saved_object_array(),
        "cut off": model.members[WEIGHTS][:-100],
        "other": os.urandom(len(model.members[WEIGHTS])),
    }.items():
        yield f"content {name}", model.with_weights(content)
    altered = bytearray(model.members[WEIGHTS])
    altered[-1] ^= 1
    yield "altered without the checksum", model.members | {WEIGHTS: bytes(altered)}


def _saved_object_array():
    content = io.BytesIO()
    np.save(content, np.array([print], dtype=object), allow_pickle=True)
    return content.getvalue()


def _archives(model, folder):
    """Archives with other members, links or damage."""
    pairs = list(model.members.items())
    valid = zipped(pairs)
    yield "path traversal", [*pairs, ("../../written", b"x")]
    yield "absolute path", [*pairs, (str(folder / "written"), b"x")]
    yield "assets", [*pairs, ("assets/vocabulary.txt", b"x")]
    yield "folder", [*pairs, ("assets/", b"")]
    for name in model.members:
        yield f"without {name}", [pair for pair in pairs if pair[0] != name]
        yield f"renamed {name}", [(other.replace(name, "x"), c) for other, c in pairs]
        yield f"{name} twice", [*pairs, (name, model.members[name])]
        others = [pair for pair in pairs if pair[0] != name]
        yield f"{others[0][0]} in place of {name}", [*others, others[0]]
        link = zipfile.ZipInfo(name)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        yield (
            f"{name} is a link",
            [(link if other == name else other, b"/etc/passwd") for other, _ in pairs],
        )
        yield f"pickle named {name}", model.members | {name: pickle.dumps(print)}
    yield "encrypted", _patched(valid, offset=8, value=1)
    yield "method 99", _patched(valid, offset=10, value=99)
    yield "with a comment", valid[:-2] + struct.pack("<H", 3) + b"abc"
    yield "before an archive", valid + b"x" * 1000
    yield "numbers of members", valid[:-12] + b"\xff\xff" + valid[-10:]
    yield "directory far away", valid[:-6] + b"\xff\xff\xff\x7f" + valid[-2:]
    yield "empty", b""
    yield "empty archive", zipped([])
    yield "text", b"no archive"
    yield "60,000 members", zipped([(str(i), b"") for i in range(60_000)])


def _patched(archive, offset, value):
    """Return an archive with a changed field in its central directory."""
    content = bytearray(archive)
    start = content.index(b"PK\x01\x02")
    content[start + offset : start + offset + 2] = struct.pack("<H", value)
    return bytes(content)


def _sizes(model, folder):
    """Small files that would take much memory or time."""
    for name in model.members:
        zeros = bytes((400 if name == WEIGHTS else 20) * 2**20)
        yield (
            f"padded {name}",
            zipped(model.members | {name: zeros}, zipfile.ZIP_DEFLATED),
        )
    nested = b"[" + b"[]," * (2**20 // 3 - 2) + b"[]]"
    for name in (CONFIG, DESCRIPTION, METADATA):
        yield f"many lists in {name}", model.members | {name: nested}
    valid = bytearray(zipped(model.members))
    start = valid.rindex(b"PK\x01\x02")
    for size in (2**31, 2**32 - 2):
        claimed = bytearray(valid)
        claimed[start + 20 : start + 28] = struct.pack("<II", size, size)
        yield f"claims {size:,} bytes", bytes(claimed)


def truncations(valid, n_files, seed=0):
    """Yield a model file cut off at random places."""
    content = valid.read_bytes()
    generator = random.Random(seed)
    for _ in range(n_files):
        yield content[: generator.randrange(len(content))]


def byte_flips(valid, n_files, seed=0):
    """Yield a model file with one to eight changed bytes, without the intact ones."""
    content = valid.read_bytes()
    generator = random.Random(seed)
    for _ in range(n_files):
        changed = bytearray(content)
        for _ in range(generator.choice([1, 1, 2, 8])):
            changed[generator.randrange(len(changed))] ^= generator.randrange(1, 256)
        yield bytes(changed)


def mended_flips(valid, n_files, seed=0):
    """Yield model files with changed members, correct checksums and a valid zip."""
    model = ModelArchive(valid)
    generator = random.Random(seed)
    for number in range(n_files):
        name = list(model.members)[number % len(model.members)]
        changed = bytearray(model.members[name])
        for _ in range(generator.choice([1, 1, 2, 8])):
            changed[generator.randrange(len(changed))] ^= generator.randrange(1, 256)
        if name == WEIGHTS:
            yield zipped(model.with_weights(bytes(changed)))
        else:
            yield zipped(model.members | {name: bytes(changed)})
