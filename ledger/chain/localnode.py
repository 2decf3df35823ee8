"""A local Ethereum node for the demo and the tests: anvil or Hardhat from the `hardhat-local` folder, on a free port.

The operating system chooses the port (`--port 0`) and the node says which: no race between two starts.
"""

from __future__ import annotations

import os
import platform
import re
import signal
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from ledger.domain.chain_errors import LocalNodeError

ROOT: Final = Path(__file__).resolve().parents[2]
NODE_FOLDER: Final = ROOT / "hardhat-local"
START_SECONDS: Final = 30.0
# The mnemonic every development node uses, "test test … junk": account i at m/44'/60'/0'/0/i. Public, worth nothing.
DEV_CHAIN_ID: Final = 31337
DEV_KEYS: Final = tuple(
    bytes.fromhex(key)
    for key in (
        "ac0974bec39a17e36ba4a6b4d238ff944bacb478cbed5efcae784d7bf4f2ff80",
        "59c6995e998f97a5a0044966f0945389dc9e86dae88c7a8412f4603b6b78690d",
        "5de4111afa1a4b94908f83103eb1f1706367c2e68ca870fc3fb9a804cdab365a",
        "7c852118294e51e653712a81e05800f419141751be58f605c371e15141b007a6",
        "47e179ec197488593b187f80a00eb0da91f1b9d0b13f8733639f19c30a34926a",
    )
)
_LISTENING: Final = re.compile(r"Listening on 127\.0\.0\.1:(\d+)|JSON-RPC server at http://127\.0\.0\.1:(\d+)")
_MACHINES: Final = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalNode:
    """A running node: where it listens and the process that is it."""

    url: str
    process: subprocess.Popen[str]

    def stop(self) -> None:
        """End the node and everything it started; returns once it is gone."""
        if self.process.poll() is None:
            _signal_group(self.process, signal.SIGTERM)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                _signal_group(self.process, signal.SIGKILL)
                self.process.wait()


def anvil_command(*arguments: str) -> tuple[str, ...]:
    """The command that starts anvil on a free port. Extra arguments are anvil's own (`--block-time`, `--state` …)."""
    machine = _MACHINES.get(platform.machine().lower(), platform.machine().lower())
    direct = NODE_FOLDER / f"node_modules/@foundry-rs/anvil-{platform.system().lower()}-{machine}/bin/anvil"
    # The npm wrapper starts the same binary as a child and would leave it behind when killed.
    program = direct if direct.exists() else NODE_FOLDER / "node_modules/.bin/anvil"
    base = (str(program), "--host", "127.0.0.1")
    return (*base, *arguments) if "--port" in arguments else (*base, "--port", "0", *arguments)


def hardhat_command(*arguments: str) -> tuple[str, ...]:
    """The command that starts Hardhat's node on a free port."""
    program = NODE_FOLDER / "node_modules/.bin/hardhat"
    return (str(program), "node", "--hostname", "127.0.0.1", "--port", "0", *arguments)


def start_node(command: tuple[str, ...]) -> LocalNode:
    """Start a node and return once it listens. Raises LocalNodeError with its output when it does not in 30 s."""
    try:
        process = subprocess.Popen(
            command,
            cwd=NODE_FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
    except OSError as error:
        raise LocalNodeError(command[0], f"{error}; run `make setup`") from error
    watcher = _OutputWatcher(process)
    port = watcher.wait_for_port()
    if port is None:
        node = LocalNode(url="", process=process)
        node.stop()
        raise LocalNodeError(command[0], watcher.text())
    return LocalNode(url=f"http://127.0.0.1:{port}", process=process)


@contextmanager
def running_node(command: tuple[str, ...] | None = None) -> Iterator[LocalNode]:
    """A node for the length of a `with` block (anvil unless another command is given)."""
    node = start_node(command or anvil_command())
    try:
        yield node
    finally:
        node.stop()


class _OutputWatcher:
    """Reads the node's output for as long as it lives, so that its pipe never fills, and finds the port in it."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._head: list[str] = []
        self._port: int | None = None
        self._settled = threading.Event()
        threading.Thread(target=self._drain, args=(process.stdout,), daemon=True).start()

    def _drain(self, output: IO[str] | None) -> None:
        for line in output or ():
            if self._settled.is_set():
                continue
            self._head.append(line)
            match = _LISTENING.search(line)
            if match:
                self._port = int(match[1] or match[2])
                self._settled.set()
        self._settled.set()

    def wait_for_port(self) -> int | None:
        self._settled.wait(START_SECONDS)
        return self._port

    def text(self) -> str:
        return "".join(self._head)


def _signal_group(process: subprocess.Popen[str], number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)
