"""A regulator's act from a form: every field that is wrong, and what the contract would refuse, before anything is sent; then the act in plain words."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from api.desks import acts
from api.desks.acts import NOW, Act
from api.desks.fields import FieldReader, Trouble
from api.desks.plain import said_of
from api.http.service import Service
from api.pages.words import Pair, moment
from api.runtime.requests import PURPOSES, parse_registration
from ledger.chain.registry import RegistryView, registry_at_head
from ledger.services.registry import SignedRegistration
from verifier.bodies.fields import read_urn
from verifier.command import parse_moment
from verifier.contracts import FOREVER, NO_SCOPE, Purpose, scope_of
from verifier.eip712 import domain_separator, registration_digest
from verifier.errors import MalformedError, VerifierError
from verifier.identifiers import check_lei, check_uscc, parse_party, party_id
from verifier.signature import parse_address, recover
from verifier.snapshot import Profile, parse_profile
from verifier.types import Address
from verifier.words import KeyWord

COMPROMISE_SECONDS: Final = 90 * 86_400  # TrustRegistry.MAX_COMPROMISE_AGE
MARGIN: Final = 300  # seconds between looking at an act and its block
LONGEST_NAME: Final = 200
MOST_INTERVALS: Final = 3
SCOPED: Final = ("certificate", "labels")
GRANTED: Final = ("certificate", "footprint", "labels", "rule")
_PREFIX: Final = re.compile(r"gs1:[0-9]{4,12}", re.ASCII)
_LOCAL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(?::[0-9]{2})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class Examined:
    """An act and what it means in words; or what is wrong with the form."""

    act: Act | None
    notes: tuple[Pair, ...] = ()
    troubles: tuple[Trouble, ...] = ()


class _Reader(FieldReader):
    """A form about the registry, read against its words at the node's head."""

    def __init__(self, form: Mapping[str, str], service: Service) -> None:
        super().__init__(form)
        desk = service.registries()
        self.service = service
        self.registry: RegistryView = registry_at_head(desk.chain, desk.deployment)
        self.now = max(service.clock.now(), self.registry.block.time)

    def party(self, name: str = "party") -> str:
        """A party's code, well-formed."""
        try:
            return parse_party(self.given(name).strip(), name)
        except MalformedError:
            self.trouble(
                name, "应为 uscc: 加 18 位，或 lei: 加 20 位", "uscc: and 18 characters, or lei: and 20", "party"
            )
            return ""

    def known_party(self, name: str = "party") -> str:
        """A party that is admitted."""
        party = self.party(name)
        if party and self.registry.profile_hash(party_id(party)) is None:
            self.trouble(name, "名册里没有这个主体：请先入册", "Not admitted yet: admit it first", "UnknownParty")
        return party

    def key(self) -> tuple[Address, KeyWord | None]:
        """A registered key."""
        try:
            address = parse_address(self.given("key").strip(), "key")
        except MalformedError:
            self.trouble(
                "key",
                "不是账户地址（0x 加 40 位，注意大小写）",
                "Not an account's address (0x and 40 digits; mind the case)",
                "address",
            )
            return Address(bytes(20)), None
        word = self.registry.key(address)
        if word is None:
            self.trouble("key", "没有登记过这把密钥", "This key was never registered", "UnknownKey")
        return address, word

    def time(self, name: str, empty: int) -> int:
        """A date, or date and time, of Asia/Shanghai; `empty` where the field is."""
        value = self.given(name).strip()
        if not value:
            return empty
        if _LOCAL.fullmatch(value):
            value += ("" if value.count(":") == 2 else ":00") + "+08:00"
        try:
            return parse_moment(value)
        except VerifierError:
            self.trouble(name, "请填日期，如 2026-12-01", "A date is due, like 2026-12-01", "date-time")
            return empty

    def later(self, name: str, value: int) -> int:
        """`value`, if it is open or still to come when its block is made."""
        if value not in (NOW, FOREVER) and value < self.now + MARGIN:
            self.trouble(
                name, "应为空（立即）或将来的时间", "Leave it empty (now), or give a time to come", "StartInPast"
            )
        return value

    def profile(self) -> Profile | None:
        """A party's public profile, its code's check character looked at."""
        party, name = self.party(), self.text("name", LONGEST_NAME)
        if not party or not name:
            return None
        members = {
            "party": party,
            "name": name,
            "nameEn": self.given("nameEn").strip(),
            "url": self.given("url").strip(),
        }
        try:
            return parse_profile({key: value for key, value in members.items() if value}, "")
        except MalformedError as error:
            field = error.place.removeprefix("/")
            self.trouble(field, f"不合格式：{error.rule}", f"Not of its form: {error.rule}", error.rule)
            return None

    def check_code(self, party: str) -> None:
        """The check character of a code; a few real, early codes fail it, and then a reason is due."""
        scheme, _, code = party.partition(":")
        try:
            (check_uscc if scheme == "uscc" else check_lei)(code, "party")
        except MalformedError as error:
            if not self.given("irregular").strip():
                self.trouble(
                    "party",
                    "校验位不对：抄错了？确有早期代码如此，则在下面写明理由",
                    "The check character is wrong: a typing error? A few real, early codes fail: then give a reason below",
                    error.rule,
                )

    def grant(self) -> tuple[str, str, str]:
        """Party, purpose, scope of a grant."""
        party, purpose = self.known_party(), self.choice("purpose", GRANTED)
        scope = self.given("scope").strip()
        if purpose not in SCOPED:
            if scope:
                self.trouble(
                    "scope", "这一事项没有范围，请留空", "This purpose has no scope: leave it empty", "GrantRefused"
                )
            return party, purpose, ""
        if purpose == "labels" and not _PREFIX.fullmatch(scope):
            self.trouble(
                "scope",
                "应为 gs1: 加厂商识别代码 4 至 12 位数字",
                "gs1: and the company prefix, 4 to 12 digits",
                "scope",
            )
        if purpose == "certificate":
            try:
                read_urn(scope, "scope")
            except MalformedError as error:
                self.trouble(
                    "scope",
                    "应为产品类别的 URN，如 urn:pact:…",
                    "A product category's URN is due, like urn:pact:…",
                    error.rule,
                )
        return party, purpose, scope

    def intervals(self, party: str, purpose: str, scope: str) -> tuple[int, int]:
        """How many intervals a grant has, and the end of the newest (0: none)."""
        if not party or purpose not in PURPOSES:
            return 0, 0
        found = self.registry.grant(party_id(party), int(PURPOSES[purpose]), scope_of(scope) if scope else NO_SCOPE)
        return len(found), found[0].ends_at if found else 0


