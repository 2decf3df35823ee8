"""Packs over HTTP, the page that lists them, and what makes the scanner installable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import create_app
from api.http.packs import PackShelf
from api.pages.mount import page_routers
from api.pages.parts import page_parts
from tests.support.packs import Packed, packed
from tests.support.service import served
from tests.support.world import DEPLOYMENT, sign_digest
from verifier.bulletin import Bulletin, bulletin_digest, serialize_bulletin
from verifier.encoding import to_hex
from verifier.header import parse_header
from verifier.pack.reader import Pack
from verifier.pack.writer import serialize_pack
from verifier.rlp import decode, encode

FIRST_NUMBER = 100


@cache
def world() -> Packed:
    return packed()


@cache
def pack(number: int) -> bytes:
    """The world's pack as if its block had this number: no view would pass, but packs are handed out unopened."""
    content = world().content
    fields = decode(content.block)
    assert isinstance(fields, list)
    fields[8] = number.to_bytes(2, "big").lstrip(b"\0")
    return serialize_pack(replace(content, block=encode(fields)))


@dataclass
class Shelf:
    client: TestClient
    folder: Path

    def put(self, name: str, data: bytes) -> str:
        """The pack's name in hex."""
        (self.folder / name).write_bytes(data)
        return to_hex(Pack(data).head.name)


@pytest.fixture
def shelf(tmp_path: Path) -> Iterator[Shelf]:
    folder = tmp_path / "packs"
    folder.mkdir()
    bulletin = tmp_path / "bulletin.json"
    (tmp_path / "ledger").mkdir()
    with served(tmp_path / "ledger", bulletin=bulletin) as running:
        parts = page_parts(running.service, packs=PackShelf(folder, DEPLOYMENT.origin))
        with TestClient(create_app(running.service, extra=page_routers(parts))) as client:
            yield Shelf(client=client, folder=folder)


def test_an_empty_folder_and_no_folder_at_all(shelf: Shelf) -> None:
    assert shelf.client.get("/v1/packs").json() == {"items": []}
    answer = shelf.client.get("/v1/packs/latest")
    assert (answer.status_code, answer.json()["field"]) == (404, "packs")
    shelf.folder.rmdir()
    assert shelf.client.get("/v1/packs").json() == {"items": []}
    assert "还没有发布巡检包" in shelf.client.get("/packs").text


def test_packs_are_listed_by_block_and_fetched_whole(shelf: Shelf) -> None:
    older, newer = shelf.put("b.tanji", pack(FIRST_NUMBER)), shelf.put("a.tanji", pack(FIRST_NUMBER + 1))
    listed = shelf.client.get("/v1/packs").json()["items"]
    assert [(one["name"], one["block"]["number"]) for one in listed] == [(newer, 101), (older, 100)]
    assert listed[0]["bytes"] == len(pack(FIRST_NUMBER + 1))
    assert shelf.client.get("/v1/packs/latest").content == pack(FIRST_NUMBER + 1)
    answer = shelf.client.get(listed[1]["href"])
    assert answer.content == pack(FIRST_NUMBER)
    assert answer.headers["content-disposition"] == 'attachment; filename="tanji-100.tanji"'
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-type"] == "application/octet-stream"


def test_what_is_no_pack_of_this_log_is_passed_over(shelf: Shelf) -> None:
    shelf.put("good.tanji", pack(FIRST_NUMBER))
    (shelf.folder / "cut.tanji").write_bytes(pack(FIRST_NUMBER)[:300])
    (shelf.folder / "note.tanji").write_text("hello", encoding="utf-8")
    (shelf.folder / "folder.tanji").mkdir()
    (shelf.folder / "copy-of-good.tanji").write_bytes(pack(FIRST_NUMBER))
    (shelf.folder / "pack.part").write_bytes(pack(FIRST_NUMBER + 1))
    foreign = replace(world().content, origin="tanji/1/0x" + "11" * 20)
    (shelf.folder / "foreign.tanji").write_bytes(serialize_pack(foreign))
    assert [one["block"]["number"] for one in shelf.client.get("/v1/packs").json()["items"]] == [FIRST_NUMBER]


def test_a_file_replaced_or_taken_away_is_noticed(shelf: Shelf) -> None:
    shelf.put("morning.tanji", pack(FIRST_NUMBER))
    assert shelf.client.get("/v1/packs/latest").content == pack(FIRST_NUMBER)
    shelf.put("morning.tanji", pack(FIRST_NUMBER + 500))
    assert shelf.client.get("/v1/packs/latest").content == pack(FIRST_NUMBER + 500)
    (shelf.folder / "morning.tanji").unlink()
    assert shelf.client.get("/v1/packs/latest").status_code == 404


def test_a_download_is_taken_up_where_it_broke_off(shelf: Shelf) -> None:
    name, data = shelf.put("a.tanji", pack(FIRST_NUMBER)), pack(FIRST_NUMBER)
    whole = shelf.client.get("/v1/packs/latest")
    etag = whole.headers["etag"]
    assert (etag, whole.headers["accept-ranges"]) == (f'"{name}"', "bytes")
    rest = shelf.client.get("/v1/packs/latest", headers={"Range": "bytes=1000-", "If-Range": etag})
    assert (rest.status_code, rest.content) == (206, data[1000:])
    assert rest.headers["content-range"] == f"bytes 1000-{len(data) - 1}/{len(data)}"
    another = shelf.client.get("/v1/packs/latest", headers={"Range": "bytes=1000-", "If-Range": '"another"'})
    assert (another.status_code, another.content) == (200, data)
    beyond = shelf.client.get("/v1/packs/latest", headers={"Range": f"bytes={len(data)}-"})
    assert beyond.status_code == 416


