"""tanji-verify as people run it: files on disk, a real node behind honest and lying endpoints, exit codes, plain words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from ledger.chain.localnode import running_node
from ledger.services.bulletin import sign_bulletin
from ledger.services.status import StatusChange
from tests.support.bodies import CERTIFIER
from tests.support.chain import PROFILES, deployed_world, require_node
from tests.support.lying_rpc import Answer, LyingRpc, flip_hex, lying_rpc, wait_until
from tests.support.published import Published, publish
from verifier.bulletin import serialize_bulletin
from verifier.cli import main
from verifier.contracts import Status
from verifier.deployment import serialize_deployment
from verifier.evidence import serialize_evidence
from verifier.header import parse_header
from verifier.identifiers import party_id
from verifier.snapshot import Snapshot, parse_snapshot, serialize_snapshot
from verifier.types import NodeHash
from verifier.words import Transition, encode_lane_word

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-cli")]


def final_by_depth(method: str, params: list[Any], answer: Answer) -> Answer:
    """The local node's `finalized` lies 64 blocks back; as an endpoint without the tag it is taken by depth."""
    if params[:1] == ["finalized"]:
        return {"error": {"code": -39001, "message": "unknown block tag"}}
    return answer


@dataclass
class Setting:
    """Files on disk and three endpoints `a`, `b`, `c` in front of one node."""

    folder: Path
    published: Published
    servers: dict[str, LyingRpc]

    def file(self, name: str, data: bytes) -> str:
        path = self.folder / name
        path.write_bytes(data)
        return str(path)

    @property
    def evidence(self) -> str:
        return str(self.folder / "evidence.json")

    def rpc(self, *names: str, quorum: int = 2, depth: int = 1) -> list[str]:
        urls = [f"--rpc={name}={self.servers[name].url}" for name in names]
        return [*urls, f"--quorum={quorum}", f"--depth={depth}", f"--hints={self.folder / 'names.json'}"]

    def arguments(self, *more: str, files: tuple[str, ...] = ()) -> list[str]:
        return [*(files or (self.evidence,)), "--deployment", str(self.folder / "deployment.json"), *more]

    def snapshot(self) -> Snapshot:
        return parse_snapshot(Path(self.saved).read_bytes())

    @property
    def saved(self) -> str:
        return str(self.folder / "saved.json")

    @property
    def block_hash(self) -> str:
        return "0x" + parse_header(self.snapshot().header).hash.hex()


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Setting]:
    require_node()
    folder = tmp_path_factory.mktemp("verify")
    with ExitStack() as stack:
        node = stack.enter_context(running_node())
        published = publish(deployed_world(node))
        published.world.mine(3)
        servers = {name: stack.enter_context(lying_rpc(node.url)) for name in "abc"}
        made = Setting(folder=folder, published=published, servers=servers)
        made.file("evidence.json", serialize_evidence(published.evidence))
        made.file("deployment.json", serialize_deployment(published.world.deployment))
        names = Snapshot(chain_id=31337, header=b"", nodes=(), profiles=tuple(PROFILES.values()))
        made.file("names.json", serialize_snapshot(names))
        for server in servers.values():
            server.lie = final_by_depth
        arguments = made.arguments(*made.rpc(*"abc"), "--memory=none", f"--save-snapshot={made.saved}")
        if main(arguments) != 0:
            raise RuntimeError("the genuine evidence is not authentic")
        yield made


