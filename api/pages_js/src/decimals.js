/** Quantities as written, and the sums of part 3 in exact decimals: nothing is rounded, nothing divided. */
import { Malformed } from "./errors.js";

/** value · 10^−places, and the text it was written as. @typedef {{ text: string, value: bigint, places: number }} Quantity */
/** The same without a text. @typedef {{ value: bigint, places: number }} Decimal */

const QUANTITY = /^-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?$/;

/** @param {unknown} text @param {string} place @returns {Quantity} */
export function parseQuantity(text, place) {
  if (typeof text !== "string") throw new Malformed("string", place);
  if (!QUANTITY.test(text)) throw new Malformed("quantity", place);
  const point = text.indexOf("."), places = point < 0 ? 0 : text.length - point - 1;
  const digits = text.replace(/[-.]/g, "");
  if (digits.length > 30 || places > 18) throw new Malformed("quantity-digits", place);
  const value = BigInt(digits) * (text[0] === "-" ? -1n : 1n);
  if (value === 0n && text[0] === "-") throw new Malformed("negative-zero", place);
  return { text, value, places };
}

/** @param {unknown} text @param {string} place */
export function parsePositive(text, place) {
  const quantity = parseQuantity(text, place);
  if (quantity.value <= 0n) throw new Malformed("not-positive", place);
  return quantity;
}

/** @param {Decimal} a @param {Decimal} b @returns {Decimal} */
export const times = (a, b) => ({ value: a.value * b.value, places: a.places + b.places });

/** @param {bigint} value */
const absolute = (value) => (value < 0n ? -value : value);

/** @param {Decimal} a @param {number} places at least its own */
const scaled = (a, places) => a.value * 10n ** BigInt(places - a.places);

/** Whether `difference` is within 0.005·total + min(½·ulps, 0.005·total), all to one scale. @param {bigint} difference @param {bigint} total @param {bigint} ulps */
function within(difference, total, ulps) {
  const share = 5n * absolute(total), half = 500n * ulps;
  return 1000n * absolute(difference) <= share + (half < share ? half : share);
}

/** Part 3, Sums: Σ terms against Σ totals. @param {Decimal[]} terms @param {Decimal[]} totals */
export function sumAgrees(terms, totals) {
  const all = [...terms, ...totals];
  const places = all.reduce((most, part) => Math.max(most, part.places), 0);
  const add = (/** @type {Decimal[]} */ parts) => parts.reduce((sum, part) => sum + scaled(part, places), 0n);
  const total = add(totals);
  const ulps = all.reduce((sum, part) => sum + 10n ** BigInt(places - part.places), 0n);
  return within(add(terms) - total, total, ulps);
}

/** Part 3, upstream: amount · pcf / declared against emissions. @param {Decimal} amount @param {Decimal} pcf @param {Decimal} emissions @param {Decimal} declared */
export function supplyAgrees(amount, pcf, emissions, declared) {
  const term = times(amount, pcf), total = times(emissions, declared);
  const places = Math.max(term.places, total.places);
  const ulps = 10n ** BigInt(places - term.places) + declared.value * 10n ** BigInt(places - total.places);
  return within(scaled(term, places) - scaled(total, places), scaled(total, places), ulps);
}

/** a − b as a sign. @param {Decimal} a @param {Decimal} b */
export function compare(a, b) {
  const places = Math.max(a.places, b.places), left = scaled(a, places), right = scaled(b, places);
  return left < right ? -1 : left > right ? 1 : 0;
}

/** @param {Decimal[]} parts @returns {Decimal} */
export function add(parts) {
  const places = parts.reduce((most, part) => Math.max(most, part.places), 0);
  return { value: parts.reduce((sum, part) => sum + scaled(part, places), 0n), places };
}
