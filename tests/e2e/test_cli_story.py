"""The whole story through the commands alone: a real node, a real database, every role with its own keys."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.main import cli
from ledger.chain.client import NodeChain, connect
from ledger.chain.localnode import anvil_command, running_node
from tests.support import bodies
from tests.support.chain import OPERATOR, require_node
from tests.support.labels import label_text
from tests.support.shared import shared_dir
from verifier.deployment import Predecessor, parse_deployment
from verifier.encoding import to_hex
from verifier.identifiers import party_id

pytestmark = [pytest.mark.node, pytest.mark.xdist_group("node-cli")]

DAY = 86_400


@dataclass
class Town:
    """A folder, a node, and a way to type commands. Steps remember what later steps need."""

    folder: Path
    chain: NodeChain
    url: str
    known: dict[str, str] = field(default_factory=dict)

    def type(self, *words: str, expect: int = 0) -> dict[str, Any]:
        """Run a command with --json and return its document."""
        result = self.run(*words, "--json", expect=expect)
        return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]

    def run(self, *words: str, expect: int = 0) -> Result:
        environment = {
            "TANJI_PASSPHRASE": "correct horse",
            "TANJI_RPC": self.url,
            "TANJI_HOME": str(self.path("home")),
            "TANJI_DEPLOYMENT": None if words[:2] == ("regulator", "deploy") else str(self.path("deployment.json")),
        }
        result = CliRunner(env=environment).invoke(cli, words)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == expect, f"{words}\n{result.stdout}\n{result.stderr}"
        return result

    def path(self, name: str) -> Path:
        return self.folder / name

    def key(self, name: str) -> str:
        return str(self.path(f"keys/{name}.json"))

    def mine(self, blocks: int = 2) -> None:
        self.chain.call("hardhat_mine", hex(blocks), hex(1))

    def fund(self, address: str) -> None:
        self.chain.call("hardhat_setBalance", address, hex(10**20))

    def verify(self, *more: str, expect: int) -> dict[str, Any]:
        words = ("verify", str(self.path("evidence.json")), "--deployment", str(self.path("deployment.json")))
        result = self.run(
            *words,
            "--rpc",
            self.url,
            "--hints",
            str(self.path("hints.json")),
            "--memory",
            "none",
            "--json",
            *more,
            expect=expect,
        )
        return json.loads(result.stdout)  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    require_node()
    folder = tmp_path_factory.mktemp("town")
    with running_node(anvil_command("--slots-in-an-epoch", "1")) as node:
        yield Town(folder=folder, chain=connect(node.url), url=node.url)


def body_of_today() -> dict[str, Any]:
    """A footprint with sums that hold and no upstream."""
    body = bodies.body("footprint")
    del body["extensions"][0]["data"]["upstream"]
    return body


def test_01_the_regulator_makes_keys_and_deploys(town: Town) -> None:
    for name in ("regulator", "rule", "certifier", "certifier-status", "holder"):
        made = town.type("keys", "new", town.key(name), "--cost", "light")
        town.known[name] = made["address"]
        town.fund(made["address"])
    assert town.type("keys", "show", town.key("holder"))["address"] == town.known["holder"]
    refused = town.type("keys", "new", town.key("holder"), expect=1)
    assert refused["error"]["code"] == "output.exists"
    deployed = town.type(
        *("regulator", "deploy", "--key", town.key("regulator"), "--name", "Test Town", "--party", bodies.REGULATOR),
        *("--party-name", "示例市市场监督管理局", "-o", str(town.path("deployment.json"))),
    )
    assert set(deployed["contracts"]) == {"TrustRegistry", "StatusRegistry", "AnchorLog"}
    assert (
        town.type(
            *("regulator", "deploy", "--key", town.key("regulator"), "--name", "Again", "--party", bodies.REGULATOR),
            *("--party-name", "x", "-o", str(town.path("deployment.json"))),
            expect=1,
        )["error"]["code"]
        == "output.exists"
    )
    town.mine()


def test_02_the_operator_makes_a_home_once(town: Town) -> None:
    words = ("operator", "init", "--rpc", town.url, "--deployment", str(town.path("deployment.json")))
    made = town.type(*words, "--party", OPERATOR, "--cost", "light")
    town.known |= {"sequencer": made["sequencer"], "log": made["logKey"], "request": made["registration"]}
    town.fund(made["sequencer"])
    assert town.type(*words, "--party", OPERATOR, expect=1)["error"]["code"] == "home.exists"


def test_03_parties_keys_and_grants(town: Town) -> None:
    key = ("--key", town.key("regulator"))
    assert (
        town.type("regulator", "party", "add", bodies.HOLDER, "--name", "甲", *key, expect=1)["error"]["code"]
        == "party.code"
    )
    names = {OPERATOR: "示例运营中心", bodies.CERTIFIER: "示例认证有限公司", bodies.HOLDER: "沈阳示例电器有限公司"}
    for party, name in names.items():
        town.type("regulator", "party", "add", party, "--name", name, "--irregular", "made up for a test", *key)
    assert town.type("regulator", "party", "show", bodies.HOLDER)["name"] == names[bodies.HOLDER]
    assert (
        town.type("regulator", "party", "show", "uscc:911100000000000000", expect=1)["error"]["code"] == "party.unknown"
    )
    itself = town.type("regulator", "party", "succeed", OPERATOR, OPERATOR, *key, expect=1)["error"]
    assert "PartySuccessorRefused" in itself["message"]
    assert "does not succeed itself" in itself["advice"]
    assert town.type("regulator", "party", "show", OPERATOR)["successor"] is None
    town.type("regulator", "party", "succeed", OPERATOR, bodies.HOLDER, *key)
    shown = town.type("regulator", "party", "show", OPERATOR)
    assert (shown["successor"], shown["successorParty"]) == (to_hex(party_id(bodies.HOLDER)), bodies.HOLDER)
    assert bodies.HOLDER in town.run("regulator", "party", "show", OPERATOR).stdout
    wanted = {
        "rule": (bodies.REGULATOR, "rule"),
        "certifier": (bodies.CERTIFIER, "certificate"),
        "certifier-status": (bodies.CERTIFIER, "status"),
        "holder": (bodies.HOLDER, "footprint"),
    }
    requests = [town.known["request"]]
    for name, (party, purpose) in wanted.items():
        file = str(town.path(f"request-{name}.json"))
        town.type("keys", "request", "--key", town.key(name), "--party", party, "--purpose", purpose, "-o", file)
        requests.append(file)
    assert len(town.type("regulator", "key", "register", *requests, *key)["registered"]) == 5
    town.type("regulator", "log-key", "register", town.known["log"], *key)
    for party, purpose, scope in (
        (bodies.REGULATOR, "rule", ""),
        (bodies.CERTIFIER, "certificate", bodies.CATEGORY),
        (bodies.HOLDER, "footprint", ""),
    ):
        town.type("regulator", "grant", "open", party, purpose, "--scope", scope, *key)
    stranger = town.type("regulator", "grant", "open", bodies.HOLDER, "rule", "--key", town.key("holder"), expect=1)
    assert stranger["error"]["code"] == "chain.call-reverted"
    town.mine()


def test_04_an_empty_log_says_what_to_do(town: Town) -> None:
    assert town.type("log", "checkpoint", expect=1)["error"]["advice"]
    town.type("operator", "integrate")
    assert "operator submit" in town.run("log", "checkpoint").stdout
    assert town.type("operator", "fsck")["clean"]


def test_05_statements_are_checked_signed_and_issued(town: Town) -> None:
    now = int(time.time())
    town.path("footprint-body.json").write_text(json.dumps(body_of_today()))
    town.path("rule-body.json").write_text(
        json.dumps(bodies.body("rule") | {"effectiveFrom": now - DAY, "effectiveUntil": now + 700 * DAY})
    )
    assert town.type("enterprise", "check", str(town.path("footprint-body.json")))["files"][0]["arithmetic"] == "passed"
    footprint, rule = str(town.path("footprint.json")), str(town.path("rule.json"))
    party = ("--party", bodies.HOLDER)
    town.type(
        "enterprise",
        "sign",
        str(town.path("footprint-body.json")),
        *party,
        "--key",
        town.key("holder"),
        "-o",
        footprint,
    )
    regulator = ("--party", bodies.REGULATOR, "--key", town.key("rule"))
    town.type("regulator", "rule", "sign", str(town.path("rule-body.json")), *regulator, "-o", rule)
    terms = {
        "number": "TJ-2026-000001", "category": bodies.CATEGORY, "schemeId": "EX-1", "schemeName": "示例方案",
        "assurance": "reasonable", "granularity": "model", "validFrom": now - DAY, "validUntil": now + 300 * DAY, "quota": 10,
    }  # fmt: skip
    town.path("terms.json").write_text(json.dumps(terms))
    words = (footprint, "--terms", str(town.path("terms.json")), "--rule", rule, "--party", bodies.CERTIFIER)
    assert town.type("certifier", "check", *words)["certifiable"]
    draft, signed = str(town.path("draft.json")), str(town.path("certificate.json"))
    town.type("certifier", "draft", *words, "-o", draft)
    shown = town.run("sign", draft, "--key", town.key("certifier"), "-o", signed).stdout
    assert "Certificate TJ-2026-000001 v1" in shown
    assert '"holder"' in shown


def test_06_a_footprint_whose_sums_are_wrong_is_refused_with_every_reason(town: Town) -> None:
    body = body_of_today()
    body["extensions"][0]["data"]["stages"][0]["amount"] = "999"
    town.path("bad-body.json").write_text(json.dumps(body))
    bad = str(town.path("bad.json"))
    town.type(
        "enterprise",
        "sign",
        str(town.path("bad-body.json")),
        "--party",
        bodies.HOLDER,
        "--key",
        town.key("holder"),
        "-o",
        bad,
    )
    words = (bad, "--terms", str(town.path("terms.json")), "--party", bodies.HOLDER)
    answer = town.type("certifier", "check", *words, expect=1)
    codes = {reason["code"] for reason in answer["reasons"]}
    assert {"footprint.arithmetic", "conflict.self"} <= codes
    assert all(reason["zh"] and reason["en"] for reason in answer["reasons"])


def test_07_submissions_get_receipts_and_refusals_row_by_row(town: Town) -> None:
    lines = [
        json.dumps(json.loads(town.path(name).read_text()))
        for name in ("footprint.json", "rule.json", "certificate.json")
    ]
    town.path("all.ndjson").write_text("\n".join([lines[0], '{"v":1}', lines[1], lines[2]]) + "\n")
    words = ("operator", "submit", str(town.path("all.ndjson")), "--receipts", str(town.path("receipts.ndjson")))
    answer = town.type(*words, expect=1)
    assert (answer["taken"], answer["refused"]) == (3, 1)
    answers = [json.loads(line) for line in town.path("receipts.ndjson").read_text().splitlines()]
    assert answers[1]["position"] == 1
    assert answers[1]["error"]["rule"] == "missing-member"
    again = [json.loads(line) for line in town.path("receipts.ndjson").read_text().splitlines()]
    town.type(*words, expect=1)
    assert again == answers, "submitting again gives the same receipts"
    town.known["certificate"] = answers[3]["id"]
    assert town.type("log", "entry", answers[3]["id"])["entries"][0]["index"] == 2
    assert town.type("log", "proof", "1")["size"] == 3


def test_08_anchoring_settles_and_says_so(town: Town) -> None:
    assert (
        town.type("log", "evidence", town.known["certificate"], "-o", str(town.path("e.json")), expect=1)["error"][
            "code"
        ]
        == "evidence.not-anchored"
    )
    report = town.type("operator", "anchor", "--until-settled")
    assert report["settled"]
    assert report["anchoredSize"] == 3
    assert town.type("operator", "anchor")["outcome"] == "idle"
    status = town.type("operator", "status")
    assert (status["sequenced"], status["anchored"], status["anchors"]) == (3, 3, 1)
    checked = town.type("log", "receipt", "check", str(town.path("receipts.ndjson")))
    assert [one["outcome"] for one in checked["receipts"]] == ["kept"] * 3
    town.mine(6)


def test_09_the_evidence_is_authentic(town: Town) -> None:
    town.type("log", "evidence", town.known["certificate"], "-o", str(town.path("evidence.json")))
    assert town.type("log", "hints", "-o", str(town.path("hints.json")))["anchors"] == 1
    verdict = town.verify("--save-snapshot", str(town.path("pack.json")), expect=0)
    assert verdict["outcome"] == "authentic", verdict
    town.type(
        "regulator",
        "bulletin",
        "sign",
        "--endpoint",
        town.url,
        "--key",
        town.key("regulator"),
        "-o",
        str(town.path("bulletin.json")),
    )


def test_09b_and_authentic_without_a_network(town: Town) -> None:
    words = ("verify", str(town.path("evidence.json")), "--deployment", str(town.path("deployment.json")))
    offline = ("--snapshot", str(town.path("pack.json")), "--memory", "none", "--json")
    verdict = json.loads(town.run(*words, *offline, "--bulletin", str(town.path("bulletin.json"))).stdout)
    assert verdict["trust"]["source"] == "bulletin", verdict["trust"]
    assert "沈阳示例电器有限公司" in json.dumps(verdict["names"], ensure_ascii=False)
    town.run(*words, *offline, expect=3)  # alone, a snapshot vouches for nothing


def test_09c_a_pack_is_built_updated_and_used(town: Town) -> None:
    pack, newer = str(town.path("a.tanji")), str(town.path("b.tanji"))
    made = town.type("pack", "build", "--endpoint", town.url, "-o", pack)
    assert (made["certificates"], made["labels"], made["leftOut"]) == (1, 0, [])
    assert (
        town.type("pack", "build", "--category", "urn:x:none", "-o", str(town.path("none.tanji")))["certificates"] == 0
    )
    facts = town.type("pack", "info", pack)
    assert (facts["name"], facts["hash"], facts["certificates"]) == (made["name"], made["hash"], 1)
    # the same evidence, judged under the pack's snapshot
    words = ("verify", str(town.path("evidence.json")), "--deployment", str(town.path("deployment.json")))
    offline = ("--memory", "none", "--json", "--pack", pack)
    verdict = json.loads(town.run(*words, *offline, "--block-hash", made["hash"]).stdout)
    assert (verdict["outcome"], verdict["policy"]) == ("authentic", "inspection")
    # endpoints confirm the pack's block once; the device remembers it and needs them no more
    memory = ("--memory", str(town.path("memory.json")), "--json", "--pack", pack)
    assert json.loads(town.run(*words, *memory, "--rpc", town.url).stdout)["trust"]["source"] == "quorum"
    assert json.loads(town.run(*words, *memory).stdout)["trust"]["source"] == "remembered"
    # a label of this certificate, which has issued none
    label = label_text(bytes.fromhex(town.known["certificate"][2:]), "", path=f"/01/{bodies.GTIN}")
    told = json.loads(town.run("verify", label, *words[2:], *offline, "--block-hash", made["hash"], expect=3).stdout)
    assert [check["reason"] for check in told["checks"] if check["id"] == "label.signature"] == ["labels-not-given"]
    town.mine(3)
    again = town.type("pack", "build", "--endpoint", town.url, "-o", newer)
    assert again["number"] > made["number"]
    change = str(town.path("day.delta"))
    assert town.type("pack", "delta", pack, newer, "-o", change)["base"] == made["name"]
    applied = town.type("pack", "apply", pack, change, "-o", str(town.path("c.tanji")))
    assert applied["name"] == again["name"]
    refused = town.type("pack", "apply", newer, change, "-o", str(town.path("d.tanji")), expect=1)
    assert refused["error"]["code"] == "pack.another-base"


def test_10_suspended_restored_and_withdrawn_offline(town: Town) -> None:
    lane = ("--party", bodies.CERTIFIER, "--key", town.key("certifier-status"))
    town.type("certifier", "suspend", "TJ-2026-000001", *lane)
    town.mine(6)
    rejected = town.verify(expect=1)
    assert [check["id"] for check in rejected["checks"] if check["outcome"] == "failed"] == ["certificate.status"]
    town.type("certifier", "restore", "TJ-2026-000001", *lane)
    town.mine(6)
    town.verify(expect=0)
    change = str(town.path("change.json"))
    town.type("certifier", "withdraw", town.known["certificate"], *lane, "--offline", change)
    town.type("operator", "relay", change)
    town.type("operator", "relay", change)  # once more is a success without effect
    town.mine(6)
    town.verify(expect=1)
    lanes = town.type("certifier", "status", "TJ-2026-000001", town.known["certificate"], "--party", bodies.CERTIFIER)
    assert [row["issuer"][0]["status"] for row in lanes["subjects"]] == ["active", "withdrawn"]
    refused = town.type("certifier", "restore", town.known["certificate"], *lane, expect=1)
    assert "LaneTerminated" in refused["error"]["message"]


def test_11_the_regulator_writes_its_own_lane_and_reports_a_stolen_key(town: Town) -> None:
    key = ("--key", town.key("regulator"))
    town.type("regulator", "status", "suspend", bodies.HOLDER, *key)
    town.type("regulator", "status", "restore", bodies.HOLDER, *key)
    head = town.chain.call("eth_getBlockByNumber", "latest", False)
    assert isinstance(head, dict)
    since = str(int(str(head["timestamp"]), 16))
    town.type("regulator", "key", "report-stolen", town.known["certifier"], "--since", since, *key)
    town.type("regulator", "key", "end", town.known["certifier"], *key)


def test_12_fsck_and_monitor_find_nothing_then_a_changed_byte(town: Town) -> None:
    assert town.type("operator", "fsck")["clean"]
    assert town.type("log", "monitor", "--log-key", town.known["log"])["clean"]
    bundle = town.path("home") / "log/tile/entries/000.p/3"
    data = bytearray(bundle.read_bytes())
    data[100] ^= 1
    bundle.write_bytes(bytes(data))
    found = town.type("operator", "fsck", expect=1)
    assert not found["clean"]
    assert town.type("log", "monitor", "--log-key", town.known["log"], expect=1)["findings"]
    data[100] ^= 1
    bundle.write_bytes(bytes(data))


def test_13_importing_the_whole_catalogue_into_the_ledger(town: Town) -> None:
    shared = shared_dir()
    folder = None if shared is None else shared / "data/carbon-catalogue"
    if folder is None or not folder.is_dir():
        pytest.skip("the Carbon Catalogue is not here (TANJI_SHARED)")
    words = ("import", "carbon-catalogue", str(folder), "--home", str(town.path("home")))
    assert town.type(*words, expect=1)["error"]["code"] == "import.signer"
    summary = town.type(*words, "--issuer", bodies.HOLDER, "--key", town.key("holder"))
    assert summary == {"rows": 866, "statements": 866, "refused": 0, "withStages": 421, "arithmeticFailed": 70}
    assert town.type("operator", "anchor", "--until-settled")["anchoredSize"] == 869
    report = town.type("operator", "fsck")
    assert (report["clean"], report["entries"], report["anchors"]) == (True, 869, 2)
    assert town.type("log", "consistency", "3")["new"] == 869


def test_13_labels_are_issued_under_the_logged_certificate_and_submitted(town: Town) -> None:
    made = town.type("keys", "new", town.key("labels"), "--cost", "light")
    town.fund(made["address"])
    request = str(town.path("request-labels.json"))
    words = ("keys", "request", "--key", town.key("labels"), "--party", bodies.HOLDER, "--purpose", "labels")
    town.type(*words, "-o", request)
    town.type("regulator", "key", "register", request, "--key", town.key("regulator"))
    town.mine()
    issue = ("enterprise", "labels", "issue", "--certificate", town.known["certificate"], "--key", town.key("labels"))
    labels = town.type(*issue, "--resolver", "id.example.cn", "--batch", "L-1", "--submit")
    assert (labels["first"], labels["count"], labels["quota"]) == (0, 1, 10)
    assert town.type("log", "entry", labels["id"])["entries"][0]["index"] == labels["receipt"]["index"]
    # Another machine, which does not know of the first batch, asks the log.
    elsewhere = town.type(
        *issue, "--resolver", "id.example.cn", "--batch", "L-2", "--batches", str(town.path("elsewhere")), "--submit"
    )
    assert elsewhere["first"] == 1
    printed = town.type("enterprise", "labels", "print", labels["folder"], "-o", str(town.path("print")))
    text = Path(printed["files"][0]).read_bytes()
    assert text.startswith(b"%PDF")
    town.type("operator", "anchor", "--until-settled")


def test_14_a_promise_not_kept_is_proven_with_the_receipt_alone(town: Town) -> None:
    body = body_of_today() | {"id": "7b3e2f10-6a4c-4d2e-9b1f-00000000beef"}
    town.path("late-body.json").write_text(json.dumps(body))
    late, receipts = str(town.path("late.json")), str(town.path("late.ndjson"))
    signing = ("--party", bodies.HOLDER, "--key", town.key("holder"), "-o", late)
    town.type("enterprise", "sign", str(town.path("late-body.json")), *signing)
    town.type("operator", "submit", late, "--receipts", receipts)
    assert town.type("log", "receipt", "check", receipts)["receipts"][0]["outcome"] == "open"
    accusation = str(town.path("accusation.json"))
    town.path("accusation.json").write_text(
        json.dumps({"v": 1, "receipt": json.loads(town.path("late.ndjson").read_text())})
    )
    assert town.type("log", "broken-promise", "check", accusation, expect=1)["finding"] == "open"
    town.chain.call("evm_increaseTime", 4_000)
    town.mine(6)
    assert town.type("log", "receipt", "check", receipts, expect=1)["receipts"][0]["outcome"] == "broken"
    assert town.type("log", "broken-promise", "check", accusation)["finding"] == "broken"
    findings = town.type("operator", "fsck", expect=1)["findings"]
    assert [(one["code"], one["index"]) for one in findings] == [
        ("promise.broken", town.type("operator", "status")["sequenced"] - 1)
    ]


def test_15_the_log_is_closed_for_good_in_favour_of_another(town: Town) -> None:
    shown = town.type("regulator", "anchor-log", "show")
    assert (shown["successor"], shown["anchors"] > 0) == (None, True)
    later = town.path("deployment-later.json")
    key = ("--key", town.key("regulator"))
    deploying = ("--name", "Later Town", "--party", bodies.REGULATOR, "--party-name", "示例市市场监督管理局")
    address = town.type("regulator", "deploy", *key, *deploying, "-o", str(later))["contracts"]["AnchorLog"]
    retiring = ("regulator", "anchor-log", "retire")
    itself = town.type(*retiring, shown["origin"].split("/")[2], *key, expect=1)["error"]
    assert "SuccessorRefused" in itself["message"]
    assert town.type(*retiring, str(town.path("nowhere.json")), *key, expect=4)["error"]["advice"]
    stranger = town.type(*retiring, str(later), "--key", town.key("holder"), expect=1)["error"]
    assert "NotEntitled" in stranger["message"]
    assert parse_deployment(later.read_bytes()).predecessors == ()

    closed = town.type(*retiring, str(later), *key)
    assert (closed["successor"], closed["lastSize"]) == (address, shown["size"])
    old = parse_deployment(town.path("deployment.json").read_bytes())
    predecessor = Predecessor(chain_id=old.chain_id, anchor_log=old.anchor_log, last_size=shown["size"])
    assert parse_deployment(later.read_bytes()).predecessors == (predecessor,)
    assert town.type("regulator", "anchor-log", "show")["successor"] == address
    assert address in town.run("regulator", "anchor-log", "show").stdout
    again = town.type(*retiring, str(later), *key, expect=1)["error"]
    assert "LogRetired" in again["message"]
    assert town.type("operator", "anchor", expect=1)["error"]["code"] == "anchor.retired"