def examine(name: str, form: Mapping[str, str], file: bytes, service: Service) -> Examined:
    """Examine a form. file: the key's request, for `register-key`. Raises NoChainError, ChainUnavailableError, BlockUnknownError."""
    reader = _Reader(form, service)
    act = _READ[name](reader, file)
    if reader.troubles or act is None:
        return Examined(act=None, troubles=tuple(reader.troubles))
    return Examined(act=act, notes=said_of(name, act, form, reader.now))


def _admit(reader: _Reader, _file: bytes) -> Act | None:
    profile = reader.profile()
    if profile is None:
        return None
    reader.check_code(profile.party)
    if reader.registry.profile_hash(party_id(profile.party)) is not None:
        reader.trouble(
            "party", "已经入册；改名请用“更名”", "Admitted already; to change its name, rename it", "PartyKnown"
        )
    return acts.admit(profile)


def _rename(reader: _Reader, _file: bytes) -> Act | None:
    reader.known_party()
    profile = reader.profile()
    if profile is None or reader.troubles:
        return None
    if reader.registry.profile_hash(party_id(profile.party)) == profile.digest():
        reader.trouble("name", "与现在的档案完全相同", "This is its profile already", "ProfileRefused")
    return acts.rename(profile)


def _succeed(reader: _Reader, _file: bytes) -> Act | None:
    party, successor = reader.known_party(), reader.known_party("successor")
    if not party or not successor:
        return None
    if party == successor or reader.registry.party_successor(party_id(party)) == party_id(successor):
        reader.trouble(
            "successor",
            "应为另一个、且尚未登记为其继承者的主体",
            "Another party is due, not named so already",
            "PartySuccessorRefused",
        )
    return acts.succeed(party, successor)


def _register(reader: _Reader, file: bytes) -> Act | None:
    try:
        asked, signature = parse_registration(file or reader.given("request").encode("utf-8"))
    except VerifierError as error:
        reader.trouble(
            "file", f"这不是密钥登记请求：{error}", f"This is no key request: {error}", str(getattr(error, "rule", ""))
        )
        return None
    if not signature:
        reader.trouble(
            "file",
            "请求没有签名：由这把密钥自己签（tanji sign）",
            "Not signed: the key itself signs it (tanji sign)",
            "missing-member",
        )
        return None
    deployment, party = reader.service.deployment, party_id(asked.party)
    digest = registration_digest(
        domain_separator(deployment.chain_id, deployment.trust_registry),
        key=asked.key,
        party=party,
        purposes=asked.purposes,
        start=asked.starts_at,
        until=asked.ends_at,
    )
    if not _signed_by(digest, signature, asked.key):
        reader.trouble(
            "file",
            "签名不是这把密钥的，或签的是别的内容、别的链",
            "Not this key's signature over this request on this chain",
            "WrongRegistrationSigner",
        )
    if reader.registry.profile_hash(party) is None:
        reader.trouble("file", f"{asked.party} 还没有入册", f"{asked.party} is not admitted yet", "UnknownParty")
    if reader.registry.key(asked.key) is not None:
        reader.trouble(
            "file",
            "这把密钥登记过：一把密钥永远只登记一次",
            "Registered before: a key is registered once for ever",
            "KeyKnown",
        )
    if asked.purposes & Purpose.STATUS and asked.purposes & Purpose.REGULATOR:
        reader.trouble(
            "file", "“改状态”与“监管”不能在同一把密钥上", "status and regulator do not go on one key", "PurposesRefused"
        )
    if asked.starts_at and asked.starts_at < reader.now + MARGIN:
        reader.trouble(
            "file",
            "请求的开始时间已过：请密钥持有人重做一份",
            "The start it asks for has passed: have a new request made",
            "StartInPast",
        )
    if asked.ends_at <= max(asked.starts_at, reader.now + MARGIN):
        reader.trouble(
            "file", "请求的结束时间不晚于开始", "The end it asks for is not after the start", "EndNotAfterStart"
        )
    return acts.register_key(SignedRegistration(registration=asked, signature=signature))


