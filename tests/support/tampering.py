"""Model files changed as by damage or by an attacker."""

import json
import zipfile

import keras

DESCRIPTION = "digitclf.json"


def change_member(path, name, change):
    """Change a member of an archive, or remove it if `change` returns None."""
    with zipfile.ZipFile(path) as archive:
        members = {member: archive.read(member) for member in archive.namelist()}
    members[name] = change(members[name])
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            if content is not None:
                archive.writestr(member, content)


def change_description(path, change):
    def rewrite(text):
        description = json.loads(text)
        change(description)
        return json.dumps(description)

    change_member(path, DESCRIPTION, rewrite)


def file_that_runs_code(path, marker):
    """Save a network that creates a file when it is called or built."""
    inputs = keras.Input((64,))
    outputs = keras.layers.Lambda(
        lambda x, path=str(marker): (open(path, "w").close(), x)[1],
        output_shape=(64,),
    )(inputs)
    keras.Model(inputs, keras.layers.Dense(10)(outputs)).save(path)
    marker.unlink(missing_ok=True)
