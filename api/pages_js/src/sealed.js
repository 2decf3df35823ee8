/** Confidential values of a footprint: commitments, and the disclosures that open them (part 2, sealed values). */
import { concat, fromHex, parseBase64url, parseHex, toHex, utf8 } from "./bytes.js";
import { MAX_DEPTH, canonicalize, depthOf } from "./canonical.js";
import { sha256 } from "./crypto.js";
import { Malformed, Mismatch } from "./errors.js";
import { list, object } from "./forms.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {{ path: string, salt: string, value: JsonValue }} Disclosure */

const SEAL = "$sealed";
const POINTER = /^(?:\/(?:[ -.0-}]|~[01])*)+$/;
const SEALABLE = /^\/extensions\/(?:0|[1-9][0-9]*)\/data\/.+$/;
const INDEX = /^(?:0|[1-9][0-9]*)$/;

/** @param {unknown} value */
export const isSealed = (value) => value !== null && typeof value === "object" && !Array.isArray(value) && SEAL in value;

/** The commitment, "0x…". @param {any} value with a `$sealed` member @param {string} place */
function commitment(value, place) {
  if (Object.keys(value).length !== 1) throw new Malformed("seal", place);
  const raw = parseBase64url(value[SEAL], place, 32);
  if (raw.length !== 32) throw new Malformed("size", place);
  return toHex(raw);
}

/** Paths of all commitments; one where none may stand is malformed. @param {string} kind @param {JsonValue} body @returns {string[]} */
export function findCommitments(kind, body) {
  /** @type {string[]} */
  const found = [];
  const walk = (/** @type {JsonValue} */ value, /** @type {string} */ path) => {
    if (value === null || typeof value !== "object") return;
    if (isSealed(value)) {
      if (kind !== "footprint" || !SEALABLE.test(path)) throw new Malformed("seal-place", path);
      commitment(value, path);
      found.push(path);
    }
    for (const [key, member] of Object.entries(value)) {
      walk(member, `${path}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`);
    }
  };
  walk(body, "");
  return found;
}

/** @param {unknown} value @param {string} place @returns {Disclosure[]} */
export const parseDisclosures = (value, place) =>
  list(value, place, 0, 10_000, (item, at) => {
    const { path, salt, value: opened } = object(item, at, ["path", "salt", "value"]);
    if (typeof path !== "string" || path.length > 1024 || !POINTER.test(path)) throw new Malformed("pointer", `${at}/path`);
    parseHex(salt, `${at}/salt`, 32);
    return { path, salt, value: opened };
  });

/**
 * The body with the disclosures opened, outermost first, and the paths still sealed. Raises Mismatch, Malformed.
 * @param {string} issuer @param {JsonValue} body @param {Disclosure[]} disclosures
 */
export function open(issuer, body, disclosures) {
  const copy = disclosures.length ? structuredClone(body) : body;
  const seen = new Set();
  for (const disclosure of disclosures) {
    if (seen.has(disclosure.path)) throw new Mismatch("disclosure");
    seen.add(disclosure.path);
    openOne(issuer, copy, disclosure);
  }
  return { body: copy, undisclosed: findCommitments("footprint", copy) };
}

/** @param {string} issuer @param {any} body @param {Disclosure} disclosure */
function openOne(issuer, body, { path, salt, value }) {
  const tokens = path.split("/").slice(1).map((token) => token.replace(/~1/g, "/").replace(/~0/g, "~"));
  if (tokens.length + depthOf(value) > MAX_DEPTH) throw new Mismatch("disclosure");
  const last = tokens[tokens.length - 1];
  const parent = tokens.slice(0, -1).reduce(step, body);
  const there = step(parent, last);
  if (!isSealed(there)) throw new Mismatch("disclosure");
  const made = sha256(concat(Uint8Array.of(3), fromHex(salt), utf8(canonicalize({ issuer, path, value }))));
  if (toHex(made) !== commitment(there, path) || isSealed(value)) throw new Mismatch("disclosure");
  parent[last] = structuredClone(value);
}

/** @param {any} value @param {string} token */
function step(value, token) {
  const leads = Array.isArray(value)
    ? INDEX.test(token) && Number(token) < value.length
    : value !== null && typeof value === "object" && Object.hasOwn(value, token);
  if (!leads) throw new Mismatch("disclosure");
  return value[token];
}
