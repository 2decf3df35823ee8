/** Steps 2 to 6 of part 7, the same for every statement whatever its role. */
import { asking, failed, inconclusive, noted, notChecked, passed } from "./check.js";
import { Malformed, Mismatch, Unanswered } from "./errors.js";
import { footprint } from "./footprint.js";
import { rootFrom } from "./merkle.js";
import { open } from "./sealed.js";
import { partyId, subjectOfNumber } from "./statement.js";
import { DAY } from "./times.js";
import { PURPOSE, REGULATORS } from "./view.js";

/** @typedef {import("./check.js").Finding} Finding */
/** @typedef {import("./documents.js").Item} Item */
/** @typedef {import("./inquiry.js").Inquiry} Inquiry */
/** @typedef {import("./statement.js").Statement} Statement */
/** @typedef {import("./view.js").Covering} Covering */
/** @typedef {import("./view.js").Key} Key */

export const STEPS = ["anchored", "logged", "signature", "issuer", "status"];
export const FOREVER = 2 ** 40 - 1;
const MASK_PARTY = 136n;
const MAX_DELAY = 7 * DAY, TOLERANCE = 120;
const SEVERITY = [0, 0, 2, 5, 4, 1, 3]; // by status: none, active, suspended, withdrawn, cancelled, superseded, superseded-void
const REASONS = ["", "", "suspended", "withdrawn", "cancelled", "superseded", "superseded-void"];
const TERMINAL = 3;

/** @param {{ from: number, until: number }} interval @param {number} time */
export const inForce = (interval, time) => interval.from < time && time < interval.until;

/**
 * A statement that went through the steps. `body` is null where there is none of the role's form to judge; `time` is the
 * entry's time T, null where the view does not show it.
 * @typedef {{ item: Item, statement: Statement, body: any, undisclosed: string[], time: number | null, steps: [string, Finding][] }} Examined
 */

/** @param {Inquiry} inquiry @param {Item} item @param {string} kind the role's @param {boolean} reliedOn @returns {Examined} */
export function examine(inquiry, item, kind, reliedOn) {
  const { view, deployment, origin, at } = inquiry;
  const { statement } = item;
  /** @type {Covering | Unanswered} */
  let covering;
  try {
    covering = view.covering(item.index);
  } catch (error) {
    if (!(error instanceof Unanswered)) throw error;
    covering = error;
  }
  const ours = origin === deployment.origin;
  const first = !(covering instanceof Unanswered) && covering.isFirst ? covering.anchor.time : null;
  const time = ours ? first : null;
  const anchored = ours ? asking(() => checkAnchored(covering, at)) : failed("another-log", { origin });
  const logged = ours ? asking(() => checkLogged(item, covering)) : notChecked("another-log");
  const signed = checkSignature(inquiry, item, kind, time);
  const issuer = signed.isSigned ? asking(() => checkIssuer(inquiry, statement, time)) : notChecked("not-signed");
  const status = checkStatus(inquiry, statement, reliedOn);
  const found = [anchored, logged, signed.finding, issuer, status];
  return { item, statement, body: signed.body, undisclosed: signed.undisclosed, time, steps: found.map((finding, i) => [STEPS[i], finding]) };
}

/** Step 2. @param {Covering | Unanswered} covering @param {number | null} at @returns {Finding} */
function checkAnchored(covering, at) {
  if (covering instanceof Unanswered) throw covering;
  if (!covering.isFirst) throw new Unanswered("anchor-before-not-shown");
  const { time } = covering.anchor;
  return at !== null && time > at ? inconclusive("anchored-after-at", { time, at }) : passed;
}

/** Step 3. @param {Item} item @param {Covering | Unanswered} covering @returns {Finding} */
function checkLogged({ statement, index, size, proof }, covering) {
  const leaf = statement.leafHash;
  if (leaf === null) return notChecked("no-entry");
  let root;
  try {
    root = rootFrom(index, size, leaf, proof);
  } catch (error) {
    if (error instanceof Mismatch) return failed(error.code, { index, size });
    throw error;
  }
  if (covering instanceof Unanswered) throw covering;
  const { anchor, isFirst } = covering;
  if (size > anchor.size || (isFirst && size !== anchor.size)) return failed("not-first-anchor", { size, first: anchor.size, index });
  if (size === anchor.size && root !== anchor.root) return failed("not-included", { index, size });
  if (!isFirst) throw new Unanswered("anchor-before-not-shown");
  return passed;
}

