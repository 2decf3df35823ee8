"""How commands speak: errors with advice, exit codes, nothing half-done; and commands that need no node."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from api.cli.advice import ADVICE, REVERTS
from api.cli.helpdoc import MarkersMissingError, manual, with_overview
from api.cli.main import cli, main
from ledger.chain.artifacts import CONTRACTS, load_artifact
from tests.support import bodies
from tests.support.ledger import DEPLOYMENT
from tests.support.shared import shared_dir
from verifier.deployment import serialize_deployment

ROOT = Path(__file__).resolve().parents[4]
Type = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "deployment.json").write_bytes(serialize_deployment(DEPLOYMENT))
    environment = {"TANJI_PASSPHRASE": "x", "TANJI_HOME": None, "TANJI_RPC": None, "TANJI_DEPLOYMENT": None}

    def type_in(*words: str, expect: int = 0, **more: str | None) -> Result:
        result = CliRunner(env=environment | more).invoke(cli, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == expect, result.output
        return result

    return type_in


def document(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


def test_the_documentation_is_what_the_commands_say() -> None:
    """Run `make docs` when this fails. In a process of its own: a command remembers the help of whoever asked it first."""
    words = [sys.executable, "-m", "api.cli.helpdoc", "README.md", "docs/cli.md", "--check"]
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_readme_without_a_place_for_help_is_named() -> None:
    with pytest.raises(MarkersMissingError, match="READ"):
        with_overview("# Title", Path("READ.md"))


def test_every_leaf_command_has_examples_and_json() -> None:
    sections = manual().split("\n#### ")[1:]
    leaves = [text for text in sections if "Commands:" not in text]
    assert len(leaves) > 40
    for text in leaves:
        assert "Examples:" in text, text.splitlines()[0]
        assert "--json" in text, text.splitlines()[0]


def test_advice_about_reverts_names_errors_the_contracts_have() -> None:
    known = {
        str(item.get("name")) for name in CONTRACTS for item in load_artifact(name).abi if item.get("type") == "error"
    }
    assert set(REVERTS) <= known
    assert all(ADVICE.values())


@pytest.mark.parametrize(
    "words", [("nonsense",), ("keys", "new"), ("operator", "run", "--loud"), ("log", "proof", "one")]
)
def test_usage_errors_leave_with_4(words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setattr("sys.argv", ["tanji", *words])
    with pytest.raises(SystemExit) as left:
        main()
    assert left.value.code == 4
    assert "Usage:" in capsys.readouterr().err


def test_the_verifiers_own_exit_code_comes_through(run: Type) -> None:
    run(
        "verify",
        "nosuch.json",
        "--deployment",
        "deployment.json",
        "--rpc",
        "http://127.0.0.1:9",
        "--memory",
        "none",
        expect=4,
    )


def test_errors_are_a_sentence_with_advice_or_one_json_document(run: Type) -> None:
    told = run("operator", "status", expect=1)
    assert told.stdout == ""
    assert "home.missing" in told.stderr
    assert "→" in told.stderr
    answer = document(run("operator", "status", "--json", expect=1))
    assert answer["error"]["code"] == "home.missing"
    assert answer["error"]["advice"]


def test_a_node_that_is_not_there_is_said_so(run: Type) -> None:
    words = (
        "regulator",
        "party",
        "show",
        bodies.HOLDER,
        "--deployment",
        "deployment.json",
        "--rpc",
        "http://127.0.0.1:9",
    )
    answer = document(run(*words, "--json", expect=1))
    assert answer["error"]["code"] == "chain.unavailable"


def test_a_key_is_never_overwritten_and_its_passphrase_never_guessed(run: Type, tmp_path: Path) -> None:
    run("keys", "new", "k.json", "--cost", "light")
    before = (tmp_path / "k.json").read_bytes()
    run("keys", "new", "k.json", "--cost", "light", expect=1)
    assert (tmp_path / "k.json").read_bytes() == before
    assert (tmp_path / "k.json").stat().st_mode & 0o077 == 0
    request = ("keys", "request", "--key", "k.json", "--party", bodies.HOLDER, "--purpose", "footprint")
    words = (*request, "--deployment", "deployment.json", "-o", "r.json", "--json")
    assert document(run(*words, expect=1, TANJI_PASSPHRASE="y"))["error"]["code"] == "key.passphrase-wrong"
    assert document(run(*words, expect=1, TANJI_PASSPHRASE=None))["error"]["code"] == "key.passphrase-missing"
    assert not (tmp_path / "r.json").exists()
    assert document(run(*words))["party"] == bodies.HOLDER


def test_log_keys_are_made_and_shown(run: Type) -> None:
    made = document(run("keys", "new-log", "log.pem", "--json"))
    assert document(run("keys", "show", "log.pem", "--json"))["publicKey"] == made["publicKey"]


def test_signing_refuses_what_has_not_its_kinds_form(run: Type, tmp_path: Path) -> None:
    run("keys", "new", "k.json", "--cost", "light")
    sign = ("--key", "k.json", "--deployment", "deployment.json", "-o", "s.json", "--json")
    body = bodies.body("certificate")
    del body["quota"]
    (tmp_path / "d.json").write_text(
        json.dumps({"v": 1, "kind": "certificate", "issuer": bodies.CERTIFIER, "body": body})
    )
    answer = document(run("sign", "d.json", *sign, expect=4))
    assert (answer["error"]["place"], answer["error"]["rule"]) == ("/body/quota", "missing-member")
    (tmp_path / "d.json").write_text(json.dumps(body))
    assert document(run("sign", "d.json", *sign, expect=4))["error"]["code"] == "sign.document"
    (tmp_path / "d.json").write_text('{"v":1,"v":1}')
    assert document(run("sign", "d.json", *sign, expect=4))["error"]["rule"] == "duplicate-key"
    assert not (tmp_path / "s.json").exists()


def test_a_file_of_drafts_is_signed_whole_or_not_at_all(run: Type, tmp_path: Path) -> None:
    run("keys", "new", "k.json", "--cost", "light")
    sign = ("--key", "k.json", "--deployment", "deployment.json", "--json")
    drafts = [
        {"v": 1, "kind": "footprint", "issuer": bodies.HOLDER, "body": {**bodies.body("footprint"), "id": f"7b3e2f10-6a4c-4d2e-9b1f-{n:012x}"}}
        for n in range(3)
    ]  # fmt: skip
    lines = [json.dumps(one, ensure_ascii=False) for one in drafts]
    (tmp_path / "drafts.ndjson").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8")
    answer = document(run("sign", "drafts.ndjson", "-o", "signed.ndjson", *sign))
    assert (answer["kind"], answer["count"]) == ("bundle", 3)
    signed = [json.loads(line) for line in (tmp_path / "signed.ndjson").read_bytes().splitlines()]
    assert [one["body"]["id"] for one in signed] == [one["body"]["id"] for one in drafts]  # type: ignore[index]
    assert {one["signer"] for one in signed} == {answer["signer"]}
    del drafts[1]["body"]["pcf"]  # type: ignore[attr-defined]
    (tmp_path / "drafts.ndjson").write_text("\n".join(json.dumps(one) for one in drafts))
    answer = document(run("sign", "drafts.ndjson", "-o", "other.ndjson", *sign, expect=4))
    assert (answer["error"]["code"], "line 2" in answer["error"]["message"]) == ("sign.bundle", True)
    assert not (tmp_path / "other.ndjson").exists()


def test_a_status_change_is_signed_without_a_network(run: Type, tmp_path: Path) -> None:
    run("keys", "new", "k.json", "--cost", "light")
    words = (
        "certifier",
        "withdraw",
        "TJ-1",
        "--party",
        bodies.CERTIFIER,
        "--key",
        "k.json",
        "--deployment",
        "deployment.json",
    )
    answer = document(run(*words, "--offline", "c.json", "--nonce", "0", "--json"))
    assert (answer["status"], answer["nonce"]) == ("withdrawn", 0)
    signed = json.loads((tmp_path / "c.json").read_text())
    assert set(signed) == {"v", "statusChange", "signature"}
    # The same change, prepared elsewhere and signed by `tanji sign`, has the same bytes: signatures are deterministic.
    (tmp_path / "u.json").write_text(json.dumps({name: signed[name] for name in ("v", "statusChange")}))
    run("sign", "u.json", "--key", "k.json", "--deployment", "deployment.json", "-o", "c2.json", "--json")
    assert (tmp_path / "c2.json").read_bytes() == (tmp_path / "c.json").read_bytes()


def test_another_keys_registration_is_not_signed(run: Type, tmp_path: Path) -> None:
    for name in ("a", "b"):
        run("keys", "new", f"{name}.json", "--cost", "light")
    place = ("--deployment", "deployment.json", "--json")
    run("keys", "request", "--key", "a.json", "--party", bodies.HOLDER, "--purpose", "status", "-o", "r.json", *place)
    assert (
        document(run("sign", "r.json", "--key", "b.json", "-o", "s.json", *place, expect=1))["error"]["code"]
        == "key.other"
    )


def test_checking_footprints_names_field_and_rule_of_each_file(run: Type, tmp_path: Path) -> None:
    good, bad = bodies.body("footprint"), bodies.body("footprint")
    bad["pcf"]["exemptedEmissionsPercent"] = "101"
    (tmp_path / "good.json").write_text(json.dumps(good))
    (tmp_path / "bad.json").write_text(json.dumps(bad))
    (tmp_path / "float.json").write_text('{"pcf": 1.5}')
    answer = document(run("enterprise", "check", "good.json", "bad.json", "--json", expect=1))
    assert [one["signable"] for one in answer["files"]] == [True, False]
    errors = [one for one in answer["files"][1]["findings"] if one["severity"] == "error"]
    assert [(one["field"], one["rule"]) for one in errors] == [("/pcf/exemptedEmissionsPercent", "decimal.percent")]
    run("enterprise", "check", "float.json", expect=4)


def test_a_table_is_signed_row_by_row(run: Type, tmp_path: Path) -> None:
    from tests.unit.ledger.intake.test_footprint_csv import table

    path = table(tmp_path, {}, {"exemptedEmissionsPercent": "101", "productIds": "urn:acme:3"})
    run("keys", "new", "k.json", "--cost", "light")
    words = ("enterprise", "sign-table", str(path), "--party", bodies.HOLDER, "--key", "k.json", "-o", "s.ndjson")
    answer = document(run(*words, "--deployment", "deployment.json", "--json", expect=1))
    assert answer["signed"] == 1
    assert [(one["row"], one["code"]) for one in answer["refused"]] == [(2, "body.pact")]
    assert len((tmp_path / "s.ndjson").read_text().splitlines()) == 1


def test_init_refuses_before_it_writes(run: Type, tmp_path: Path) -> None:
    run("operator", "init", "--home", "h", "--party", bodies.HOLDER, expect=1)
    (tmp_path / "broken.json").write_text("{}")
    run("operator", "init", "--home", "h", "--deployment", "broken.json", expect=4)
    assert not (tmp_path / "h").exists()
    made = document(
        run(
            "operator",
            "init",
            "--home",
            "h",
            "--deployment",
            "deployment.json",
            "--party",
            bodies.HOLDER,
            "--cost",
            "light",
            "--json",
        )
    )
    assert json.loads(Path(made["registration"]).read_text())["registration"]["purposes"] == ["sequencer"]


def test_a_wrong_setting_is_unreadable_input(run: Type, tmp_path: Path) -> None:
    (tmp_path / "tanji-home").mkdir()
    (tmp_path / "tanji-home/tanji.toml").write_text("colour = 1\n")
    answer = document(run("operator", "status", "--json", expect=4))
    assert (answer["error"]["code"], answer["error"]["field"]) == ("config.setting", "colour")


def test_completion_scripts_are_printed(run: Type) -> None:
    for shell in ("bash", "zsh", "fish"):
        assert "_TANJI_COMPLETE" in run("completion", shell).stdout


def test_importing_needs_nothing_but_the_folder(run: Type, tmp_path: Path) -> None:
    shared = shared_dir()
    if shared is None or not (shared / "data/carbon-catalogue").is_dir():
        pytest.skip("the Carbon Catalogue is not here (TANJI_SHARED)")
    told = run(
        "import",
        "carbon-catalogue",
        str(shared / "data/carbon-catalogue"),
        "--json",
        "-o",
        "s.ndjson",
        TANJI_PASSPHRASE=None,
    )
    assert (
        told.stdout.splitlines()[-1]
        == '{"rows":866,"statements":866,"refused":0,"withStages":421,"arithmeticFailed":70}'
    )
    lines = (tmp_path / "s.ndjson").read_text().splitlines()
    assert len(lines) == len(set(lines)) == 866
    assert {json.loads(line)["kind"] for line in lines} == {"footprint"}


def test_importing_from_a_folder_without_tables_is_unreadable(run: Type) -> None:
    assert document(run("import", "carbon-catalogue", ".", "--json", expect=4))["error"]["code"] == "import.source"
