/** Readers of the forms of part 3: each gives the value back, or refuses it with the rule's name and the place. */
import { parseHex } from "./bytes.js";
import { canonicalize } from "./canonical.js";
import { Malformed } from "./errors.js";

/** @typedef {import("./canonical.js").JsonValue} JsonValue */
/** @typedef {{ [name: string]: any }} Members */

export const UNITS = ["liter", "kilogram", "cubic meter", "kilowatt hour", "megajoule", "ton kilometer", "square meter", "piece", "hour", "megabit second"];
const PARTY = /^(?:uscc:[0-9A-Z]{18}|lei:[0-9A-Z]{20})$/;
const TOKEN = /^[!-~]{1,64}$/;
const URN = /^urn:[A-Za-z0-9][A-Za-z0-9-]{0,31}:[!-~]{1,200}$/;
const SET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz";
const SET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";
const PRIMES = [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61, 67, 71, 73, 79, 83];

/**
 * An object with exactly these members, and some of the optional ones.
 * @param {unknown} value @param {string} place @param {string[]} required @param {string[] | null} [optional] null: any others
 * @returns {Members}
 */
export function object(value, place, required, optional = []) {
  if (value === null || typeof value !== "object" || Array.isArray(value)) throw new Malformed("object", place);
  const members = /** @type {Members} */ (value);
  for (const name of required) if (!(name in members)) throw new Malformed("missing-member", `${place}/${name}`);
  if (optional) {
    for (const name of Object.keys(members)) {
      if (!required.includes(name) && !optional.includes(name)) throw new Malformed("unknown-member", `${place}/${name}`);
    }
  }
  return members;
}

/**
 * @template T
 * @param {unknown} value @param {string} place @param {number} least @param {number} most
 * @param {(item: any, place: string) => T} read @returns {T[]}
 */
export function list(value, place, least, most, read) {
  if (!Array.isArray(value)) throw new Malformed("array", place);
  if (value.length < least || value.length > most) throw new Malformed("array-length", place);
  return value.map((item, index) => read(item, `${place}/${index}`));
}

/** @param {JsonValue[]} items as they stand in the document @param {string} place */
export function distinct(items, place) {
  if (new Set(items.map(canonicalize)).size !== items.length) throw new Malformed("listed-twice", place);
}

/** @param {unknown} value @param {string} place @param {number} least @param {number} most @returns {number} */
export function integer(value, place, least, most) {
  if (typeof value !== "number") throw new Malformed("integer", place);
  if (value < least || value > most) throw new Malformed("range", place);
  return value;
}

/** @param {unknown} value @param {string} place @returns {string} */
export function string(value, place) {
  if (typeof value !== "string") throw new Malformed("string", place);
  return value;
}

/** @param {unknown} value @param {string} place @param {number} most code points */
export function note(value, place, most = 4000) {
  const text = string(value, place);
  const length = [...text].length;
  if (length < 1 || length > most) throw new Malformed("string-length", place);
  return text;
}

/** @param {unknown} value @param {string} place */
export function line(value, place, most = 1000) {
  const text = note(value, place, most);
  if (/[\t\n]/.test(text)) throw new Malformed("line", place);
  return text;
}

/** @param {unknown} value @param {string} place */
export function name(value, place) {
  const text = line(value, place, 200);
  if (/[「」·]/.test(text)) throw new Malformed("name-separator", place);
  return text;
}

/** @param {RegExp} pattern */
const matching = (pattern) => (/** @type {unknown} */ value, /** @type {string} */ place) => {
  const text = string(value, place);
  if (!pattern.test(text)) throw new Malformed("form", place);
  return text;
};
export const form = matching;
export const token = matching(TOKEN);
export const urn = matching(URN);
export const party = matching(PARTY);
const fourteen = matching(/^[0-9]{14}$/);
const uuid = matching(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/);
export { uuid };

/** @param {unknown} value @param {string} place @param {string[]} choices */
export function choice(value, place, choices) {
  if (!choices.includes(/** @type {any} */ (value))) throw new Malformed("choice", place);
  return /** @type {string} */ (value);
}

/** @param {unknown} value @param {string} place */
export const unit = (value, place = "") => choice(value, place, UNITS);

/** A 32-byte hash as text. @param {unknown} value @param {string} place @returns {string} */
export function hash(value, place) {
  parseHex(value, place, 32);
  return /** @type {string} */ (value);
}

/** @param {string} digits all of a GTIN: the last makes the weighted sum a multiple of 10 (part 1) */
export const hasCheckDigit = (digits) =>
  [...digits].reverse().reduce((sum, digit, i) => sum + Number(digit) * (i % 2 ? 3 : 1), 0) % 10 === 0;

/** @param {unknown} value @param {string} place */
export function gtin14(value, place) {
  const digits = fourteen(value, place);
  if (!hasCheckDigit(digits)) throw new Malformed("check-digit", place);
  return digits;
}

/** @param {unknown} value @param {string} place GS1 General Specifications, check character pair */
export function gmn(value, place) {
  const text = string(value, place), last = text.length - 2;
  const values = [...text.slice(0, last)].map((character) => SET_82.indexOf(character));
  if (text.length < 7 || text.length > 25 || !/^[0-9]{5}/.test(text) || values.includes(-1)) throw new Malformed("form", place);
  const sum = values.reverse().reduce((total, v, i) => total + v * PRIMES[i], 0) % 1021;
  if (text.slice(last) !== SET_32[sum >> 5] + SET_32[sum & 31]) throw new Malformed("check-characters", place);
  return text;
}

/**
 * @template T
 * @param {Members} members @param {string} member @param {string} place @param {(value: any, place: string) => T} read
 * @returns {T | undefined}
 */
export const optional = (members, member, place, read) =>
  member in members ? read(members[member], `${place}/${member}`) : undefined;
