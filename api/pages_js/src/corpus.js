/** Puts rows of the attack corpus through the verifier and says where the answer differs. For tests; no part of the page. */
import { fromHex } from "./bytes.js";
import { Malformed, verify } from "./verify.js";

/** @param {any} question @returns {{ outcome: string, checks: string[][] }} */
export function answer(question) {
  try {
    const verdict = verify({ ...question, evidence: fromHex(question.evidence) });
    return { outcome: verdict.outcome, checks: verdict.checks.map(({ id, outcome, reason }) => [id, outcome, reason]) };
  } catch (error) {
    if (error instanceof Malformed) return { outcome: "malformed", checks: [] };
    throw error;
  }
}
