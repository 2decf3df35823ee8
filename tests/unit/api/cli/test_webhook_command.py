"""`tanji webhook order`: what it signs is what the service reads, and nothing is signed that the service would not read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.commands.webhook.order import ACTIONS
from api.cli.main import cli
from ledger.domain.webhook_orders import Action, endpoint_id, parse_order
from ledger.keys.keystore import LIGHT_COST, write_keystore
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, DEPLOYMENT
from verifier.deployment import serialize_deployment
from verifier.signature import recover, to_checksum

URL = "https://hooks.bank.example/tanji"
PAPER = "0x" + "2b" * 32


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deployment.json").write_bytes(serialize_deployment(DEPLOYMENT))
    write_keystore(tmp_path / "key.json", CERTIFIER_KEY, b"x", cost=LIGHT_COST)
    return tmp_path


def typed(*words: str, expect: int = 0) -> Result:
    environment = {"TANJI_PASSPHRASE": "x", "TANJI_HOME": None, "TANJI_DEPLOYMENT": "deployment.json"}
    common = ("--party", bodies.CERTIFIER, "--key", "key.json", "-o", "order.json")
    result = CliRunner(env=environment).invoke(cli, ("webhook", "order", *words, *common))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    assert result.exit_code == expect, result.output
    return result


def test_every_action_of_the_service_has_its_word() -> None:
    assert set(ACTIONS) == set(map(str, Action))


@pytest.mark.parametrize(
    ("words", "target", "details"),
    [
        (("add", URL), URL, {}),
        (
            ("add", URL, "--kind", "status", "--kind", "anchor", "--certificate", PAPER, "--about", bodies.HOLDER,
             "--cursor", "1-2-3", "--until", "2027-03-01"),
            URL,
            {"kinds": ["status", "anchor"], "certificates": [PAPER], "parties": [bodies.HOLDER], "cursor": "1-2-3",
             "until": 1_803_830_400},
        ),
        (("list",), "", {}),
        (("pause", "wh_1"), "wh_1", {}),
        (("replay", "wh_1", "--cursor", "0-0-0"), "wh_1", {"cursor": "0-0-0"}),
        (("deliveries", "wh_1", "--after", "0", "--state", "dead"), "wh_1", {"after": 0, "state": "dead"}),
    ],
)  # fmt: skip
def test_an_order_is_signed_by_the_key(folder: Path, words: tuple[str, ...], target: str, details: Any) -> None:
    answer = json.loads(typed(*words, "--minutes", "30", "--json").stdout)
    order = parse_order((folder / "order.json").read_bytes())
    assert (str(order.action), order.target, order.details) == (words[0], target, details)
    assert order.deadline == order.issued_at + 1_800 == answer["deadline"]
    digest = order.digest(DEPLOYMENT.domain_separator)
    assert recover(digest, order.signature) == CERTIFIER_KEY.address
    assert answer["signer"] == to_checksum(CERTIFIER_KEY.address)
    assert answer.get("endpoint") == (endpoint_id(digest) if words[0] == "add" else None)


@pytest.mark.parametrize(
    ("words", "place"),
    [
        (("add", URL, "--kind", "weather"), "/webhookOrder/details/kinds"),
        (("add", URL, "--cursor", "now"), "/webhookOrder/details/cursor"),
        (("add", URL, "--after", "1"), "/webhookOrder/details/after"),
        (("replay", "wh_1"), "/webhookOrder/details/cursor"),
        (("pause", "wh_1", "--cursor", "0-0-0"), "/webhookOrder/details/cursor"),
        (("add", "x" * 501), "/webhookOrder/target"),
    ],
)
def test_what_the_service_would_not_read_is_not_signed(folder: Path, words: tuple[str, ...], place: str) -> None:
    error = json.loads(typed(*words, "--json", expect=4).stdout)["error"]
    assert error["code"] == "malformed"
    assert place in error["message"] + error.get("place", "")
    assert not (folder / "order.json").exists()


@pytest.mark.parametrize("words", [("add",), ("pause",), ("list", "wh_1")])
def test_a_target_that_is_missing_or_too_many_is_named(folder: Path, words: tuple[str, ...]) -> None:
    error = json.loads(typed(*words, "--json", expect=4).stdout)["error"]
    assert error["code"] == "webhook.target"
    assert error["advice"]


def test_another_file_is_never_overwritten(folder: Path) -> None:
    (folder / "order.json").write_text("mine")
    assert "output.exists" in typed("list", expect=1).stderr
    assert (folder / "order.json").read_text() == "mine"
