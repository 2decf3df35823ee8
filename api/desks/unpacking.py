"""An upload into a folder of our own: CSV, TXT, XLSX, one picture or PDF, or a ZIP of pictures. Counted before it is unpacked, named by us."""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Final

from api.pages.words import Pair
from ledger.domain.errors import LedgerError
from verifier.images import is_image

MOST_BYTES: Final = 20 << 20
MOST_LINES: Final = 2_000
MOST_PICTURES: Final = 100
MOST_UNPACKED: Final = 200 << 20
MOST_OF_ONE: Final = 20 << 20
INPUT: Final = "input"
_TABLES: Final = (".csv", ".tsv", ".txt", ".xlsx")
_RATIO: Final = 200  # unpacked bytes for one packed: no picture or sheet comes near
_SAID: Final[Mapping[str, Pair]] = {
    "size": ("文件过大：最多 20 MB。", "The file is too large: 20 MB at most."),
    "kind": ("只收 CSV、TXT、XLSX、图片、PDF，或图片的 ZIP。", "CSV, TXT, XLSX, pictures, PDF, or a ZIP of pictures only."),
    "empty": ("文件是空的，或其中没有标签。", "The file is empty, or holds no labels."),
    "lines": ("一次最多 2,000 行，请分几次上传，或用命令行 tanji verify。", "At most 2,000 lines at once: upload in parts, or use tanji verify."),
    "pictures": ("一次最多 100 张图片。", "At most 100 pictures at once."),
    "block": ("现在没有节点一致认可的区块，无法核验。请过几分钟再试。", "No block is agreed on now: nothing can be judged. Try again in a few minutes."),
    "zip": ("这个 ZIP 读不了，或解开后过大。", "This ZIP cannot be read, or unpacks to too much."),
}  # fmt: skip


class UploadRefusedError(LedgerError):
    """An upload that is not taken. rule: a key of the sentences above."""

    code = "desk.upload"

    def __init__(self, rule: str) -> None:
        self.said = _SAID[rule]
        self.field = "file"
        self.rule = rule
        super().__init__(self.said[1])


def receive(name: str, file: BinaryIO, folder: Path) -> None:
    """Put an upload into `folder` under the name `input`. Raises UploadRefusedError, OSError."""
    suffix = PurePosixPath(name.replace("\\", "/")).suffix.lower()
    if suffix == ".zip":
        _unzip(file, folder / INPUT)
        return
    if suffix not in _TABLES and not is_image(name):
        raise UploadRefusedError("kind")
    if suffix == ".xlsx":
        _look_into(file)
    with (folder / f"{INPUT}{suffix}").open("wb") as kept:
        shutil.copyfileobj(file, kept)
        if not kept.tell():
            raise UploadRefusedError("empty")


def received(folder: Path) -> Path:
    """What `receive` put there."""
    return next(folder.glob(f"{INPUT}*"))


def _look_into(file: BinaryIO) -> None:
    try:
        with zipfile.ZipFile(file) as archive:
            _check_sizes(archive.infolist())
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise UploadRefusedError("zip") from error
    file.seek(0)


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    unpacked, packed = sum(one.file_size for one in members), sum(one.compress_size for one in members)
    if unpacked > MOST_UNPACKED or unpacked > max(1 << 20, packed) * _RATIO:
        raise UploadRefusedError("zip")


def _unzip(file: BinaryIO, target: Path) -> None:
    """Pictures only, under names of ours that end in theirs; nothing is written elsewhere, whatever the names say."""
    target.mkdir()
    try:
        with zipfile.ZipFile(file) as archive:
            members = [one for one in archive.infolist() if not one.is_dir() and is_image(one.filename)]
            if not members:
                raise UploadRefusedError("empty")
            if len(members) > MOST_PICTURES:
                raise UploadRefusedError("pictures")
            _check_sizes(members)
            for number, member in enumerate(members, 1):
                with archive.open(member) as source:
                    data = source.read(MOST_OF_ONE + 1)  # what a header says of a size is not believed
                if len(data) > MOST_OF_ONE:
                    raise UploadRefusedError("zip")
                (target / f"{number:03d}-{_plain(member.filename)}").write_bytes(data)
    except (zipfile.BadZipFile, OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise UploadRefusedError("zip") from error


def _plain(name: str) -> str:
    """A file's own name, of letters, digits and a few signs; its suffix in lower case."""
    path = PurePosixPath(name.replace("\\", "/"))
    stem = "".join(char for char in path.stem if char.isalnum() or char in "-_ ")[:40].strip() or "picture"
    return stem + path.suffix.lower()
