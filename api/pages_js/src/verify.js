/** The verdict of parts 7 and 8. Everything is given by the caller: nothing is fetched, no clock is read. */
import { checkFigures, checkGrade, checkHolder, checkPeriod, checkProduct, checkSums } from "./certificate.js";
import { failed, inconclusive, notChecked, passed } from "./check.js";
import { parseDeployment, parseEvidence, parseSnapshot } from "./documents.js";
import { Malformed } from "./errors.js";
import { STEPS, examine } from "./examine.js";
import { Inquiry, POLICIES } from "./inquiry.js";
import { checkLabelIssuer, checkSignature, labelChecks, labelsProduct } from "./labelling.js";
import { checkUpstream } from "./upstream.js";
import { View } from "./view.js";

const UPSTREAM = ["upstream.statement", "upstream.status", "upstream.amount"];

/** @typedef {import("./check.js").Check} Check */
/** @typedef {import("./check.js").Finding} Finding */
/** @typedef {import("./documents.js").Evidence} Evidence */
/** @typedef {import("./inquiry.js").Policy} Policy */
/** @typedef {import("./label.js").Label} Label */

/**
 * @typedef {object} Question
 * @property {string | Uint8Array} deployment JSON text, pinned: never taken from the evidence
 * @property {string | Uint8Array} evidence JSON text
 * @property {string | Uint8Array} snapshot JSON text
 * @property {import("./view.js").Trust} trust a block hash and what its voucher said of it, or why there is none
 * @property {string | Policy} policy name or the policy itself
 * @property {number} now unix seconds
 * @property {number | null} [at] the moment asked about; null: now
 * @property {import("./inquiry.js").Warning[]} [warnings] seen at `latest`
 * @property {import("./labelling.js").Signal[] | null} [signals] of copying; null: nobody was asked
 * @property {string[]} [rivals] ids of other certificates of a pack that share the label's `c`
 * @property {[number, number][]} [others] index ranges [first, end) of the certificate's other batches that passed
 */

/** @typedef {{ outcome: string, policy: string, checks: Check[], block: { number: number, hash: string, time: number, age: number } | null, at: number | null, now: number }} Verdict */

/** A policy by its name, or the policy given. Raises RangeError. @param {string | Policy} named @returns {Policy} */
export function policyOf(named) {
  const policy = typeof named === "string" ? POLICIES[named] : named;
  if (!policy?.required.includes("chain.view") || policy.maxAge <= 0) throw new RangeError("no such policy");
  return policy;
}

/** Judge evidence under one trusted block. Raises Malformed for documents that do not parse. @param {Question} question @returns {Verdict} */
export function verify(question) {
  const deployment = parseDeployment(question.deployment);
  const evidence = parseEvidence(question.evidence);
  const view = new View(deployment, parseSnapshot(question.snapshot), question.trust);
  const inquiry = new Inquiry(view, evidence.origin, policyOf(question.policy), question.now, question.at ?? null, question.warnings ?? []);
  if (evidence.label === undefined && evidence.labels === undefined) return concluded(inquiry, climb(inquiry, evidence, false).steps, inquiry.policy.required);
  return prepare(inquiry, evidence, question.rivals, question.others).judge(evidence.label, question.signals ?? null);
}

/** @param {Inquiry} inquiry @param {[string, Finding][]} steps @param {string[]} required @returns {Verdict} */
function concluded(inquiry, steps, required) {
  /** @type {Check[]} */
  const checks = [{ id: "chain.view", ...checkView(inquiry, steps) }, ...steps.map(([id, finding]) => ({ id, ...finding }))];
  const { header } = inquiry.view;
  return {
    outcome: conclude(checks, required),
    policy: inquiry.policy.name,
    checks,
    block: header && { number: header.number, hash: header.hash, time: header.time, age: inquiry.now - header.time },
    at: inquiry.at,
    now: inquiry.now,
  };
}

