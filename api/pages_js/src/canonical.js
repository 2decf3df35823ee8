/** The strict JSON profile of part 1: a parser of our own, since JSON.parse keeps neither duplicate keys nor number tokens. */
import { toHex, utf8 } from "./bytes.js";
import { Malformed } from "./errors.js";
import { isUnassigned } from "./unicode14.js";

/** @typedef {null | boolean | number | string | any[] | { [key: string]: any }} JsonValue */

export const MAX_DEPTH = 32;
const MIB = 1 << 20;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const NOT_NUMBER = /NaN|-?Infinity/y;
const INTEGER = /^(?:0|-?[1-9][0-9]*)$/;
const PLAIN = /^[\x20-\x7e]*$/;
const STRING_RUN = /[^"\\\u0000-\u001f]*/y;
const SPACE = /[ \t\n\r]*/y;
const FOUR_HEX = /^[0-9a-fA-F]{4}$/;
/** @type {{ [letter: string]: string }} */
const ESCAPES = { '"': '"', "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };

/** The rule that a code point breaks, or "". @param {number} code */
function refusal(code) {
  if (code < 0x20 ? code !== 9 && code !== 10 : code >= 0x7f && code <= 0x9f) return "control";
  if (code < 0x378) return "";
  if (code === 0x61c || code === 0x200e || code === 0x200f || (code >= 0x202a && code <= 0x202e)) return "bidi-control";
  if (code >= 0x2066 && code <= 0x2069) return "bidi-control";
  if (code >= 0xd800 && code <= 0xdfff) return "surrogate";
  if ((code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe) return "noncharacter";
  if ((code >= 0xe000 && code <= 0xf8ff) || code >= 0xf0000) return "private-use";
  return isUnassigned(code) ? "unassigned" : "";
}

/** A string of the profile. @param {string} text @param {string} place */
export function checkString(text, place) {
  if (PLAIN.test(text)) return text;
  for (let at = 0; at < text.length; at++) {
    const code = /** @type {number} */ (text.codePointAt(at));
    const rule = refusal(code);
    if (rule) throw new Malformed(rule, place);
    if (code > 0xffff) at++;
  }
  if (text.normalize("NFC") !== text) throw new Malformed("nfc", place);
  return text;
}

class Reader {
  /** @param {string} text */
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  syntax() {
    return new Malformed("syntax", `character ${this.at}`);
  }

  space() {
    SPACE.lastIndex = this.at;
    SPACE.test(this.text);
    this.at = SPACE.lastIndex;
  }

  /** @returns {JsonValue} */
  document() {
    this.space();
    const value = this.value("", 0);
    this.space();
    if (this.at !== this.text.length) throw this.syntax();
    return value;
  }

  /** @param {string} place @param {number} depth of what encloses it @returns {JsonValue} */
  value(place, depth) {
    const first = this.text[this.at];
    if (first === "{") return this.object(place, depth + 1);
    if (first === "[") return this.array(place, depth + 1);
    if (first === '"') return checkString(this.string(place), place);
    for (const [word, value] of /** @type {[string, JsonValue][]} */ ([["true", true], ["false", false], ["null", null]])) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number(place);
  }

  /** @param {string} place */
  number(place) {
    NOT_NUMBER.lastIndex = NUMBER.lastIndex = this.at;
    if (NOT_NUMBER.test(this.text)) throw new Malformed("number", place);
    const token = NUMBER.exec(this.text)?.[0];
    if (token === undefined) throw this.syntax();
    if (!INTEGER.test(token)) throw new Malformed("number", place);
    if (token.length > 17 || !Number.isSafeInteger(Number(token))) throw new Malformed("number-range", place);
    this.at += token.length;
    return Number(token);
  }

  /** @param {string} place @returns {string} */
  string(place) {
    let whole = "";
    for (this.at++; ; ) {
      STRING_RUN.lastIndex = this.at;
      STRING_RUN.test(this.text);
      whole += this.text.slice(this.at, STRING_RUN.lastIndex);
      this.at = STRING_RUN.lastIndex;
      const stop = this.text[this.at];
      if (stop === '"') {
        this.at++;
        return whole;
      }
      if (stop !== "\\") throw this.syntax();
      whole += this.escape();
    }
  }

  escape() {
    const letter = this.text[this.at + 1];
    if (letter === "u") {
      const digits = this.text.slice(this.at + 2, this.at + 6);
      if (!FOUR_HEX.test(digits)) throw this.syntax();
      this.at += 6;
      return String.fromCharCode(parseInt(digits, 16));
    }
    if (letter === undefined || !Object.hasOwn(ESCAPES, letter)) throw this.syntax();
    this.at += 2;
    return ESCAPES[letter];
  }

  /** @param {string} place @param {number} depth @returns {JsonValue} */
  array(place, depth) {
    if (depth > MAX_DEPTH) throw new Malformed("depth", place);
    /** @type {JsonValue[]} */
    const items = [];
    this.at++;
    this.space();
    if (this.text[this.at] === "]") return this.at++, items;
    for (;;) {
      items.push(this.value(`${place}/${items.length}`, depth));
      if (!this.more("]")) return items;
    }
  }

  /** @param {string} place @param {number} depth @returns {JsonValue} */
  object(place, depth) {
    if (depth > MAX_DEPTH) throw new Malformed("depth", place);
    const members = Object.create(null); // so that a key "__proto__" is a key
    this.at++;
    this.space();
    if (this.text[this.at] === "}") return this.at++, members;
    for (;;) {
      if (this.text[this.at] !== '"') throw this.syntax();
      const key = this.string(place);
      if (!PLAIN.test(key)) throw new Malformed("key", place);
      const inside = `${place}/${key.replace(/~/g, "~0").replace(/\//g, "~1")}`;
      if (key in members) throw new Malformed("duplicate-key", inside);
      this.space();
      if (this.text[this.at++] !== ":") throw this.syntax();
      this.space();
      members[key] = this.value(inside, depth);
      if (!this.more("}")) return members;
    }
  }

  /** Whether a comma follows, or the end. @param {string} end */
  more(end) {
    this.space();
    const next = this.text[this.at];
    if (next !== "," && next !== end) throw this.syntax();
    this.at++;
    this.space();
    return next === ",";
  }
}

/** @param {Uint8Array} bytes @returns {string} */
function decode(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new Malformed("utf-8", "byte 0");
  }
}

/** Parse a document of the profile. @param {string | Uint8Array} data @param {number} [maxBytes] @returns {JsonValue} */
export function parse(data, maxBytes = MIB) {
  if (data.length > maxBytes) throw new Malformed("size");
  const text = typeof data === "string" ? data : decode(data);
  // a string's UTF-8 has at most three bytes for each of its units
  if (text.length * 3 > maxBytes && utf8(text).length > maxBytes) throw new Malformed("size");
  if (text.startsWith("\ufeff")) throw new Malformed("byte-order-mark", "character 0");
  return new Reader(text).document();
}

/** Canonical text of a value of the profile (part 1): sorted keys, no white space. @param {JsonValue} value @returns {string} */
export function canonicalize(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((key) => `${JSON.stringify(key)}:${canonicalize(value[key])}`).join(",")}}`;
}

/** @param {JsonValue} value */
export const canonicalBytes = (value) => utf8(canonicalize(value));
/** @param {JsonValue} value */
export const canonicalHex = (value) => toHex(canonicalBytes(value));

/** Depth as part 1 counts it: a scalar is 0. @param {JsonValue} value @returns {number} */
export function depthOf(value) {
  if (value === null || typeof value !== "object") return 0;
  return 1 + Object.values(value).reduce((/** @type {number} */ most, /** @type {JsonValue} */ item) => Math.max(most, depthOf(item)), 0);
}
