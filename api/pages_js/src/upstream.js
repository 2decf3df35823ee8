/** Step 13 of part 7: the certificates a footprint draws on, how they stand, and how much of them it uses. */
import { checkFigures, checkHolder } from "./certificate.js";
import { failed, firstNotPassed, folded, inconclusive, notApplicable, notChecked, passed } from "./check.js";
import { add, compare, supplyAgrees, times } from "./decimals.js";
import { examine } from "./examine.js";
import { SEALED } from "./footprint.js";

/** @typedef {import("./check.js").Finding} Finding */
/** @typedef {import("./examine.js").Examined} Examined */
/** @typedef {{ certificate: Examined, footprint: Examined | null }} Supplier */

/** @param {Finding} finding */
const three = (finding) => [finding, finding, finding];

/**
 * The three findings: `upstream.statement`, `.status`, `.amount`, each the worst over all upstreams.
 * @param {import("./inquiry.js").Inquiry} inquiry @param {import("./footprint.js").Footprint | null} footprint
 * @param {import("./documents.js").Evidence["upstream"]} given @returns {Finding[]}
 */
export function checkUpstream(inquiry, footprint, given) {
  if (!footprint) return three(notChecked("footprint-not-given"));
  const listed = footprint.extension?.upstream ?? [];
  if (listed === SEALED) return three(notChecked("undisclosed"));
  const named = /** @type {any[]} */ (listed);
  const supplies = named.filter((supply) => supply !== SEALED);
  const wanted = new Set(supplies.map((supply) => supply.statement).filter((id) => id !== SEALED));
  const hidden = named.length > supplies.filter((supply) => supply.statement !== SEALED).length;
  const ids = given.map((entry) => entry.certificate.statement.id);
  if (new Set(ids).size !== ids.length) return refused("given-twice");
  if (ids.some((id) => !wanted.has(id))) return refused("not-named");
  if (named.length === 0) return three(notApplicable("no-upstream"));
  const suppliers = given.map(({ certificate, footprint: behind }) => ({
    certificate: examine(inquiry, certificate, "certificate", true),
    footprint: behind ? examine(inquiry, behind, "footprint", true) : null,
  }));
  const missing = [...wanted].some((id) => !ids.includes(id));
  const found = [suppliers.map(statementOf), suppliers.map(statusOf), suppliers.flatMap((supplier) => amountsOf(supplier, supplies))];
  return found.map((findings) => worst(findings, missing, hidden));
}

/** @param {string} reason */
const refused = (reason) => [failed(reason), notChecked(reason), notChecked(reason)];

/** @param {Finding[]} findings @param {boolean} missing @param {boolean} hidden @returns {Finding} */
function worst(findings, missing, hidden) {
  const of = (/** @type {string} */ outcome) => findings.find((finding) => finding.outcome === outcome);
  const bad = of("failed") ?? of("inconclusive");
  if (bad) return bad;
  if (missing) return notChecked("upstream-not-given");
  if (hidden) return notChecked("undisclosed");
  return of("not_checked") ?? findings.find((finding) => finding.reason) ?? passed;
}

/** @param {Supplier} supplier @returns {Finding} */
function statementOf({ certificate, footprint }) {
  const found = firstNotPassed(certificate.steps.slice(0, 4));
  if (found) return folded(found);
  if (!footprint) return passed;
  const behind = firstNotPassed(footprint.steps.slice(0, 4));
  if (behind) return folded([`footprint.${behind[0]}`, behind[1]]);
  /** @type {[string, Finding][]} */
  const relations = [
    ["holder", checkHolder(certificate.statement.issuer, certificate.body, footprint.statement.issuer)],
    ["figures", checkFigures(certificate.body, footprint.body, footprint.statement.id)],
  ];
  const wrong = relations.find(([, finding]) => finding.outcome !== "passed");
  return wrong ? folded(wrong) : passed;
}

/** @param {Supplier} supplier @returns {Finding} */
function statusOf({ certificate, footprint }) {
  const own = certificate.steps[4][1];
  if (own.outcome !== "passed" || !footprint) return own;
  const behind = footprint.steps[4][1];
  return behind.outcome === "passed" && !behind.reason ? own : behind;
}

/** @param {Supplier} supplier @param {any[]} supplies @returns {Finding[]} */
function amountsOf({ certificate }, supplies) {
  const { body, statement } = certificate;
  if (!body) return [inconclusive("no-certificate")];
  const used = supplies.filter((supply) => supply.statement === statement.id);
  const total = add(used.map((supply) => supply.amount).filter((amount) => amount !== SEALED));
  const limit = times({ value: BigInt(body.quota), places: 0 }, body.declaredUnit.amount);
  const within = compare(total, limit) <= 0 ? passed : failed("beyond-quota");
  return [...used.map((supply) => supplyOf(supply, body)), within];
}

/** @param {any} supply @param {import("./bodies.js").Certificate} certificate @returns {Finding} */
function supplyOf({ amount, unit, emissions }, { declaredUnit, pcf }) {
  if ([amount, unit, emissions].includes(SEALED)) return notChecked("undisclosed");
  if (unit !== declaredUnit.unit) return failed("unit");
  return supplyAgrees(amount, pcf, emissions, declaredUnit.amount) ? passed : failed("emissions");
}
