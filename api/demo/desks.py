"""What a person needs to use the desks once the story is over: accounts that may sign, and footprints that wait for a certificate."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Final

from api.demo import cast
from api.demo.certify import sign
from api.demo.output import Output
from api.demo.products import DemoEnterprise, DemoProduct, DemoSet, footprint_body
from api.demo.stage import Stage, fund
from api.runtime.statements import serialize_statement
from ledger.keys.keystore import LIGHT_COST, write_keystore
from verifier.statement import Statement

FOLDER: Final = "desks"
# Footprints stated anew, by the source's row; certifier A is accredited for their categories. The last one does not add up.
AWAITING: Final = ("4226-1-2017", "4433-12-2015", "23195-7-2013")


def desk_roles(data: DemoSet) -> Iterator[tuple[str, cast.KeyRole]]:
    """Every account that a person signs with at a desk; the regulator's is the story's own."""
    yield from cast.DESK_ROLES.items()
    for enterprise in awaiting_enterprises(data):
        yield cast.enterprise_desk_role(enterprise)


def write_desk_keys(output: Output, data: DemoSet) -> None:
    """Write the accounts as key files, as wallets and `tanji sign` open them. Raises KeystoreError when one is there already."""
    for name, _ in desk_roles(data):
        write_keystore(output.path(f"keys/{name}.json"), cast.key(name), cast.PASSPHRASE, cost=LIGHT_COST)


def open_desks(stage: Stage, output: Output, data: DemoSet) -> Sequence[bytes]:
    """Register and fund the accounts, and state the footprints that wait; gives the statements to submit.

    An enterprise hands its footprint to the certifier as a file: they are written to `desks/`.
    """
    for name, role in desk_roles(data):
        stage.register(name, role)
        fund(stage.chain, cast.key(name).address)
    fund(stage.chain, cast.key(cast.RELAY).address)
    stage.go_to(0)  # a key is in force only after its block's time
    statements: list[bytes] = []
    for product in awaiting_products(data):
        statement = serialize_statement(_restated(stage, product))
        output.write(f"{FOLDER}/footprint-{product.gtin}.json", statement)
        statements.append(statement)
    return statements


def _restated(stage: Stage, product: DemoProduct) -> Statement:
    """The product's footprint as its enterprise states it again today: the story's has a certificate, or was refused one."""
    now = stage.clock.now()
    body = footprint_body(product, created=now)
    day = datetime.fromtimestamp(now, UTC).strftime("%Y-%m-%dT00:00:00Z")
    again = body | {"id": str(uuid.uuid5(uuid.UUID(str(body["id"])), day)), "created": day}
    return sign(stage, "footprint", product.enterprise.party, again, cast.enterprise_key(product.enterprise))


def awaiting_products(data: DemoSet) -> Iterator[DemoProduct]:
    """The products whose new footprints wait for a certificate."""
    products = {product.row.pcf_id: product for product in data.products}
    for row in AWAITING:
        yield products[row]


def awaiting_enterprises(data: DemoSet) -> Sequence[DemoEnterprise]:
    """Their enterprises, each once."""
    return tuple({product.enterprise.party: product.enterprise for product in awaiting_products(data)}.values())