/** Steps 2 to 13. @param {Inquiry} inquiry @param {Evidence} evidence @param {boolean} reliedOn */
function climb(inquiry, evidence, reliedOn) {
  const certificate = evidence.certificate ? examine(inquiry, evidence.certificate, "certificate", reliedOn) : null;
  const footprint = evidence.footprint ? examine(inquiry, evidence.footprint, "footprint", true) : null;
  const certified = certificate?.body ?? null, figures = footprint?.body ?? null, time = certificate?.time ?? null;
  const absent = STEPS.map((step) => [step, notChecked("not-given")]);
  const under = (/** @type {string} */ role, /** @type {any[]} */ steps) => steps.map(([step, finding]) => /** @type {[string, Finding]} */ ([`${role}.${step}`, finding]));
  const none = notChecked(certificate ? "no-certificate" : "not-given");
  /** @type {[string, Finding][]} */
  const steps = [
    ...under("certificate", certificate?.steps ?? absent),
    ["certificate.period", certified ? checkPeriod(inquiry, certified, figures, time) : none],
    ["certificate.holder", certificate && certified ? checkHolder(certificate.statement.issuer, certified, footprint?.statement.issuer ?? null) : none],
    ["certificate.product", certified ? checkProduct(certified, figures) : none],
    ...under("footprint", footprint?.steps ?? absent),
    ["footprint.figures", certified && figures && footprint ? checkFigures(certified, figures, footprint.statement.id) : notChecked(certified ? "footprint-not-given" : "no-certificate")],
    ["footprint.arithmetic", figures && footprint ? checkSums(inquiry, figures, footprint.undisclosed) : notChecked("footprint-not-given")],
    ["grade.rule", checkGrade(inquiry, certified, time, evidence.rule)],
    ...checkUpstream(inquiry, figures, evidence.upstream).map((finding, i) => /** @type {[string, Finding]} */ ([UPSTREAM[i], finding])),
  ];
  return { certificate, certified, steps };
}

/**
 * All that labels of one labels statement share, judged once (part 8), with the certificate as something relied on.
 * @param {Inquiry} inquiry @param {Evidence} evidence its own label is left aside
 * @param {string[]} [rivals] @param {[number, number][]} [others] as in Question
 */
export function prepare(inquiry, evidence, rivals = [], others = []) {
  const { certificate, certified, steps } = climb(inquiry, evidence, true);
  const labels = evidence.labels ? examine(inquiry, evidence.labels, "labels", true) : null;
  const { finding: issuer, keyStolen } = checkLabelIssuer(inquiry, labels, certified);
  const issue = { id: certificate?.statement.id ?? null, certificate: certified, labels: labels?.body ?? null, keyStolen, rivals, others };
  const required = [...inquiry.policy.required, ...inquiry.policy.label];
  /** @param {string} id @param {Finding} found @param {Label | undefined} label @returns {[string, Finding]} */
  const ofLabel = (id, found, label) => {
    if (id === "certificate.product" && label) return [id, labelsProduct(found, certified, label)];
    const late = id === "certificate.status" && found.reason === "superseded-later" && labels?.time != null && labels.time >= found.fields.since;
    return [id, late ? failed("superseded", found.fields) : found];
  };
  return {
    issue,
    issuer,
    /** Whether the label key of this labels statement signed the label. @param {Label} label */
    signed: (label) => checkSignature(issue, label, inquiry.separator).outcome === "passed",
    /** @param {Evidence["label"]} given @param {import("./labelling.js").Signal[] | null} signals @returns {Verdict} */
    judge: (given, signals) => {
      const judged = steps.map(([id, found]) => ofLabel(id, found, given?.label));
      return concluded(inquiry, [...labelChecks(inquiry, issue, issuer, given, signals), ...judged], required);
    },
  };
}

/** @typedef {ReturnType<typeof prepare>} Ground */

/** Step 1, which needs to know what the others asked. @param {Inquiry} inquiry @param {[string, Finding][]} steps @returns {Finding} */
function checkView({ view, viewIsOld, clockIsBehind, age, policy }, steps) {
  if (view.reason) return inconclusive(view.reason);
  if (viewIsOld) return inconclusive("too-old", { age, limit: policy.maxAge });
  if (clockIsBehind) return inconclusive("clock-behind", { age });
  const asked = steps.find(([, finding]) => finding.reason === "unanswered");
  return asked ? inconclusive("unanswered", { ...asked[1].fields, askedBy: asked[0] }) : passed;
}

/** @param {Check[]} checks @param {string[]} required */
function conclude(checks, required) {
  const has = (/** @type {string} */ outcome) => checks.some((check) => check.outcome === outcome);
  const held = new Set(checks.filter(({ outcome }) => ["passed", "not_applicable", "suspect"].includes(outcome)).map(({ id }) => id));
  if (has("failed")) return "rejected";
  if (has("inconclusive") || required.some((id) => !held.has(id))) return "inconclusive";
  return has("suspect") ? "suspect" : "authentic";
}

export { Malformed, POLICIES };