def test_an_unchanged_pack_is_not_sent_again(shelf: Shelf) -> None:
    name = shelf.put("a.tanji", pack(FIRST_NUMBER))
    for path in ("/v1/packs/latest", f"/v1/packs/{name}"):
        answer = shelf.client.get(path, headers={"If-None-Match": f'"{name}"'})
        assert (answer.status_code, answer.content, answer.headers["etag"]) == (304, b"", f'"{name}"')
    assert shelf.client.get("/v1/packs/latest").headers["cache-control"] == "public, no-cache"


def test_head_tells_size_and_name_without_the_bytes(shelf: Shelf) -> None:
    name = shelf.put("a.tanji", pack(FIRST_NUMBER))
    answer = shelf.client.head("/v1/packs/latest")
    assert (answer.status_code, answer.content) == (200, b"")
    assert (answer.headers["content-length"], answer.headers["etag"]) == (str(len(pack(FIRST_NUMBER))), f'"{name}"')


@pytest.mark.parametrize(
    ("name", "status"), [("0x" + "00" * 32, 404), ("0x00", 400), ("..%2fledger.sqlite", 404), ("a.tanji", 400)]
)
def test_names_that_are_none(shelf: Shelf, name: str, status: int) -> None:
    shelf.put("a.tanji", pack(FIRST_NUMBER))
    answer = shelf.client.get(f"/v1/packs/{name}")
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


# ---------------------------------------------------------------- pages


def test_the_page_shows_twenty_and_leads_on(shelf: Shelf) -> None:
    for number in range(FIRST_NUMBER, FIRST_NUMBER + 23):
        shelf.put(f"{number}.tanji", pack(number))
    first = shelf.client.get("/packs?lang=en").text
    assert first.count('href="/v1/packs/0x') == 20
    following = first.split('<a class="button" href="?')[1].partition('"')[0].replace("&amp;", "&")
    assert following.startswith("lang=en&before=103.")
    second = shelf.client.get(f"/packs?{following}").text
    assert second.count('href="/v1/packs/0x') == 3
    assert "Back to the start" in second
    assert "newest" not in second
    assert shelf.client.get("/packs?before=nonsense").text.count('href="/v1/packs/0x') == 20


def test_the_bulletin_stands_there_as_a_code(shelf: Shelf, tmp_path: Path) -> None:
    header = parse_header(world().content.block)
    block: dict[str, int] = {"chain_id": DEPLOYMENT.chain_id, "number": header.number, "time": header.time}
    digest = bulletin_digest(**block, block_hash=header.hash, deployment=DEPLOYMENT)
    bulletin = Bulletin(**block, hash=header.hash, signature=sign_digest("bulletin", digest))
    assert "<path transform" not in shelf.client.get("/packs").text
    (tmp_path / "bulletin.json").write_bytes(serialize_bulletin(bulletin))
    assert "<path transform" in shelf.client.get("/packs").text
    (tmp_path / "bulletin.json").write_text("{", encoding="utf-8")
    assert shelf.client.get("/packs").status_code == 200


def test_the_scanner_alone_may_connect_elsewhere_and_use_the_camera(shelf: Shelf) -> None:
    scan = shelf.client.get("/scan").headers
    assert "connect-src 'self' https: http://127.0.0.1:* http://localhost:*;" in scan["content-security-policy"]
    assert "camera=(self)" in scan["permissions-policy"]
    for path in ("/", "/packs", "/explorer", "/certificates"):
        headers = shelf.client.get(path).headers
        assert "https:" not in headers["content-security-policy"], path
        assert "camera=(self)" not in headers["permissions-policy"], path


def test_the_service_worker_keeps_the_page_and_all_it_needs(shelf: Shelf) -> None:
    answer = shelf.client.get("/scan/worker.js")
    assert answer.headers["service-worker-allowed"] == "/scan"
    assert answer.headers["content-type"].startswith("text/javascript")
    assert answer.headers["content-security-policy"] == "default-src 'none'; connect-src 'self'"
    assert answer.headers["cache-control"] == "public, no-cache"
    held = json.loads(answer.text.partition("self.SHELL=")[2].partition(";\n")[0])
    page = shelf.client.get(held["pages"]["en"]).text
    assert shelf.client.get(held["pages"]["zh"]).status_code == 200
    for path in held["files"]:
        assert shelf.client.get(path).status_code == 200, path
    wanted = {piece.partition('"')[0] for piece in page.split('"/static/')[1:]}
    assert {"/static/" + one for one in wanted} <= set(held["files"]), "what the page names is held"


@pytest.mark.parametrize(("language", "name"), [("zh", "碳迹扫码核验"), ("en", "Tanji Scanner")])
def test_the_manifest_makes_it_installable(shelf: Shelf, language: str, name: str) -> None:
    answer = shelf.client.get(f"/scan/app.webmanifest?lang={language}")
    assert answer.headers["content-type"].startswith("application/manifest+json")
    manifest = answer.json()
    assert (manifest["name"], manifest["scope"], manifest["display"]) == (name, "/scan", "standalone")
    assert manifest["start_url"] == f"/scan?lang={language}"
    assert {(one["sizes"], one["purpose"]) for one in manifest["icons"]} == {
        ("192x192", "any"),
        ("512x512", "any"),
        ("512x512", "maskable"),
    }
    for icon in manifest["icons"]:
        assert shelf.client.get(icon["src"]).headers["content-type"] == "image/png"
