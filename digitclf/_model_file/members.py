"""Members of zip archives from untrusted sources, read within stated bounds."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any

END_RECORD = struct.Struct("<4s4H2IH")
"""End of central directory record: signature, disk numbers, numbers of entries, size
and offset of the directory, length of the comment."""

END_SIGNATURE = b"PK\x05\x06"
DIRECTORY_BYTES_PER_MEMBER = 1024
MAX_JSON_DEPTH = 16
MAX_NUMBER_LENGTH = 100

ANY_RATIO = 16 * 2**20
"""Size in bytes up to which a member may be compressed to any degree."""
MAX_RATIO = 4
"""Maximum compression ratio of larger members."""


class NotAnArchiveError(ValueError):
    """The file is not a complete zip archive."""


class OtherMembersError(ValueError):
    """The archive has other members than expected."""


class Members:
    """The members of an open archive.

    Parameters
    ----------
    archive : zipfile.ZipFile
    members : dict of str to zipfile.ZipInfo
        Members whose declared sizes have been checked.
    """

    def __init__(
        self, archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo]
    ) -> None:
        self._archive = archive
        self._members = members

    def size(self, name: str) -> int:
        """Return the declared size of a member in bytes."""
        return self._members[name].file_size

    def read(self, name: str) -> bytes:
        """Return the content of a member."""
        member = self._members[name]
        content = self._archive.read(member)
        if len(content) != member.file_size:
            raise ValueError(f"its member {name} is incomplete")
        return content


@contextlib.contextmanager
def open_members(
    path: str | os.PathLike[str], limits: Mapping[str, int]
) -> Iterator[Members]:
    """Open a zip archive from an untrusted source.

    Nothing is unpacked to a file, and no member is read before the names and declared
    sizes of all of them have been checked.

    Parameters
    ----------
    path : str or path-like
    limits : mapping of str to int
        Maximum size in bytes of each expected member. The archive must contain exactly
        these members.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not a zip archive of exactly these members, or is damaged.
    """
    with open_regular_file(Path(path)) as file:
        _check_end_record(file, len(limits))
        try:
            with zipfile.ZipFile(file) as archive:
                yield Members(archive, _checked_members(archive, limits))
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            NotImplementedError,
            OverflowError,
            RuntimeError,
            struct.error,
        ) as error:
            raise ValueError(f"the archive is damaged ({error})") from error


def read_members(
    path: str | os.PathLike[str], limits: Mapping[str, int]
) -> dict[str, bytes]:
    """Return all members of a zip archive, with the checks of `open_members`."""
    with open_members(path, limits) as members:
        return {name: members.read(name) for name in limits}


def read_json(content: bytes) -> Any:
    """Return the value of a JSON text.

    Raises
    ------
    ValueError
        If it is invalid, nested too deeply, or contains duplicate names or numbers that
        are not finite.
    """
    try:
        value = json.loads(
            content.decode("utf-8"),
            object_pairs_hook=_without_duplicates,
            parse_constant=_refuse_constant,
            parse_float=_finite_float,
            parse_int=_short_int,
        )
    except RecursionError:
        raise ValueError("JSON is nested too deeply") from None
    _check_depth(value, MAX_JSON_DEPTH)
    return value


def open_regular_file(path: Path) -> IO[bytes]:
    """Open a file; refuse pipes and devices, which may block or never end."""
    # O_NONBLOCK: opening a pipe would wait for a writer.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise NotAnArchiveError("it is not a regular file")


def _check_end_record(file: IO[bytes], n_members: int) -> None:
    """Refuse anything but an archive of so many members before it is parsed."""
    size = file.seek(0, os.SEEK_END)
    if size < END_RECORD.size:
        raise NotAnArchiveError("it is not a zip archive")
    file.seek(size - END_RECORD.size)
    record = END_RECORD.unpack(file.read(END_RECORD.size))
    signature, disk, first_disk, on_disk, total, length, start, comment = record
    if signature != END_SIGNATURE or comment:
        raise NotAnArchiveError("it is not a zip archive, or incomplete")
    if disk or first_disk or on_disk != total or total != n_members:
        raise OtherMembersError(f"it has {total} members instead of {n_members}")
    if (
        length > n_members * DIRECTORY_BYTES_PER_MEMBER
        or start + length + END_RECORD.size != size
    ):
        raise NotAnArchiveError("the archive is damaged (directory out of bounds)")


def _checked_members(
    archive: zipfile.ZipFile, limits: Mapping[str, int]
) -> dict[str, zipfile.ZipInfo]:
    members = {member.filename: member for member in archive.infolist()}
    if len(members) != len(archive.infolist()) or members.keys() != limits.keys():
        names = sorted(member.filename for member in archive.infolist())
        raise OtherMembersError(f"its members are {names} instead of {sorted(limits)}")
    for name, member in members.items():
        kind = stat.S_IFMT(member.external_attr >> 16)
        if (
            kind not in (0, stat.S_IFREG)
            or member.flag_bits & 1  # encrypted
            or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
        ):
            raise ValueError(f"its member {name} is not a plain file")
        stored = member.compress_type == zipfile.ZIP_STORED
        if (stored and member.compress_size != member.file_size) or (
            member.header_offset < 0
        ):
            raise ValueError(f"its member {name} is damaged")
        largest = max(ANY_RATIO, MAX_RATIO * member.compress_size)
        if member.file_size > min(limits[name], largest):
            raise ValueError(
                f"its member {name} is too large ({member.file_size:,} bytes)"
            )
    return members


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("JSON with a duplicate name")
    return found


def _refuse_constant(text: str) -> float:
    raise ValueError(f"JSON with {text}")


def _finite_float(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"JSON with a number out of range ({text[:20]})")
    return value


def _short_int(text: str) -> int:
    if len(text) > MAX_NUMBER_LENGTH:
        raise ValueError("JSON with a number out of range")
    return int(text)


def _check_depth(value: Any, remaining: int) -> None:
    if not isinstance(value, (dict, list)):
        return
    if remaining == 0:
        raise ValueError("JSON is nested too deeply")
    for item in value.values() if isinstance(value, dict) else value:
        _check_depth(item, remaining - 1)
