/** Saved verdicts (part 10): the same inputs must give the same outcome and checks. */
import { canonicalize, parse } from "./canonical.js";
import { Malformed } from "./errors.js";
import { object, string } from "./forms.js";
import { verify } from "./verify.js";

const MOST_BYTES = 2 * (8 + 64) * (1 << 20);
const MEMBERS = ["v", "deployment", "policy", "now", "at", "text", "trust", "evidence", "snapshot", "statements", "warnings", "signals", "verdict"];

/** @typedef {import("./verify.js").Verdict} Verdict */
/** @typedef {{ verdict: Verdict, said: string, same: boolean, differing: string[], milliseconds: number }} Replayed */

/** @param {any} checks @returns {Map<string, string>} */
const told = (checks) => new Map((Array.isArray(checks) ? checks : []).map(({ id, outcome, reason }) => [id, `${outcome} ${reason}`]));

/**
 * Reach a saved verdict again. `differing`: ids of checks that came out otherwise here than there.
 * @param {string | Uint8Array} data @returns {Replayed}
 */
export function replay(data) {
  const started = performance.now();
  const s = object(parse(data, MOST_BYTES), "", MEMBERS, ["rivals", "others"]);
  if (s.v !== 1) throw new Malformed("version", "/v");
  const trust = object(s.trust, "/trust", [], null);
  const evidence = string(s.evidence, "/evidence");
  const given = object(parse(evidence, 8 << 20), "/evidence", [], null);
  // the verdict saved is about this very label; leaf and path count only where they are its own
  if (s.text !== null && given.label?.text !== s.text) given.label = { text: s.text };
  const verdict = verify({
    deployment: canonicalize(s.deployment),
    evidence: canonicalize(given),
    snapshot: string(s.snapshot, "/snapshot"),
    trust: "reason" in trust ? { reason: String(trust.reason) } : { hash: trust.hash, final: trust.final === true, number: trust.number, time: trust.time, oldest: trust.oldestAcceptable ?? 0 },
    policy: string(s.policy, "/policy"),
    now: s.now,
    at: s.at,
    warnings: s.warnings,
    signals: s.signals,
    rivals: s.rivals,
    others: s.others,
  });
  const theirs = told(s.verdict?.checks), ours = told(verdict.checks);
  const differing = [...new Set([...theirs.keys(), ...ours.keys()])].filter((id) => theirs.get(id) !== ours.get(id));
  const said = String(s.verdict?.outcome);
  return { verdict, said, same: said === verdict.outcome && differing.length === 0, differing, milliseconds: performance.now() - started };
}
