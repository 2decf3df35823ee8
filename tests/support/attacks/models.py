"""F01, F11 on labels of a model, for a product that has a GMN and no GTIN (docs/spec/03, 08)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from tests.support.attacks.corpus import attack
from tests.support.bodies import GTIN, HOLDER
from tests.support.labels import Batch, changed_labels, label_text
from tests.support.world import Case, Story
from verifier.contracts import Purpose

GMN, OTHER_GMN = "1987654Ad4X4bL5ttr2310c2K", "198765432101XAX"
_PREFIX = "gs1:1987654"


def _certified(*products: dict[str, Any], prefix: str = _PREFIX) -> Callable[[Story], None]:
    """A certificate for models, of these products; the enterprise may issue labels under `prefix`."""

    def change(story: Story) -> None:
        story.bodies["certificate"] |= {"granularity": "model", "products": list(products)}
        story.bodies["footprint"]["productIds"] += [f"urn:gmn:{one['gmn']}" for one in products if "gmn" in one]
        if prefix:
            story.world.grant(HOLDER, Purpose.LABELS, prefix)

    return change


def _batch(**product: str) -> Batch:
    word = product.get("gtin") or f"8013:{product['gmn']}"
    batch = Batch(words=lambda _index, _salt: (word, ""))
    del batch.body["gtin"]
    batch.body |= product | {"first": 0, "count": 1}
    return batch


def _text(gmn: str) -> Callable[[Story], str]:
    return lambda story: label_text(
        story.id("certificate"), "", gtin=f"8013:{gmn}", path=f"/8013/{quote(gmn, safe='')}"
    )


_MODEL, _OTHER = {"gmn": GMN, "name": "示例冰箱"}, {"gmn": OTHER_GMN, "name": "示例冰箱二"}


def gmn_label() -> Case:
    """The genuine label of a product that has a GMN and no GTIN."""
    return changed_labels(_certified(_MODEL), _batch(gmn=GMN), index=0, text=_text(GMN))


attack("F01", "authentic", "label.signature")(gmn_label)


@attack("F01", "rejected", "label.signature", "another-product")
def gmn_label_moved_to_another_model_of_the_certificate() -> Case:
    return changed_labels(_certified(_MODEL, _OTHER), _batch(gmn=GMN), index=0, text=_text(OTHER_GMN))


@attack("F01", "rejected", "certificate.product", "not-the-labels")
def gmn_label_of_a_model_that_is_not_certified() -> Case:
    return changed_labels(_certified(_OTHER), _batch(gmn=GMN), index=0, text=_text(GMN))


@attack("F01", "authentic", "label.signature")
def gmn_label_under_a_statement_that_names_the_gtin() -> Case:
    batch = _batch(gtin=GTIN)
    batch.words = lambda _index, _salt: (f"8013:{GMN}", "")
    return changed_labels(_certified(_MODEL, {"gtin": GTIN, "name": "示例冰箱"}), batch, index=0, text=_text(GMN))


@attack("F11", "rejected", "label.issuer", "out-of-scope")
def no_grant_for_the_models_prefix() -> Case:
    return changed_labels(_certified(_MODEL, prefix=""), _batch(gmn=GMN), index=0, text=_text(GMN))
