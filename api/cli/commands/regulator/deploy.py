"""`tanji regulator deploy`."""

from __future__ import annotations

from pathlib import Path

import click

from api.cli.options import FILE, PARTY, KeyChoice, Place, at_place, with_key
from api.cli.output import CommandError, Output
from api.cli.output import command as speaks


@click.command(
    "deploy",
    help="""部署 Deploy TrustRegistry, StatusRegistry and AnchorLog, and write the deployment file that every verifier pins.

    --key pays and gets no power, unless it is the regulator's key itself.

    \b
    Examples:
      tanji regulator deploy --rpc http://127.0.0.1:8545 --key keys/regulator.json \\
        --party uscc:11210100MB0R0EXAM3 --party-name 示例市市场监督管理局 --name "Tanji Example City" -o deployment.json
    """,
)
@click.option("--name", required=True, help="name of the deployment, for people")
@click.option("--party", type=PARTY, required=True, help="the regulator")
@click.option("--party-name", required=True, help="the regulator's public name")
@click.option("--party-name-en", help="the same in English")
@click.option("--regulator-key", metavar="ADDRESS", help="first regulator key (default: the address of --key)")
@click.option("--bulletin-key", metavar="ADDRESS", help="key that signs bulletins (default: the regulator key)")
@click.option(
    "-o", "--output-file", "out", type=FILE, help="deployment file (default: the home's, else deployment.json)"
)
@with_key
@at_place
@speaks
def command(
    *,
    name: str,
    party: str,
    party_name: str,
    party_name_en: str | None,
    regulator_key: str | None,
    bulletin_key: str | None,
    out: Path | None,
    key: KeyChoice,
    place: Place,
    output: Output,
) -> None:
    """Three transactions, then the document with the code hashes the chain shows."""
    from api.cli.profiles import keep_profile
    from ledger.chain.deploy import DeploymentPlan, deploy, write_deployment
    from verifier.signature import parse_address, to_checksum
    from verifier.snapshot import Profile

    target = out or (place.home().deployment_path if place.has_home() else Path("deployment.json"))
    if target.exists():
        raise CommandError(
            "output.exists",
            f"{target} exists: this place has a deployment",
            advice="nothing was sent; choose another -o",
        )
    signer = key.open()
    first = signer.address if regulator_key is None else parse_address(regulator_key, "--regulator-key")
    plan = DeploymentPlan(
        name=name,
        regulator=Profile(party=party, name=party_name, name_en=party_name_en),
        regulator_key=first,
        bulletin_key=first if bulletin_key is None else parse_address(bulletin_key, "--bulletin-key"),
    )
    deployment = deploy(place.chain(), signer, plan)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_deployment(target, deployment)
    keep_profile(place, plan.regulator)
    contracts = {
        "TrustRegistry": to_checksum(deployment.trust_registry),
        "StatusRegistry": to_checksum(deployment.status_registry),
        "AnchorLog": to_checksum(deployment.anchor_log),
    }
    output.facts("已部署 deployed", contracts.items())
    output.hint(f"publish {target}: everyone pins it. Then admit parties: tanji regulator party add …")
    output.result({"file": str(target), "origin": deployment.origin, "contracts": contracts})
