"""Model files changed as damage or an attacker would change them."""

import json
import zipfile

import keras

DESCRIPTION = "digitclf.json"


def change_member(path, name, change):
    """Replace a member of an archive by what `change` makes of it, None for nothing."""
    with zipfile.ZipFile(path) as archive:
        members = {each: archive.read(each) for each in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for each, content in members.items():
            if content is not None:
                archive.writestr(each, content)


def change_description(path, change):
    def rewrite(text):
        description = json.loads(text)
        change(description)
        return json.dumps(description)

    change_member(path, DESCRIPTION, rewrite)


def file_that_runs_code(path, marker):
    """Save a network that makes a file when it is called or built."""
    inputs = keras.Input((64,))
    outputs = keras.layers.Lambda(
        lambda x, path=str(marker): (open(path, "w").close(), x)[1],
        output_shape=(64,),
    )(inputs)
    keras.Model(inputs, keras.layers.Dense(10)(outputs)).save(path)
    marker.unlink(missing_ok=True)
