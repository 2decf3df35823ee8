"""`tanji enterprise labels` and `identifiers`: from a certificate's file to printed labels that another decoder reads."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
import zxingcpp
from click.testing import CliRunner, Result
from PIL import Image

from api.cli.main import cli
from api.runtime.config import Settings
from api.runtime.home import create_home
from ledger.keys.keystore import ScryptCost, write_keystore
from ledger.labels import pins
from ledger.labels.batch import CHUNKS, STATEMENT, open_batch
from ledger.labels.leaves import LeafTable
from ledger.store.engines import parse_url, writing_engine
from ledger.store.schema import migrate
from tests.support import bodies
from tests.support.ledger import CERTIFIER_KEY, DEPLOYMENT, HOLDER_KEY, STRANGER_KEY, certificate_body, sign
from verifier.bodies import parse_labels
from verifier.canonical import canonicalize, parse
from verifier.deployment import serialize_deployment
from verifier.label import label_digest, parse_label
from verifier.signature import recover
from verifier.statement import parse_statement

Type = Callable[..., Result]
QUICK = ScryptCost(n=2)


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Type:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pins, "SCRYPT_N", 2)
    Path("deployment.json").write_bytes(serialize_deployment(DEPLOYMENT))
    body = certificate_body() | {"granularity": "item", "quota": 10}
    Path("certificate.json").write_bytes(canonicalize(sign("certificate", bodies.CERTIFIER, body, CERTIFIER_KEY)))
    write_keystore(Path("labels.key"), HOLDER_KEY, b"x", cost=QUICK)
    write_keystore(Path("other.key"), STRANGER_KEY, b"x", cost=QUICK)
    environment = {
        "TANJI_PASSPHRASE": "x", "TANJI_HOME": None, "TANJI_RPC": None, "TANJI_DEPLOYMENT": "deployment.json",
        "TANJI_RESOLVER": "id.example.cn", "TANJI_LABELS": None,
    }  # fmt: skip

    def type_in(*words: str, expect: int = 0) -> Result:
        result = CliRunner(env=environment).invoke(cli, words)
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        assert result.exit_code == expect, result.output
        return result

    return type_in


def document(result: Result) -> dict[str, Any]:
    return json.loads(result.stdout.splitlines()[-1])  # type: ignore[no-any-return]


ISSUE = ("enterprise", "labels", "issue", "--certificate", "certificate.json", "--key", "labels.key")


def issued(run: Type, *more: str) -> dict[str, Any]:
    return document(run(*ISSUE, *more, "--json"))


def test_issue_signs_labels_and_their_statement(run: Type) -> None:
    made = issued(run, "--count", "3", "--batch", "L-04", "--label-key", "other.key")
    assert (made["first"], made["count"], made["quota"]) == (0, 3, 10)
    batch = open_batch(Path(made["folder"]))
    statement = parse_statement(parse(batch.statement.read_bytes()))
    labels = parse_labels(statement.body)
    assert (statement.signer, labels.label_key) == (HOLDER_KEY.address, STRANGER_KEY.address)
    assert (labels.batch, labels.first, labels.count) == ("L-04", 0, 3)
    with LeafTable.open(batch.leaves, root=labels.root) as table:
        for line in batch.rows.read_text().splitlines()[1:]:
            label = parse_label(line.split(",")[3])
            digest = label_digest(
                DEPLOYMENT.domain_separator, product=label.product, serial=label.signed_serial, certificate_prefix=label.certificate_prefix
            )  # fmt: skip
            assert recover(digest, label.signature) == STRANGER_KEY.address
            assert label.index is not None
            assert table.evidence(label.signed_serial, label.index) is not None
    if os.name == "posix":
        assert batch.folder.stat().st_mode & 0o077 == 0


def test_a_model_that_has_a_gmn_and_no_gtin(run: Type) -> None:
    gmn = "1987654Ad4X4bL5ttr2310c2K"
    body = certificate_body() | {"granularity": "model", "products": [{"gmn": gmn, "name": "示例冰箱"}]}
    Path("certificate.json").write_bytes(canonicalize(sign("certificate", bodies.CERTIFIER, body, CERTIFIER_KEY)))
    batch = open_batch(Path(issued(run)["folder"]))
    labels = parse_labels(parse_statement(parse(batch.statement.read_bytes())).body)
    assert (labels.gtin, labels.gmn, labels.count) == (None, gmn, 1)
    label = parse_label(batch.rows.read_text().splitlines()[1].rpartition(",")[2])
    assert (label.product, label.signed_serial) == (labels.product, "")
    listed = document(run("enterprise", "labels", "list", "--json"))["batches"][0]
    assert (listed["gtin"], listed["gmn"]) == (None, gmn)
    run(
        "enterprise", "labels", "print", str(batch.folder), "-o", "print", "--format", "png", "--certifier-name", "认证"
    )
    (picture,) = Path("print").glob("*.png")
    with Image.open(picture) as image:
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [
            batch.rows.read_text().splitlines()[1].rpartition(",")[2]
        ]


def test_the_quota_refuses_with_its_numbers(run: Type) -> None:
    issued(run, "--count", "8")
    error = document(run(*ISSUE, "--count", "3", "--json", expect=1))["error"]
    assert error["code"] == "labels.quota"
    for words in ("10 allowed", "8 used", "2 left", "3 asked"):
        assert words in error["message"]
    assert issued(run, "--count", "2")["first"] == 8


def test_an_interrupted_batch_is_listed_and_resumed(run: Type) -> None:
    folder = Path(issued(run, "--count", "4")["folder"])
    (folder / STATEMENT).unlink()
    (folder / CHUNKS).write_bytes(b"")
    assert document(run("enterprise", "labels", "list", "--json"))["batches"][0]["state"] == "unfinished"
    refused = run("enterprise", "labels", "print", str(folder), "-o", "print", "--json", expect=1)
    assert document(refused)["error"]["code"] == "labels.unsigned"
    wrong = run("enterprise", "labels", "resume", str(folder), "--key", "other.key", "--json", expect=1)
    assert document(wrong)["error"]["code"] == "labels.key"
    resumed = document(run("enterprise", "labels", "resume", str(folder), "--key", "labels.key", "--json"))
    again = document(run("enterprise", "labels", "resume", str(folder), "--key", "labels.key", "--json"))
    assert resumed["id"] == again["id"]
    assert document(run("enterprise", "labels", "list", "--json"))["batches"][0]["state"] == "signed"


def urls(folder: str) -> list[str]:
    return sorted(line.split(",")[3] for line in (Path(folder) / "labels.csv").read_text().splitlines()[1:])


def test_print_pdf_svg_and_png(run: Type) -> None:
    made = issued(run, "--count", "4")
    words = ("enterprise", "labels", "print", made["folder"], "--certifier-name", "示例认证中心", "--json")
    pdf = document(run(*words, "-o", "sheets", "--page", "A5"))
    image = pypdfium2.PdfDocument(pdf["files"][0])[0].render(scale=300 / 72).to_pil()
    found = zxingcpp.read_barcodes(
        image, formats=zxingcpp.BarcodeFormat.QRCode
    )  # any print may look like some stripes to it
    assert sorted(code.text for code in found) == urls(made["folder"])
    svg = document(run(*words, "-o", "svg", "--format", "svg", "--without-pins", "--first", "1", "--count", "2"))
    with zipfile.ZipFile(svg["files"][0]) as archive:
        assert len(archive.namelist()) == svg["labels"] == 2
    png = document(run(*words, "-o", "png", "--format", "png"))
    texts = [zxingcpp.read_barcodes(Image.open(file))[0].text for file in png["files"]]
    assert sorted(texts) == urls(made["folder"])


def test_a_print_folder_belongs_to_one_job(run: Type) -> None:
    made = issued(run, "--count", "2")
    words = ("enterprise", "labels", "print", made["folder"], "-o", "sheets", "--json")
    first = document(run(*words))
    kept = Path(first["files"][0]).read_bytes()
    assert document(run(*words))["files"] == first["files"]
    other = document(run(*words, "--page", "A5", expect=1))
    assert other["error"]["code"] == "print.folder"
    Path("taken").mkdir()
    Path("taken/note.txt").write_text("mine")
    assert document(run(*words[:5], "taken", "--json", expect=1))["error"]["code"] == "print.folder"
    assert Path(first["files"][0]).read_bytes() == kept


def test_a_schemes_own_words(run: Type) -> None:
    made = issued(run, "--count", "1")
    Path("schemes.toml").write_text('[TANJI-EX-1]\ndisclaimer = "示例方案标识"\n', encoding="utf-8")
    words = ("enterprise", "labels", "print", made["folder"], "--json")
    own = document(run(*words, "-o", "own", "--schemes", "schemes.toml"))
    text = pypdfium2.PdfDocument(own["files"][0])[0].get_textpage().get_text_bounded()
    assert "示例方案标识" in text
    assert "非国家统一标识" not in text
    Path("schemes.toml").write_text("[TANJI-EX-1]\ndisclaimer = 3\n", encoding="utf-8")
    assert document(run(*words, "-o", "x", "--schemes", "schemes.toml", expect=1))["error"]["code"] == "print.schemes"


def test_too_small_is_refused(run: Type) -> None:
    made = issued(run, "--count", "1")
    error = document(
        run("enterprise", "labels", "print", made["folder"], "-o", "x", "--scale", "0.8", "--json", expect=1)
    )["error"]
    assert error["code"] == "print.module"
    assert not list(Path("x").glob("*.pdf"))


def test_identifiers(run: Type) -> None:
    home = create_home(Path("tanji-home"), Settings())
    engine = writing_engine(parse_url(home.database))
    with engine.begin() as connection:
        migrate(connection)
    engine.dispose()
    add = ("enterprise", "identifiers", "add", "88.118.8/fridge", "--party", bodies.HOLDER, "--json")
    assert document(run(*add, "--gtin", bodies.GTIN[1:]))["product"] == bodies.GTIN
    shown = document(run("enterprise", "identifiers", "show", "88.118.8/fridge", "--json"))
    assert (shown["product"], shown["party"]) == (bodies.GTIN, bodies.HOLDER)
    other = document(run(*add, "--gmn", "1987654Ad4X4bL5ttr2310c2K", expect=1))
    assert other["error"]["code"] == "identifier.taken"
    run("enterprise", "identifiers", "show", "88.118.8/none", expect=1)
    run("enterprise", "identifiers", "show", "99.1.1/x", expect=1)