/** Step 4: what it found, whether the signer named did sign, and the body to judge. @param {Inquiry} inquiry @param {Item} item @param {string} kind @param {number | null} time */
function checkSignature({ separator }, item, kind, time) {
  const { statement } = item;
  const { made } = statement;
  const unsigned = (/** @type {Finding} */ finding, /** @type {any} */ body) => ({ finding, body, undisclosed: /** @type {string[]} */ ([]), isSigned: false });
  if (statement.kind !== kind) return unsigned(failed("kind", { kind: statement.kind, expected: kind }), null);
  if (!statement.hasForm) return unsigned(failed("body-form"), null);
  try {
    if (statement.recovered(separator) !== statement.signer) return unsigned(failed("another-signer"), made);
  } catch (error) {
    if (error instanceof Mismatch) return unsigned(failed(error.code), made);
    throw error;
  }
  const { finding, body, undisclosed } = openBody(item);
  const onTime = time === null || (time - MAX_DELAY <= statement.issuedAt && statement.issuedAt <= time + TOLERANCE);
  return { finding: onTime ? finding : failed("issued-at", { issuedAt: statement.issuedAt, time }), body, undisclosed, isSigned: true };
}

/** The footprint with its disclosures in their places; any other body as it is. @param {Item} item */
function openBody({ statement, disclosures }) {
  const asSigned = { body: statement.made, undisclosed: /** @type {string[]} */ ([]) };
  if (statement.kind !== "footprint") return { finding: passed, ...asSigned };
  try {
    const { body, undisclosed } = open(statement.issuer, statement.body, disclosures);
    const made = disclosures.length ? footprint(body) : statement.made;
    return { finding: undisclosed.length ? noted("undisclosed", { paths: undisclosed }) : passed, body: made, undisclosed };
  } catch (error) {
    if (error instanceof Mismatch) return { finding: failed("disclosure"), ...asSigned };
    if (error instanceof Malformed) return { finding: failed("disclosed-form", { rule: error.rule }), ...asSigned };
    throw error;
  }
}

/** What is wrong with a key, by the key rules of step 5, or null. @param {Key | null} key @param {string} party @param {number} purpose @param {number | null} time @returns {Finding | null} */
function keyFault(key, party, purpose, time) {
  if (key === null) return time === null ? null : failed("unknown-key");
  if (key.tag !== BigInt(partyId(party)) >> MASK_PARTY) return failed("key-of-another-party");
  if (!(key.purposes & purpose)) return failed("wrong-purpose");
  if (time === null) return null;
  if (!inForce(key, time)) return failed("key-not-in-force", { time });
  return key.compromisedSince > 0 && key.compromisedSince <= time ? failed("key-compromised", { time }) : null;
}

/** GS1 prefixes of 4 to 12 digits: behind a GTIN's first digit, or what a GMN begins with. @param {import("./bodies.js").Labels} made */
function gs1Prefixes({ gtin, product }) {
  const digits = gtin !== null ? gtin.slice(1, 13) : /^8013:([0-9]{0,12})/.exec(product)?.[1] ?? "";
  return Array.from({ length: Math.max(0, digits.length - 3) }, (_, i) => digits.slice(0, 4 + i));
}

/** Scopes of the grant that a body takes. @param {Statement} statement @returns {string[]} */
function scopesOf({ kind, made }) {
  if (kind === "certificate") return [made.category];
  if (kind === "labels") return gs1Prefixes(made).map((prefix) => `gs1:${prefix}`);
  return [""];
}

/** Step 5. @param {Inquiry} inquiry @param {Statement} statement @param {number | null} time @returns {Finding} */
function checkIssuer({ view, moment }, statement, time) {
  const purpose = PURPOSE[/** @type {keyof typeof PURPOSE} */ (statement.kind)];
  const key = view.key(statement.signer);
  const wrong = keyFault(key, statement.issuer, purpose, time);
  if (wrong) return wrong;
  const scopes = scopesOf(statement);
  const intervals = scopes.flatMap((scope) => view.grant(statement.issuer, purpose, scope));
  if (key === null || time === null) return inconclusive("entry-time-unknown");
  const grant = intervals.find((interval) => inForce(interval, time));
  if (!grant) return failed(intervals.length ? "grant-not-in-force" : scopes[0] ? "out-of-scope" : "no-grant", { time });
  if (key.compromisedSince > time) return noted("key-compromised-later", { time, compromisedSince: key.compromisedSince });
  if (grant.until <= moment && grant.until !== FOREVER) return noted("grant-ended-later", { time, until: grant.until });
  if (key.until <= moment && key.until !== FOREVER) return noted("key-ended-later", { time, until: key.until });
  return passed;
}

