"""What the checks of a label say to a person who shops (docs/spec/08); merged into `verifier/sentences.py`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

LABEL_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "label.signature shared-prefix": (
        "有两份证书共用标签上的证书编号，无法区分，不可信。",
        "Two certificates share the number the label carries.",
    ),
    "label.signature another-certificate": (
        "标签属于另一份证书。",
        "The label belongs to another certificate.",
    ),
    "label.signature labels-of-another-certificate": (
        "这批标签属于另一份证书。",
        "The batch of labels belongs to another certificate.",
    ),
    "label.signature another-product": (
        "标签上的商品编码（{gtin}）与这批标签的（{labelsGtin}）不同。",
        "The label names product {gtin}, its batch {labelsGtin}.",
    ),
    "label.signature another-signer": (
        "不是企业登记的标签密钥所签，很可能是伪造或改动过的标签。",
        "It was not signed by the enterprise's label key: very likely forged or altered.",
    ),
    "label.issuer not-the-holder": (
        "发放标签的不是证书持有企业。",
        "The labels were issued by somebody who does not hold the certificate.",
    ),
    "* issuer kind": ("所附不是标签发放声明。", "What is enclosed is no labels statement."),
    "label.issuer out-of-scope": (
        "该企业未获准为此商品编码（{gtin}）发放标签。",
        "The enterprise was never admitted to issue labels for product {gtin}.",
    ),
    "label.issued another-granularity": (
        "标签的类型（{label}）与证书规定的（{certificate}）不同。",
        "This is a label for one {label}; the certificate is for labels by {certificate}.",
    ),
    "label.issued beyond-issued": (
        "编号 {index} 不在已发放的范围内，未见发放记录。",
        "Number {index} is outside the range that was issued.",
    ),
    "label.issued another-batch": ("标签上的批次与发放记录不同。", "The label names another batch than was issued."),
    "label.issued no-leaf": (
        "未核对这一枚标签的发放记录，只核对了签名和编号范围。",
        "This one label's issue record was not checked, only its signature and number.",
    ),
    "label.issued label-key-stolen": (
        "标签密钥后来报告失窃，没有发放记录就无法判断。",
        "The label key was reported stolen since; without the issue record this cannot be judged.",
    ),
    "label.issued another-leaf": (
        "发放记录是另一枚标签的，这一枚没有发放过。",
        "The issue record is of another label: this one was never issued.",
    ),
    "label.issued not-in-batch": ("发放记录中没有这枚标签。", "The batch holds no such label."),
    "label.issued proof-form": ("发放证明的形式不对。", "The proof of issue has the wrong form."),
    "label.quota beyond-quota": (
        "编号 {index} 超出证书的标签数量额度（{quota}）。",
        "Number {index} is beyond the {quota} labels that were certified.",
    ),
    "label.quota batch-beyond-quota": (
        "这批标签（至 {end}）超出证书的数量额度（{quota}）。",
        "The batch reaches {end}, but only {quota} labels were certified.",
    ),
    "label.quota ranges-overlap": (
        "编号 {index} 在两批标签中重复发放。",
        "Number {index} was given out in two batches.",
    ),
    "label.quota index-twice": (
        "同一编号（{index}）出现在两枚不同的标签上：超发的证据。",
        "Two different labels carry number {index}: proof that too many were issued.",
    ),
    "label.copied offline": (
        "离线核对，无法得知是否有复制迹象。",
        "Checked without asking about scans elsewhere: signs of copying are not known here.",
    ),
    "label.copied no-serial": (
        "按型号或批次的标签没有单件编号，无法发现复制。",
        "A label without a serial number cannot show that it was copied.",
    ),
    "certificate.product not-the-labels": (
        "标签上的商品（{product}）不在证书所列产品之内。",
        "The labelled product ({product}) is not among those certified.",
    ),
    "* labels-not-given": ("未附标签发放声明。", "The labels statement is not enclosed."),
}