@pytest.fixture(autouse=True)
def honest_again(setting: Setting, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TANJI_VERIFIER_MEMORY", str(tmp_path / "memory.json"))
    yield
    for server in setting.servers.values():
        server.lie, server.raw, server.status, server.delay, server.drip = final_by_depth, None, 200, 0.0, 0.0


def run_json(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = main([*arguments, "--json"])
    return code, json.loads(capsys.readouterr().out)


# ---------------------------------------------------------------- what people run


def test_a_process_says_authentic_in_chinese_and_english(setting: Setting) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "verifier", *setting.arguments(*setting.rpc(*"abc"))],
        capture_output=True,
        check=False,
        env={**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0"},
    )
    text = run.stdout.decode()
    assert (run.returncode, run.stderr) == (0, b"")
    assert text.startswith("✔ 真实 AUTHENTIC")
    for expected in (
        "示例认证有限公司 (Example Certification Co.)",
        "沈阳示例电器有限公司",
        "「示例冰箱」",
        "310.5 kgCO2e",
        "[✔] chain.view",
        "a, b, c",
    ):
        assert expected in text
    assert "\x1b" not in text, "no colour codes where nobody looks at a terminal"


def test_json_names_outcome_checks_block_and_trust(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    code, document = run_json(capsys, setting.arguments(*setting.rpc(*"abc")))
    assert (code, document["outcome"]) == (0, "authentic")
    assert document["trust"]["source"] == "quorum"
    assert document["trust"]["vouchers"] == ["a", "b", "c"]
    assert document["names"]["certifier"].startswith("示例认证有限公司")
    assert document["block"]["age"] >= -120


@pytest.mark.parametrize("moment", ["now", "date", "rfc3339"])
def test_at_takes_three_forms(setting: Setting, capsys: pytest.CaptureFixture[str], moment: str) -> None:
    anchored = setting.published.log.anchors[2].time
    wait_until(lambda: time.time() > anchored + 2, seconds=60)  # the local node's clock runs ahead of ours
    # Days before the certificate is valid, whatever the hour is in Shanghai.
    earlier = time.strftime("%Y-%m-%d", time.gmtime(anchored - 3 * 86_400))
    text = {"now": str(int(time.time())), "date": earlier, "rfc3339": f"{earlier}T12:00:00+08:00"}[moment]
    code, document = run_json(capsys, setting.arguments(*setting.rpc(*"abc"), "--at", text))
    assert document["at"] is not None
    assert code == (0 if moment == "now" else 1), "before it was valid nothing was certified"


# ---------------------------------------------------------------- offline


def test_offline_by_block_hash(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = setting.arguments("--snapshot", setting.saved, "--block-hash", setting.block_hash)
    code, document = run_json(capsys, arguments)
    assert (code, document["trust"]["source"]) == (0, "by-hand")


def test_offline_by_bulletin(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    world, header = setting.published.world, parse_header(setting.snapshot().header)
    bulletin = sign_bulletin(
        world.keys["bulletin"],
        deployment=world.deployment,
        number=header.number,
        block_hash=header.hash,
        time=header.time,
    )
    good = setting.file("bulletin.json", serialize_bulletin(bulletin))
    code, document = run_json(capsys, setting.arguments("--snapshot", setting.saved, "--bulletin", good))
    assert (code, document["trust"]["source"]) == (0, "bulletin")
    forged = setting.file("forged.json", serialize_bulletin(replace(bulletin, number=header.number + 1)))
    code, document = run_json(capsys, setting.arguments("--snapshot", setting.saved, "--bulletin", forged))
    assert (code, document["trust"]["reason"]) == (3, "bulletin-signature")


def test_a_snapshot_alone_never_vouches_for_itself(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(setting.arguments("--snapshot", setting.saved)) == 3
    text = capsys.readouterr().out
    assert "暂无法判定 INCONCLUSIVE" in text
    assert "快照不能为自己作证" in text
    assert "[?] chain.view" in text
    assert "--block-hash" in text


def test_a_quorum_remembered_by_the_device_vouches_later(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    kept = str(setting.folder / "kept.json")
    assert main(setting.arguments(*setting.rpc(*"abc"), f"--save-snapshot={kept}")) == 0
    code, document = run_json(capsys, setting.arguments("--snapshot", kept))
    assert (code, document["trust"]["source"]) == (0, "remembered")


def test_another_hash_than_the_snapshots(setting: Setting) -> None:
    wrong = flip_hex(setting.block_hash)
    assert main(setting.arguments("--snapshot", setting.saved, "--block-hash", wrong)) == 3


def test_a_trie_node_left_out_is_never_authentic(setting: Setting) -> None:
    snapshot = setting.snapshot()
    for place in range(len(snapshot.nodes)):
        cut = replace(snapshot, nodes=snapshot.nodes[:place] + snapshot.nodes[place + 1 :])
        path = setting.file("cut.json", serialize_snapshot(cut))
        arguments = setting.arguments("--snapshot", path, "--block-hash", setting.block_hash, "--memory=none")
        code = main(arguments)
        # A node that shows only a party's name or AnchorLog's latest word is not asked by the ladder.
        assert code in ((0, 3) if place in _shows_names_only(setting, place) else (3,)), place


def _shows_names_only(setting: Setting, place: int) -> set[int]:
    """The place itself, where the verdict does not rest on that node (found by asking the ladder's own questions)."""
    from verifier.ladder import verify
    from verifier.policy import CONSUMER
    from verifier.trust import trust_by_hand
    from verifier.types import BlockHash

    snapshot = setting.snapshot()
    cut = replace(snapshot, nodes=snapshot.nodes[:place] + snapshot.nodes[place + 1 :])
    verdict = verify(
        setting.published.evidence,
        snapshot=cut,
        trusted_block=trust_by_hand(BlockHash(bytes.fromhex(setting.block_hash[2:]))),
        deployment=setting.published.world.deployment,
        policy=CONSUMER,
        now=int(time.time()),
    )
    return {place} if verdict.outcome == "authentic" else set()


def test_a_device_does_not_go_back(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    setting.published.world.mine(2)
    assert main(setting.arguments(*setting.rpc(*"abc"))) == 0
    code, document = run_json(
        capsys, setting.arguments("--snapshot", setting.saved, "--block-hash", setting.block_hash)
    )
    assert (code, document["checks"][0]["reason"]) == (3, "older-than-accepted")
    assert (
        main(setting.arguments("--snapshot", setting.saved, "--block-hash", setting.block_hash, "--memory=none")) == 0
    )


def test_a_chain_that_was_rewritten_under_an_accepted_block(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    world = setting.published.world
    before = world.chain.call("evm_snapshot")
    world.mine(2, seconds=1)
    assert main(setting.arguments(*setting.rpc(*"abc"))) == 0
    world.chain.call("evm_revert", before)
    world.mine(2, seconds=3)
    code, document = run_json(capsys, setting.arguments(*setting.rpc(*"abc")))
    assert (code, document["trust"]["reason"]) == (3, "another-block-accepted")
    world.mine(1)
    assert main(setting.arguments(*setting.rpc(*"abc"))) == 0


def test_a_damaged_memory_is_inconclusive(setting: Setting, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "memory.json").write_text("{")
    code, document = run_json(
        capsys, setting.arguments("--snapshot", setting.saved, "--block-hash", setting.block_hash)
    )
    assert (code, document["trust"]["reason"]) == (3, "memory-damaged")
    assert main(setting.arguments(*setting.rpc(*"abc"))) == 3


# ---------------------------------------------------------------- exit codes


def test_changed_evidence_is_rejected(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(Path(setting.evidence).read_bytes())
    document["certificate"]["statement"]["body"]["quota"] = 999_999
    forged = setting.file("forged-evidence.json", json.dumps(document).encode())
    assert main(setting.arguments(*setting.rpc(*"abc"), files=(forged,))) == 1
    text = capsys.readouterr().out
    assert text.startswith("✘ 不可信 REJECTED")
    assert "[✘] certificate.logged" in text
    assert "未经证实 as claimed" in text


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b"\xef\xbb\xbf{}", b"{" * 100_000, b'{"v":1,"v":1}', b"\x00" * 9_000_000], ids=len
)
def test_what_is_no_evidence_is_4(setting: Setting, capsys: pytest.CaptureFixture[str], data: bytes) -> None:
    bad = setting.file("bad.json", data)
    code, document = run_json(capsys, setting.arguments(*setting.rpc(*"abc"), files=(bad,)))
    assert code == 4
    assert document["error"]["code"] == "malformed"


def test_several_files_give_a_verdict_each_and_the_worst_code(
    setting: Setting, capsys: pytest.CaptureFixture[str]
) -> None:
    bad = setting.file("bad.json", b"{}")
    missing = str(setting.folder / "missing.json")
    code = main([*setting.arguments(*setting.rpc(*"abc"), files=(setting.evidence, bad, missing)), "--json"])
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert code == 4
    assert [line.get("outcome") for line in lines] == ["authentic", None, None]
    document = json.loads(Path(setting.evidence).read_bytes())
    document["origin"] = "tanji/1/elsewhere"
    other = setting.file("other.json", json.dumps(document).encode())
    assert main(setting.arguments(*setting.rpc(*"abc"), files=(bad, other, setting.evidence))) == 1


USAGE: dict[str, list[str]] = {
    "neither": [],
    "both": ["--snapshot", "x", "--rpc", "http://a.test"],
    "hash-and-bulletin": ["--snapshot", "x", "--block-hash", "0x", "--bulletin", "y"],
    "hash-with-rpc": ["--rpc", "http://a.test", "--block-hash", "0x"],
    "quorum-0": ["--rpc", "http://a.test", "--quorum", "0"],
    "quorum-negative": ["--rpc", "http://a.test", "--quorum=-1"],
    "quorum-too-large": ["--rpc", "http://a.test", "--quorum", "2"],
    "quorum-not-a-number": ["--rpc", "http://a.test", "--quorum", "１"],
    "depth-0": ["--rpc", "http://a.test", "--depth", "0"],
    "depth-negative": ["--rpc", "http://a.test", "--depth=-3"],
    "depth-huge": ["--rpc", "http://a.test", "--depth", "99999999999"],
    "one-operator-twice": ["--rpc", "http://a.example.com", "--rpc", "http://b.example.com"],
    "no-url": ["--rpc", "a.test"],
    "unknown-policy": ["--rpc", "http://a.test", "--policy", "nobody"],
    "unknown-option": ["--rpc", "http://a.test", "--trust-me"],
    "abbreviated-option": ["--rpc", "http://a.test", "--poli", "consumer"],
    "at-nonsense": ["--rpc", "http://a.test", "--at", "yesterday"],
    "at-future": ["--rpc", "http://a.test", "--at", "99999999999"],
    "snapshot-missing": ["--snapshot", "/nonexistent/x"],
    "hash-malformed": ["--snapshot", "SAVED", "--block-hash", "0x12"],
    "depth-with-snapshot": ["--snapshot", "SAVED", "--depth", "3"],
}


@pytest.mark.parametrize("more", USAGE.values(), ids=USAGE.keys())
def test_usage_and_configuration_errors_are_4_and_never_suspect(
    setting: Setting, capsys: pytest.CaptureFixture[str], more: list[str]
) -> None:
    more = [setting.saved if word == "SAVED" else word for word in more]
    try:
        code = main(setting.arguments(*more))
    except SystemExit as left:
        code = left.code  # type: ignore[assignment]
    assert code == 4
    told = capsys.readouterr()
    assert told.err
    assert "Traceback" not in told.err


# ---------------------------------------------------------------- lies on the wire


def changing(method: str, change: Callable[[Any], Any]) -> Callable[[str, list[Any], Answer], Answer]:
    def lie(asked: str, params: list[Any], answer: Answer) -> Answer:
        answer = final_by_depth(asked, params, answer)
        return {"result": change(answer["result"])} if asked == method and "result" in answer else answer

    return lie


def setting_to(name: str, value: Any) -> Callable[[Any], Any]:
    return lambda answer: {**answer, name: value} if isinstance(answer, dict) else answer


def each_path(change: Callable[[list[str]], list[str]]) -> Callable[[Any], Any]:
    return lambda answer: {
        **answer,
        "accountProof": change(answer["accountProof"]),
        "storageProof": [{**proof, "proof": change(proof["proof"])} for proof in answer["storageProof"]],
    }


WITHDRAWN_LANE = encode_lane_word((Transition(status=Status.WITHDRAWN, ordinal=1, time=1_790_000_000),))
LIES = {
    "wrong-header": changing("eth_getBlockByNumber", setting_to("stateRoot", "0x" + "11" * 32)),
    "wrong-hash": changing("eth_getBlockByNumber", setting_to("hash", "0x" + "22" * 32)),
    "wrong-time": changing("eth_getBlockByNumber", setting_to("timestamp", hex(2**33))),
    "stale-final": changing("eth_getBlockByNumber", setting_to("number", "0x1")),
    "another-chain": changing("eth_chainId", lambda _: "0x1"),
    "wrong-nodes": changing("eth_getProof", each_path(lambda path: [*path[:-1], flip_hex(path[-1])] if path else path)),
    "missing-nodes": changing("eth_getProof", each_path(lambda path: path[:-1])),
    "reordered-nodes": changing("eth_getProof", each_path(lambda path: path[::-1])),
    "another-slots-proof": changing(
        "eth_getProof",
        lambda answer: {**answer, "storageProof": answer["storageProof"][:1] * len(answer["storageProof"])},
    ),
    "no-proofs": changing("eth_getProof", lambda answer: {**answer, "storageProof": []}),
    "no-logs": changing("eth_getLogs", lambda _: []),
    "forged-latest": changing("eth_getStorageAt", lambda _: "0x" + WITHDRAWN_LANE.hex()),
}
RAW = {
    "garbage-json": lambda _: b"{]",
    "html": lambda _: b"<html>hello</html>",
    "empty": lambda _: b"",
    "huge": lambda _: b'{"jsonrpc":"2.0","id":1,"result":"' + b"f" * (70 << 20) + b'"}',
    "wrong-ids": lambda body: body.replace(b'"id": ', b'"id": 9'),
    "deep": lambda _: b"[" * 200_000,
}


@pytest.mark.parametrize("name", [*LIES, *RAW])
def test_a_lying_endpoint_never_makes_a_wrong_verdict(
    setting: Setting, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    liar = setting.servers["a"]
    if name in LIES:
        liar.lie = LIES[name]
    else:
        liar.raw = RAW[name]
    assert main(setting.arguments(*setting.rpc("a", quorum=1))) == 3
    told = capsys.readouterr()
    assert "Traceback" not in told.out + told.err
    assert "chain.view" in told.out
    # Two honest operators of three agree without the liar, where its lie is not one about what is newest.
    assert main(setting.arguments(*setting.rpc(*"abc", quorum=2))) == (3 if name == "forged-latest" else 0)


def test_a_slow_endpoint_is_left_behind(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    from verifier.rpc import online

    agree = online.agree_on_block
    monkeypatch.setattr(online, "agree_on_block", lambda *a, **k: agree(*a, **k, seconds=0.5))
    setting.servers["a"].delay = 30.0
    before = time.monotonic()
    assert main(setting.arguments(*setting.rpc(*"abc", quorum=2))) == 0
    assert main(setting.arguments(*setting.rpc("a", quorum=1))) == 3
    assert time.monotonic() - before < 10


def test_endpoints_that_disagree_are_named(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    setting.servers["a"].lie = LIES["wrong-hash"]
    assert main(setting.arguments(*setting.rpc("a", "b", quorum=2))) == 3
    text = capsys.readouterr().out
    assert "· a: block" in text
    assert "· b: block" in text


def test_unreachable_endpoints(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    code = main(setting.arguments("--rpc", "http://127.0.0.1:9"))
    assert code == 3
    assert "127.0.0.1" in capsys.readouterr().out


def test_a_forged_root_in_the_anchor_list_is_dropped(setting: Setting) -> None:
    forged = [replace(anchor, root=NodeHash(bytes(32))) for anchor in setting.published.log.anchors]
    snapshot = Snapshot(chain_id=31337, header=b"", nodes=(), anchors=tuple(forged), profiles=tuple(PROFILES.values()))
    hints = setting.file("forged-hints.json", serialize_snapshot(snapshot))
    assert main(setting.arguments(*setting.rpc(*"abc"), "--hints", hints)) == 0


def test_zz_a_withdrawal_counts_early_and_then_for_good(setting: Setting, capsys: pytest.CaptureFixture[str]) -> None:
    """Last: it changes the chain."""
    world = setting.published.world
    change = StatusChange(owner=party_id(CERTIFIER), subject=setting.published.certificate_id, status=Status.WITHDRAWN)
    world.status("certifier-status").change(change)
    assert main(setting.arguments(*setting.rpc(*"abc"))) == 3
    assert "尚待最终确认" in capsys.readouterr().out
    world.mine(2)
    assert main(setting.arguments(*setting.rpc(*"abc"))) == 1
    assert "已被撤销" in capsys.readouterr().out
