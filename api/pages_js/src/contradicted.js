/** Two signed labels with one index (part 8, `index-twice`): proof of over-issue, and both are rejected. */
import { failed } from "./check.js";

/**
 * The verdict on one of them. Only labels whose signature passed may be put here: nobody spoils a genuine label with a made-up one.
 * @template {{ outcome: string, checks: import("./check.js").Check[] }} V
 * @param {V} verdict @param {number} index @param {string[]} serials both @returns {V}
 */
export function contradicted(verdict, index, serials) {
  const checks = verdict.checks.map((check) => (check.id === "label.quota" ? { id: check.id, ...failed("index-twice", { index, serials }) } : check));
  return { ...verdict, outcome: "rejected", checks };
}
