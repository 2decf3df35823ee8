/** One step of the ladder (part 7): how it came out, a stable reason, and the values it rests on. */
import { Unanswered } from "./errors.js";

/** @typedef {"passed" | "failed" | "suspect" | "inconclusive" | "not_checked" | "not_applicable"} Outcome */
/** @typedef {{ outcome: Outcome, reason: string, fields: { [name: string]: any } }} Finding */
/** @typedef {Finding & { id: string }} Check */

/** @param {Outcome} outcome @returns {(reason: string, fields?: object) => Finding} */
const of = (outcome) => (reason, fields = {}) => ({ outcome, reason, fields: { ...fields } });

/** @type {Finding} */
export const passed = { outcome: "passed", reason: "", fields: {} };
export const noted = of("passed");
export const failed = of("failed");
export const inconclusive = of("inconclusive");
export const notChecked = of("not_checked");
export const notApplicable = of("not_applicable");
export const suspect = of("suspect");

/** What `step` finds, inconclusive where the view does not answer what it asks. @param {() => Finding} step @returns {Finding} */
export function asking(step) {
  try {
    return step();
  } catch (error) {
    if (error instanceof Unanswered) return inconclusive("unanswered", { why: error.why });
    throw error;
  }
}

/** The first that failed, else that is open, else that was not checked. @param {[string, Finding][]} steps @returns {[string, Finding] | undefined} */
export function firstNotPassed(steps) {
  for (const outcome of ["failed", "inconclusive", "not_checked"]) {
    const found = steps.find(([, finding]) => finding.outcome === outcome);
    if (found) return found;
  }
  return undefined;
}

/** A step reported under another check: failed stays failed, everything else is inconclusive. @param {[string, Finding]} found @returns {Finding} */
export const folded = ([step, { outcome, reason, fields }]) =>
  (outcome === "failed" ? failed : inconclusive)(reason, { ...fields, step });