/** The label key, by the same rules (part 8). @param {Inquiry} inquiry @param {string} address @param {string} party @param {number | null} time @returns {Finding} */
export const checkLabelKey = ({ view }, address, party, time) =>
  asking(() => {
    const key = view.key(address);
    const wrong = keyFault(key, party, PURPOSE.labels, time);
    if (wrong) return wrong;
    if (key === null || time === null) return inconclusive("entry-time-unknown");
    return key.compromisedSince > time ? noted("key-compromised-later", { time, compromisedSince: key.compromisedSince }) : passed;
  });

/** @typedef {{ owner: string, about: string, subject: string }} Lane */
/** @typedef {Lane & { status: number, since: number }} Reading */

/** @param {Statement} statement @returns {Lane[]} */
function lanesOf(statement) {
  const issuer = partyId(statement.issuer);
  const subjects = [["statement", statement.id], ["party", issuer]];
  if (statement.kind === "certificate" && statement.hasForm) {
    subjects.push(["number", subjectOfNumber(statement.issuer, statement.made.number)]);
  }
  return subjects.flatMap(([about, subject]) => [issuer, REGULATORS].map((owner) => ({ owner, about, subject })));
}

/** The status of a lane at the moment asked about. Raises Unanswered. @param {Inquiry} inquiry @param {Lane} lane @returns {Reading | null} null: active */
function readLane({ view, at }, lane) {
  let status = 1, since = 0;
  for (const transition of view.lane(lane.owner, lane.subject).reverse()) {
    if (at !== null && transition.time > at) continue;
    const writer = view.statusKey(lane.owner, transition.ordinal);
    const key = writer === null ? null : view.key(writer);
    if (key && key.compromisedSince > 0 && key.compromisedSince <= transition.time) continue;
    ({ status, time: since } = transition);
    if (status >= TERMINAL) break;
  }
  return status === 1 ? null : { ...lane, status, since };
}

/** Step 6. @param {Inquiry} inquiry @param {Statement} statement @param {boolean} reliedOn @returns {Finding} */
function checkStatus(inquiry, statement, reliedOn) {
  if (statement.kind === "footprint" && statement.made?.status === "Deprecated") return failed("deprecated");
  const lanes = lanesOf(statement);
  /** @type {Unanswered | null} */
  let gap = null;
  /** @type {Reading[]} */
  const readings = [];
  for (const lane of lanes) {
    try {
      const reading = readLane(inquiry, lane);
      if (reading) readings.push(reading);
    } catch (error) {
      if (!(error instanceof Unanswered)) throw error;
      gap ??= error;
    }
  }
  const worst = readings.reduce((/** @type {Reading | null} */ most, one) => (most && SEVERITY[most.status] >= SEVERITY[one.status] ? most : one), null);
  const finding = worst ? judge(inquiry, worst, reliedOn) : passed;
  if (finding.outcome !== "passed") return finding;
  if (gap) return inconclusive("unanswered", { why: gap.why });
  return earlyWarning(inquiry, lanes) ?? finding;
}

/** @param {Inquiry} inquiry @param {Reading} worst @param {boolean} reliedOn @returns {Finding} */
function judge(inquiry, worst, reliedOn) {
  const { status, since, owner, about, subject } = worst;
  /** @type {{ [name: string]: any }} */
  const fields = { about, by: owner === REGULATORS ? "regulators" : "issuer", since };
  if (status >= 5) fields.successor = successorOf(inquiry, owner, subject);
  if (status === 5 && reliedOn) return noted("superseded-later", fields);
  if (status === 2 && inquiry.viewIsOld && inquiry.at === null) return inconclusive("suspended-when-seen", fields);
  return failed(REASONS[status], fields);
}

/** For a link only: a view without it takes nothing from the verdict. @param {Inquiry} inquiry @param {string} owner @param {string} subject */
function successorOf({ view }, owner, subject) {
  try {
    return view.successor(owner, subject);
  } catch (error) {
    if (error instanceof Unanswered) return null;
    throw error;
  }
}

/** @param {Inquiry} inquiry @param {Lane[]} lanes @returns {Finding | null} */
function earlyWarning({ warnings, at }, lanes) {
  const seen = warnings.find(
    (w) => w.status !== 1 && (at === null || w.time <= at) && lanes.some((lane) => lane.owner === w.owner && lane.subject === w.subject),
  );
  return seen ? inconclusive("early-warning", { since: seen.time }) : null;
}
