"""The device memory: never back to an older block, whatever happens to the file or beside it (D05)."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from verifier.rpc.errors import MemoryDamagedError, OlderSnapshotError
from verifier.rpc.memory import MAX_AGREED, DeviceMemory, SeenBlock
from verifier.types import BlockHash


def block(number: int, mark: int = 0) -> SeenBlock:
    return SeenBlock(
        number=number, block_hash=BlockHash(bytes([mark]) + number.to_bytes(31, "big")), time=1000 + number
    )


def test_a_newer_block_is_accepted_and_an_older_one_refused(tmp_path: Path) -> None:
    memory = DeviceMemory(tmp_path / "deep" / "memory.json")
    memory.accept("here", block(10))
    memory.accept("here", block(10))
    memory.accept("here", block(12))
    with pytest.raises(OlderSnapshotError) as caught:
        DeviceMemory(tmp_path / "deep" / "memory.json").accept("here", block(11))
    assert (caught.value.offered_number, caught.value.accepted_number) == (11, 12)
    assert memory.recall("here").accepted == block(12)


def test_another_block_at_the_same_height_is_refused(tmp_path: Path) -> None:
    memory = DeviceMemory(tmp_path / "memory.json")
    memory.accept("here", block(10))
    with pytest.raises(OlderSnapshotError):
        memory.accept("here", block(10, mark=1))


def test_deployments_do_not_mix(tmp_path: Path) -> None:
    memory = DeviceMemory(tmp_path / "memory.json")
    memory.accept("here", block(10))
    memory.accept("there", block(3))
    assert memory.recall("there").accepted == block(3)


def test_quorum_blocks_are_remembered_up_to_a_limit(tmp_path: Path) -> None:
    memory = DeviceMemory(tmp_path / "memory.json")
    for number in range(MAX_AGREED + 5):
        memory.remember_agreed("here", block(number))
    assert memory.agreed_at("here", block(MAX_AGREED).block_hash) == block(MAX_AGREED)
    assert memory.agreed_at("here", block(0).block_hash) is None
    assert len(memory.recall("here").agreed) == MAX_AGREED


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b'{"v":2,"deployments":{}}', b'{"v":1}', b"\xff\xfe", b"x" * (2 << 20),
     b'{"v":1,"deployments":{"a":{"accepted":{"number":"1","hash":"0x","time":1},"agreed":[]}}}',
     b'{"v":1,"deployments":[]}', b'{"v":1,"deployments":{"a":7}}'],
)  # fmt: skip
def test_a_damaged_file_is_an_error_and_never_an_empty_memory(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "memory.json"
    path.write_bytes(content)
    with pytest.raises(MemoryDamagedError):
        DeviceMemory(path).recall("here")
    with pytest.raises(MemoryDamagedError):
        DeviceMemory(path).accept("here", block(1))
    assert path.read_bytes() == content


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(MemoryDamagedError):
        DeviceMemory(tmp_path / "file" / "memory.json").accept("here", block(1))


def test_two_writers_at_once_keep_the_newer_block(tmp_path: Path) -> None:
    path = tmp_path / "memory.json"

    def write(numbers: range) -> None:
        for number in numbers:
            try:
                DeviceMemory(path).accept("here", block(number))
            except OlderSnapshotError:
                continue

    threads = [threading.Thread(target=write, args=(range(start, 40, 2),)) for start in (1, 0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert DeviceMemory(path).recall("here").accepted == block(39)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["memory.json", "memory.json.lock"]
