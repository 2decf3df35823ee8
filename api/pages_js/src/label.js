/** A label's text (part 8): a GS1 Digital Link with the certificate it stands on and the label key's signature. */
import { concat, parseBase64url, toBigInt, toHex, word } from "./bytes.js";
import { checkSignature, keccak, keccakText } from "./crypto.js";
import { Malformed } from "./errors.js";
import { gmn, gtin14 } from "./forms.js";
import { typedDigest } from "./statement.js";

const LONGEST = 512;
const URI = /^https:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?(\/[^?#]*)(?:\?([^#]*))?(?:#.*)?$/;
const CHARACTERS = /^[A-Za-z0-9\-._~:/?#[\]@!$&'()*+,;=%]*$/;
const SERIAL = /^[0-9A-HJKMNP-TV-Z]{18}$/;
const BATCH = /^[!"%&'()*+,\-./0-9:;<=>?A-Z_a-z]{1,20}$/; // GS1's set 82
const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TYPE = keccakText("Label(string gtin,string serial,bytes16 certificate)");
const HIGH_BIT = 1n << 255n;

/**
 * @typedef {{ granularity: string, gtin: string | null, gmn: string | null, batch: string | null, index: number | null,
 *   product: string, serial: string, prefix: Uint8Array, signature: Uint8Array }} Label
 * product and serial are the words signed; index is null but for an item's label
 */

/** @param {string} text @param {string} place */
function unescape(text, place) {
  const loose = text.replace(/%([0-9A-Fa-f]{2})/g, (_, pair) => String.fromCharCode(parseInt(pair, 16)));
  if (text.replace(/%[0-9A-Fa-f]{2}/g, "").includes("%") || !/^[\x20-\x7e]*$/.test(loose)) throw new Malformed("label-form", place);
  return loose;
}

/** The value of a parameter that stands exactly once. @param {[string, string][]} query @param {string} name @param {number} length @param {string} place */
function parameter(query, name, length, place) {
  const values = query.filter(([key]) => key === name).map(([, value]) => value);
  if (values.length !== 1 || values[0].length !== length) throw new Malformed("parameter", place);
  return values[0];
}

/** Names and values of the query. A name of two to four digits is GS1's: an element that no label has. @param {string} query @param {string} place */
function parameters(query, place) {
  const loose = (/** @type {string} */ text) =>
    text.replace(/%([0-9A-Fa-f]{2})/g, (_, pair) => String.fromCharCode(parseInt(pair, 16)));
  /** @type {[string, string][]} */
  const found = [];
  for (const part of query.split(/[&;]/)) {
    const equals = part.indexOf("=");
    if (equals < 0) continue;
    if (/^[0-9]{2,4}$/.test(part.slice(0, equals))) throw new Malformed("label-form", place);
    found.push([loose(part.slice(0, equals)), loose(part.slice(equals + 1))]);
  }
  return found;
}

/** The product, and what is said of it, from the last segments of the path. @param {string[]} path @param {string} place */
function elements(path, place) {
  const [key, value, qualifier, word] = path.slice(-4);
  const from = path.slice(-2);
  const none = { gtin: null, gmn: null, batch: null, serial: "" };
  if (path.length >= 4 && key === "01" && (qualifier === "21" || qualifier === "10")) {
    const gtin = gtin14(unescape(value, place), place), text = unescape(word, place);
    if (qualifier === "10") {
      if (!BATCH.test(text)) throw new Malformed("label-form", place);
      return { ...none, granularity: "batch", gtin, batch: text, serial: `10:${text}` };
    }
    if (!SERIAL.test(text)) throw new Malformed("serial", place);
    return { ...none, granularity: "item", gtin, serial: text };
  }
  if (path.length < 2) throw new Malformed("label-form", place);
  if (from[0] === "01") return { ...none, granularity: "model", gtin: gtin14(unescape(from[1], place), place) };
  if (from[0] === "8013") return { ...none, granularity: "model", gmn: gmn(unescape(from[1], place), place) };
  throw new Malformed("label-form", place);
}

/** r ‖ s ‖ v of r ‖ (yParity << 255 | s) (EIP-2098). @param {Uint8Array} raw @param {string} place */
function expand(raw, place) {
  const packed = toBigInt(raw.subarray(32));
  return checkSignature(concat(raw.subarray(0, 32), word(packed & (HIGH_BIT - 1n)), Uint8Array.of(27 + Number(packed >> 255n))), place);
}

/** @param {unknown} text @param {string} [place] @returns {Label} */
export function parseLabel(text, place = "") {
  if (typeof text !== "string") throw new Malformed("string", place);
  if (text.length > LONGEST) throw new Malformed("size", place);
  const match = CHARACTERS.test(text) ? URI.exec(text) : null;
  if (!match) throw new Malformed("label-form", place);
  const query = parameters(match[2] ?? "", place);
  const of = elements(match[1].split("/").slice(1), place);
  const prefix = parseBase64url(parameter(query, "c", 22, place), place, 16);
  const signature = expand(parseBase64url(parameter(query, "s", 86, place), place, 64), place);
  const index = of.granularity === "item" ? [...of.serial.slice(0, 6)].reduce((sum, c) => sum * 32 + CROCKFORD.indexOf(c), 0) : null;
  return { ...of, product: of.gtin ?? `8013:${of.gmn}`, index, prefix, signature };
}

/** What the label key signs. @param {Uint8Array} separator @param {Label} label */
export const labelDigest = (separator, label) =>
  typedDigest(separator, keccak(concat(TYPE, keccakText(label.product), keccakText(label.serial), label.prefix, new Uint8Array(16))));

/** Whether the certificate's id begins with what the label carries. @param {Label} label @param {string} id */
export const standsOn = (label, id) => toHex(label.prefix) === id.slice(0, 34);
