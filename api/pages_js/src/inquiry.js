/** What every step is asked under: the view, the policy, one clock reading and the moment asked about (part 7). */
import { domainSeparator } from "./statement.js";

const HOUR = 3600, TOLERANCE = 120;
const CERTIFIED = [
  "chain.view",
  ...["anchored", "logged", "signature", "issuer", "status", "period", "holder", "product"].map((step) => `certificate.${step}`),
  ...["anchored", "logged", "signature", "issuer", "status", "figures"].map((step) => `footprint.${step}`),
  "grade.rule",
];
const LABELLED = ["format", "signature", "issuer", "issued", "quota", "copied"].map((step) => `label.${step}`);
const SUMS = "footprint.arithmetic";

/** @typedef {{ name: string, required: string[], maxAge: number, sealed: boolean, label: string[] }} Policy sealed: whether sealed values are accepted; label: required of labels besides */
/** @type {{ [name: string]: Policy }} */
export const POLICIES = Object.fromEntries(
  [
    { name: "consumer", required: CERTIFIED, maxAge: 24 * HOUR, sealed: true, label: LABELLED },
    { name: "inspection", required: CERTIFIED, maxAge: 36 * HOUR, sealed: true, label: LABELLED.filter((id) => id !== "label.issued") },
    { name: "regulator", required: [...CERTIFIED, SUMS], maxAge: 24 * HOUR, sealed: false, label: LABELLED },
    { name: "auditor", required: [...CERTIFIED, SUMS, "upstream.statement", "upstream.status", "upstream.amount"], maxAge: 7 * 24 * HOUR, sealed: false, label: LABELLED },
  ].map((policy) => [policy.name, policy]),
);

/** @typedef {{ owner: string, subject: string, status: number, time: number }} Warning a transition seen at `latest` */

export class Inquiry {
  /**
   * @param {import("./view.js").View} view @param {string} origin of the evidence @param {Policy} policy
   * @param {number} now @param {number | null} at @param {Warning[]} warnings
   */
  constructor(view, origin, policy, now, at, warnings) {
    if (at !== null && !(at >= 0 && at <= now)) throw new RangeError("the moment asked about lies ahead of the clock");
    this.view = view;
    this.deployment = view.deployment;
    this.origin = origin;
    this.policy = policy;
    this.now = now;
    this.at = at;
    this.warnings = warnings;
    this.separator = domainSeparator(view.deployment.chainId, view.deployment.anchorLog.address);
  }

  get moment() {
    return this.at ?? this.now;
  }

  /** Seconds between the header and the clock; null without a header. */
  get age() {
    return this.view.header === null ? null : this.now - this.view.header.time;
  }

  get viewIsOld() {
    return this.age !== null && this.age > this.policy.maxAge;
  }

  get clockIsBehind() {
    return this.age !== null && this.age < -TOLERANCE;
  }
}
