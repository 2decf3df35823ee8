/** Steps 7 to 12 of part 7: the certificate's own period, holder and products, its figures, its footprint's sums, its grade. */
import { failed, firstNotPassed, folded, inconclusive, notApplicable, notChecked, noted, passed } from "./check.js";
import { gradeOf } from "./bodies.js";
import { examine } from "./examine.js";
import { reckon } from "./footprint.js";
import { DAY } from "./times.js";

/** @typedef {import("./check.js").Finding} Finding */
/** @typedef {import("./bodies.js").Certificate} Certificate */
/** @typedef {import("./footprint.js").Footprint} Footprint */
/** @typedef {import("./inquiry.js").Inquiry} Inquiry */

/** Step 7. @param {Inquiry} inquiry @param {Certificate} certificate @param {Footprint | null} footprint @param {number | null} time @returns {Finding} */
export function checkPeriod(inquiry, { validFrom, validUntil }, footprint, time) {
  if (!(validFrom < validUntil && validUntil <= validFrom + 731 * DAY)) return failed("period-length");
  if (footprint && validUntil > footprint.validUntil) return failed("beyond-footprint");
  if (time !== null && !(time - 30 * DAY <= validFrom && validFrom <= time + 90 * DAY)) return failed("start-too-far");
  const behind = inquiry.at === null && inquiry.clockIsBehind && inquiry.view.header;
  const moment = behind ? behind.time : inquiry.moment;
  if (moment >= validUntil) return failed("expired", { validFrom, validUntil, moment });
  if (moment >= validFrom) return passed;
  return behind ? inconclusive("clock-behind") : failed("not-yet", { validFrom, validUntil, moment });
}

/** Step 8. @param {string} issuer @param {Certificate} certificate @param {string | null} footprintIssuer null: none given @returns {Finding} */
export function checkHolder(issuer, { holder }, footprintIssuer) {
  if (issuer === holder) return failed("self-certified", { holder });
  if (footprintIssuer === null) return notChecked("footprint-not-given");
  return footprintIssuer === holder ? passed : failed("footprint-of-another", { holder, footprintIssuer });
}

/** Step 9. @param {Certificate} certificate @param {Footprint | null} footprint @returns {Finding} */
export function checkProduct({ products, category }, footprint) {
  if (!footprint) return notChecked("footprint-not-given");
  const stray = products.find((product) => !footprint.productIds.includes(product.urn));
  if (stray) return failed("not-in-footprint", { product: stray.urn });
  return footprint.classifications.includes(category) ? passed : failed("another-category");
}

/** Step 10. @param {Certificate} certificate @param {Footprint} footprint @param {string} id the footprint's @returns {Finding} */
export function checkFigures(certificate, footprint, id) {
  if (certificate.footprint !== id) return failed("another-footprint");
  if (certificate.pcf.text !== footprint.pcf.text) return failed("pcf");
  const { amount, unit } = certificate.declaredUnit;
  return amount.text === footprint.amount.text && unit === footprint.unit ? passed : failed("declared-unit");
}

/** Step 11. @param {Inquiry} inquiry @param {Footprint} footprint @param {string[]} undisclosed @returns {Finding} */
export function checkSums({ policy }, footprint, undisclosed) {
  const { wrong, open, carbonDioxideOnly } = reckon(footprint);
  if (wrong) return failed("sum", { sum: wrong.name });
  if (undisclosed.length && !policy.sealed) return inconclusive("undisclosed", { paths: undisclosed });
  if (open) return notChecked("open-sums");
  return carbonDioxideOnly ? noted("co2-only-factors") : passed;
}

/** Step 12. @param {Inquiry} inquiry @param {Certificate | null} certificate @param {number | null} time the certificate's @param {import("./documents.js").Item | undefined} given @returns {Finding} */
export function checkGrade(inquiry, certificate, time, given) {
  if (!certificate) return notChecked("no-certificate");
  const { grade } = certificate;
  if (grade?.rule === undefined) {
    if (given) return failed("rule-not-named");
    return grade ? inconclusive("no-rule-named") : notApplicable("no-grade");
  }
  if (!given) return inconclusive("rule-not-given", { rule: grade.rule });
  if (given.statement.id !== grade.rule) return failed("another-rule");
  const { body, steps } = examine(inquiry, given, "rule", true);
  const found = firstNotPassed(steps);
  if (found && found[1].outcome === "failed") return folded(found);
  const derived = deriveGrade(certificate, grade.value, body, time);
  return found && derived.outcome === "passed" ? folded(found) : derived;
}

/** @param {Certificate} certificate @param {string} claimed @param {import("./bodies.js").Rule} rule @param {number | null} time @returns {Finding} */
function deriveGrade({ category, declaredUnit, pcf }, claimed, rule, time) {
  if (time === null) return inconclusive("entry-time-unknown");
  if (time < rule.effectiveFrom || (rule.effectiveUntil !== undefined && time >= rule.effectiveUntil)) return failed("rule-not-in-effect");
  const derived = gradeOf(rule, category, declaredUnit.unit, pcf, declaredUnit.amount);
  if (derived === null) return failed("no-table");
  return derived === claimed ? passed : failed("grade", { claimed, derived });
}
