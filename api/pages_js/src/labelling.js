/** The label's own checks (part 8), held against its labels statement and certificate. */
import { failed, firstNotPassed, folded, inconclusive, notApplicable, notChecked, noted, passed, suspect } from "./check.js";
import { recover } from "./crypto.js";
import { Mismatch } from "./errors.js";
import { checkLabelKey } from "./examine.js";
import { labelDigest, standsOn } from "./label.js";
import { leafHash, rootFrom } from "./merkle.js";

/** @typedef {import("./check.js").Finding} Finding */
/** @typedef {import("./examine.js").Examined} Examined */
/** @typedef {import("./inquiry.js").Inquiry} Inquiry */
/** @typedef {import("./label.js").Label} Label */
/** @typedef {NonNullable<import("./documents.js").Evidence["label"]>} Given */
/** @typedef {{ reason: string, fields?: object }} Signal one reason to think that a label was copied */
/** What labels are held against. rivals: other certificates that share `c`; others: index ranges [first, end) of the
 * certificate's other batches in order. @typedef {{ id: string | null, certificate: import("./bodies.js").Certificate | null, labels: import("./bodies.js").Labels | null, keyStolen: boolean, rivals: string[], others: [number, number][] }} Issue */

/** `label.issuer`, and whether the label key was reported stolen since. @param {Inquiry} inquiry @param {Examined | null} labels @param {Issue["certificate"]} certificate @returns {{ finding: Finding, keyStolen: boolean }} */
export function checkLabelIssuer(inquiry, labels, certificate) {
  if (!labels) return { finding: notChecked("labels-not-given"), keyStolen: false };
  const { statement, body, steps, time } = labels;
  const found = firstNotPassed(steps);
  if (!body) return { finding: folded(found ?? ["signature", failed("body-form")]), keyStolen: false };
  const key = checkLabelKey(inquiry, body.labelKey, statement.issuer, time);
  const keyStolen = key.reason === "key-compromised-later";
  /** @param {Finding} finding */
  const with_ = (finding) => ({ finding, keyStolen });
  if (certificate && certificate.holder !== statement.issuer) return with_(failed("not-the-holder"));
  if (found && (found[1].outcome === "failed" || key.outcome !== "failed")) return with_(folded(found));
  if (key.outcome !== "passed") return with_(folded(["labelKey", key]));
  const note = [...steps.map(([, finding]) => finding), key].find((finding) => finding.reason);
  return with_(note ? noted(note.reason, note.fields) : passed);
}

/** @param {Issue} issue @param {Label} label @param {Uint8Array} separator @returns {Finding} */
export function checkSignature({ id, labels, rivals }, label, separator) {
  const signer = recovered(label, separator); // whatever else is wrong: no timing tells which serials exist
  if (rivals.length) return failed("shared-prefix", { certificates: rivals });
  if (id !== null && !standsOn(label, id)) return failed("another-certificate");
  if (!labels) return notChecked("labels-not-given");
  if (!standsOn(label, labels.certificate) || (id !== null && id !== labels.certificate)) return failed("labels-of-another-certificate");
  if (label.product !== labels.product && (label.gtin !== null || labels.gtin === null)) return failed("another-product");
  if (signer === null) return failed("unrecoverable");
  return signer === labels.labelKey ? passed : failed("another-signer");
}

/** @param {Label} label @param {Uint8Array} separator */
function recovered(label, separator) {
  try {
    return recover(labelDigest(separator, label), label.signature);
  } catch (error) {
    if (error instanceof Mismatch) return null;
    throw error;
  }
}

/** @param {Issue} issue @param {Given} given @returns {Finding} */
function checkIssued({ certificate, labels, keyStolen }, { label, leaf, path }) {
  if (certificate && certificate.granularity !== label.granularity) return failed("another-granularity");
  if (!labels) return notChecked("labels-not-given");
  const position = label.index === null ? 0 : label.index - labels.first;
  if (position < 0 || position >= labels.count) return failed("beyond-issued");
  if (label.batch !== null && label.batch !== labels.batch) return failed("another-batch");
  if (!leaf) return keyStolen ? inconclusive("label-key-stolen") : notChecked("no-leaf");
  if (leaf.gtin !== label.product || leaf.serial !== label.serial) return failed("another-leaf");
  try {
    return rootFrom(position, labels.count, leafHash(leaf.data), path) === labels.root ? passed : failed("not-in-batch");
  } catch (error) {
    if (error instanceof Mismatch) return failed(error.code);
    throw error;
  }
}

/** @param {Issue} issue @param {Label} label @returns {Finding} */
function checkQuota({ certificate, labels, others }, { index }) {
  if (!certificate) return notChecked("no-certificate");
  if (index !== null && index >= certificate.quota) return failed("beyond-quota");
  if (!labels) return notChecked("labels-not-given");
  if (labels.first + labels.count > certificate.quota) return failed("batch-beyond-quota");
  const at = index ?? labels.first;
  return others.some(([first, end]) => first <= at && at < end) ? failed("ranges-overlap", { index: at }) : passed;
}

/** @param {Label} label @param {Signal[] | null} signals null: nobody was asked @returns {Finding} */
function checkCopied(label, signals) {
  if (signals?.length) return suspect(signals[0].reason, { ...signals[0].fields, signals: signals.map((signal) => signal.reason) });
  if (label.granularity !== "item") return notApplicable("no-serial");
  return signals === null ? notApplicable("offline") : passed;
}

/**
 * The six label checks in their order.
 * @param {Inquiry} inquiry @param {Issue} issue @param {Finding} issuer @param {Given | undefined} given @param {Signal[] | null} signals
 * @returns {[string, Finding][]}
 */
export function labelChecks(inquiry, issue, issuer, given, signals) {
  const none = notChecked("not-given");
  return [
    ["label.format", given ? passed : none],
    ["label.signature", given ? checkSignature(issue, given.label, inquiry.separator) : none],
    ["label.issuer", issuer],
    ["label.issued", given ? checkIssued(issue, given) : none],
    ["label.quota", given ? checkQuota(issue, given.label) : none],
    ["label.copied", given ? checkCopied(given.label, signals) : none],
  ];
}

/** `certificate.product` of a label: its own product is among the certificate's. @param {Finding} finding @param {Issue["certificate"]} certificate @param {Label} label @returns {Finding} */
export function labelsProduct(finding, certificate, label) {
  if (!certificate || finding.outcome === "failed") return finding;
  const urn = label.gtin !== null ? `urn:gtin:${label.gtin}` : `urn:gmn:${label.gmn}`;
  return certificate.products.some((product) => product.urn === urn) ? finding : failed("not-the-labels", { product: urn });
}
