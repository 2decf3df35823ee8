"""`tanji regulator party …`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from api.cli.mined import tell_mined
from api.cli.options import PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks

if TYPE_CHECKING:
    from verifier.snapshot import Profile


@click.group("party", help="主体 Admit, rename and show parties, and name successors.")
def group() -> None:
    """Parties."""


def _profile(party: str, name: str, name_en: str | None, url: str | None) -> Profile:
    from verifier.snapshot import Profile, parse_profile

    # Written and read again: what the registry holds the hash of must be a profile every verifier can read.
    return parse_profile(Profile(party=party, name=name, name_en=name_en, url=url).document(), "profile")


def _check_code(party: str, irregular: str | None) -> None:
    from verifier.errors import MalformedError
    from verifier.identifiers import check_lei, check_uscc

    scheme, _, code = party.partition(":")
    try:
        (check_uscc if scheme == "uscc" else check_lei)(code, "PARTY")
    except MalformedError as error:
        if irregular is None:
            raise CommandError(
                "party.code",
                f"{party}: {error}",
                advice="a typing error? a few real, early codes fail: then give --irregular REASON, which is shown and kept",
            ) from error


@group.command(
    "add",
    help="""主体入册 Admit a party under its public profile. Pages show this name, never one a party gives itself.

    \b
    Examples:
      tanji regulator party add uscc:91210100MA0P0EXAM1 --name 沈阳示例电器有限公司 --key keys/regulator.json
    """,
)
@click.argument("party", type=PARTY)
@click.option("--name", required=True, help="public name")
@click.option("--name-en", help="public name in English")
@click.option("--url", help="public page")
@click.option("--irregular", metavar="REASON", help="admit a code whose check character is wrong, and why")
@with_key
@at_place
@speaks
def add(
    *,
    party: str,
    name: str,
    name_en: str | None,
    url: str | None,
    irregular: str | None,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Register the profile's hash; keep the profile in the home."""
    from api.cli.profiles import keep_profile
    from api.cli.trust import trust_operations

    _check_code(party, irregular)
    profile = _profile(party, name, name_en, url)
    receipt = trust_operations(place, key).register_party(profile)
    keep_profile(place, profile)
    tell_mined(output, receipt, f"{party} 「{name}」已入册 admitted", profile=profile.document(), irregular=irregular)
    output.hint("next: register its keys (tanji regulator key register) and open its grants")


@group.command(
    "rename",
    help="""更名 Replace a party's public profile.

    \b
    Examples:
      tanji regulator party rename uscc:91210100MA0P0EXAM1 --name 沈阳示例电器股份有限公司 --key keys/regulator.json
    """,
)
@click.argument("party", type=PARTY)
@click.option("--name", required=True, help="public name")
@click.option("--name-en", help="public name in English")
@click.option("--url", help="public page")
@with_key
@at_place
@speaks
def rename(
    *, party: str, name: str, name_en: str | None, url: str | None, key: KeyChoice, place: Place, output: Output
) -> None:
    """Change the profile's hash."""
    from api.cli.profiles import keep_profile
    from api.cli.trust import trust_operations

    profile = _profile(party, name, name_en, url)
    receipt = trust_operations(place, key).change_profile(profile)
    keep_profile(place, profile)
    tell_mined(output, receipt, f"{party} 更名为 is now 「{name}」", profile=profile.document())
    output.hint("to undo, rename it back")


@group.command(
    "succeed",
    help="""合并 Name the party that took over from another (a merger, a new licence). Both must be admitted.

    The registry keeps the newest. Keys, grants and statements stay with whoever they belong to.

    \b
    Examples:
      tanji regulator party succeed uscc:91210100MA0P0EXAM1 uscc:91210100MA0P0EXAM2 --key keys/regulator.json
    """,
)
@click.argument("party", type=PARTY)
@click.argument("successor", type=PARTY)
@with_key
@at_place
@speaks
def succeed(*, party: str, successor: str, key: KeyChoice, place: Place, output: Output) -> None:
    """Record who took over."""
    from api.cli.trust import trust_operations

    receipt = trust_operations(place, key).record_successor(party, successor)
    tell_mined(output, receipt, f"{party} 由 is succeeded by {successor}", party=party, successor=successor)
    output.hint(f"see it: tanji regulator party show {party}; a mistake is corrected by naming another successor")


@group.command(
    "show",
    help="""查看 What the chain says of a party: admitted or not, under which profile, taken over by whom.

    \b
    Examples:
      tanji regulator party show uscc:91210100MA0P0EXAM1
    """,
)
@click.argument("party", type=PARTY)
@at_place
@speaks
def show(*, party: str, place: Place, output: Output) -> None:
    """Read the party's words at the node's head."""
    from api.cli.profiles import read_profiles
    from ledger.chain.registry import registry_at_head
    from verifier.encoding import to_hex
    from verifier.identifiers import party_id

    registry = registry_at_head(place.chain(), place.deployment())
    digest = registry.profile_hash(party_id(party))
    if digest is None:
        raise CommandError(
            "party.unknown", f"{party} is not admitted", advice="admit it: tanji regulator party add PARTY --name …"
        )
    known = read_profiles(place.home().profiles) if place.has_home() else []
    names = [profile.name for profile in known if profile.party == party and profile.digest() == digest]
    successor = registry.party_successor(party_id(party))
    follower = next((profile.party for profile in known if party_id(profile.party) == successor), None)
    rows = [
        ("主体 party", party),
        ("名称 name", names[0] if names else "(档案不在本机 profile not kept here)"),
        ("档案哈希 profile hash", to_hex(digest)),
        ("继承者 successor", follower or (None if successor is None else to_hex(successor))),
        ("区块 block", registry.block.number),
    ]
    output.facts("", rows)
    output.result(
        {
            "party": party,
            "name": names[0] if names else None,
            "profileHash": to_hex(digest),
            "successor": None if successor is None else to_hex(successor),
            "successorParty": follower,
            "block": registry.block.number,
        }
    )