def _signed_by(digest: bytes, signature: bytes, key: Address) -> bool:
    try:
        return recover(digest, signature) == key
    except VerifierError:
        return False


def _end_key(reader: _Reader, _file: bytes) -> Act | None:
    key, word = reader.key()
    at = reader.later("at", reader.time("at", NOW))
    if word is None:
        return None
    if max(at, reader.now) >= word.ends_at:
        reader.trouble(
            "at",
            f"它到 {moment(word.ends_at)} 就已终止：只能改早",
            f"It ends at {moment(word.ends_at)} anyway: an end moves earlier only",
            "EndNotEarlier",
        )
    return acts.end_key(key, at)


def _compromise(reader: _Reader, _file: bytes) -> Act | None:
    key, word = reader.key()
    since = reader.time("since", 0)
    if not reader.given("since").strip():
        reader.trouble("since", "请填从何时起", "Since when is due", "missing-member")
    if word is None or reader.troubles:
        return None
    earliest = max(word.starts_at, reader.now - COMPROMISE_SECONDS + MARGIN)
    if not earliest <= since <= reader.now:
        reader.trouble(
            "since",
            f"应在 {moment(earliest)} 与现在之间：最多追溯 90 天，且不早于密钥生效",
            f"Between {moment(earliest)} and now: at most 90 days back, and not before the key's start",
            "CompromiseDateRefused",
        )
    if word.compromised_since and since >= word.compromised_since:
        reader.trouble(
            "since",
            f"已报自 {moment(word.compromised_since)} 起：只能改早",
            f"Reported since {moment(word.compromised_since)} already: earlier only",
            "CompromiseNotEarlier",
        )
    if reader.given("understood") != "yes":
        reader.trouble(
            "understood", "此举不能撤回，请勾选确认", "This cannot be taken back: tick to confirm", "missing-member"
        )
    return acts.report_compromise(key, since)


def _open(reader: _Reader, _file: bytes) -> Act | None:
    party, purpose, scope = reader.grant()
    start = reader.later("from", reader.time("from", NOW))
    until = reader.time("until", FOREVER)
    if until <= max(start, reader.now + MARGIN):
        reader.trouble("until", "结束应晚于开始", "The end is to be after the start", "EndNotAfterStart")
    count, newest = reader.intervals(party, purpose, scope)
    if newest > reader.now:
        reader.trouble(
            "scope",
            "同一授权还在期内：请延长它，或先终止",
            "The same grant is running: extend it, or end it first",
            "GrantNotOver",
        )
    elif count >= MOST_INTERVALS:
        reader.trouble(
            "scope",
            "同一授权已有三段期间，不能再开：此后只能靠延长",
            "It has had three intervals: no more can be opened",
            "GrantHistoryFull",
        )
    return None if reader.troubles else acts.open_grant(party, purpose, scope, starts_at=start, ends_at=until)


def _extend(reader: _Reader, _file: bytes) -> Act | None:
    party, purpose, scope = reader.grant()
    until = reader.time("until", FOREVER)
    _, newest = reader.intervals(party, purpose, scope)
    if newest <= reader.now:
        reader.trouble("until", "这一授权已经结束：请重新授予", "This grant is over: open it anew", "GrantOver")
    elif until <= newest:
        reader.trouble(
            "until", f"现在到 {moment(newest)}：只能延后", f"It runs until {moment(newest)}: later only", "EndNotLater"
        )
    return None if reader.troubles else acts.extend_grant(party, purpose, scope, until)


def _end(reader: _Reader, _file: bytes) -> Act | None:
    party, purpose, scope = reader.grant()
    at = reader.later("at", reader.time("at", NOW))
    _, newest = reader.intervals(party, purpose, scope)
    if newest <= max(at, reader.now):
        reader.trouble(
            "at", "它那时已经结束：只能改早", "It is over by then: an end moves earlier only", "EndNotEarlier"
        )
    return None if reader.troubles else acts.end_grant(party, purpose, scope, at)


_READ: Final[Mapping[str, Callable[[_Reader, bytes], Act | None]]] = {
    "admit": _admit,
    "rename": _rename,
    "succeed": _succeed,
    "register-key": _register,
    "end-key": _end_key,
    "compromise": _compromise,
    "open-grant": _open,
    "extend-grant": _extend,
    "end-grant": _end,
}
