/** Text forms of bytes (part 1): lower-case hex and unpadded base64url, each in its one spelling. */
import { Malformed } from "./errors.js";

const HEX = /^0x(?:[0-9a-f]{2})*$/;
const BASE64URL = /^[A-Za-z0-9_-]*$/;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const PLACE = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) PLACE[ALPHABET.charCodeAt(i)] = i;
const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));
const encoder = new TextEncoder();

/** @param {string} text */
export const utf8 = (text) => encoder.encode(text);

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes @returns {string} "0x…", the form in which hashes and addresses are compared here */
export function toHex(bytes) {
  let text = "0x";
  for (const byte of bytes) text += PAIRS[byte];
  return text;
}

/** Bytes of hex that is known to be hex. @param {string} text */
export function fromHex(text) {
  const bytes = new Uint8Array((text.length - 2) >> 1);
  for (let i = 0; i < bytes.length; i++) bytes[i] = parseInt(text.substr(2 + 2 * i, 2), 16);
  return bytes;
}

/** @param {unknown} text @param {string} place @param {number} [size] bytes @returns {Uint8Array} */
export function parseHex(text, place, size) {
  if (typeof text !== "string") throw new Malformed("type", place);
  if (!HEX.test(text)) throw new Malformed("hex", place);
  if (size !== undefined && text.length !== 2 + 2 * size) throw new Malformed("size", place);
  return fromHex(text);
}

/** @param {unknown} text @param {string} place @param {number} most bytes @returns {Uint8Array} */
export function parseBase64url(text, place, most) {
  if (typeof text !== "string") throw new Malformed("type", place);
  if (text.length > Math.ceil((most * 4) / 3)) throw new Malformed("size", place);
  if (!BASE64URL.test(text) || text.length % 4 === 1) throw new Malformed("base64url", place);
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let bits = 0, held = 0, at = 0;
  for (let i = 0; i < text.length; i++) {
    held = ((held << 6) | PLACE[text.charCodeAt(i)]) & 0xffff;
    bits += 6;
    if (bits >= 8) {
      bits -= 8;
      bytes[at++] = held >> bits;
    }
  }
  if (held & ((1 << bits) - 1)) throw new Malformed("base64url", place);
  return bytes;
}

/** A whole number as 32 big-endian bytes. @param {bigint | number} value */
export const word = (value) => fromHex("0x" + BigInt(value).toString(16).padStart(64, "0"));

/** @param {Uint8Array} bytes big-endian @returns {bigint} */
export const toBigInt = (bytes) => (bytes.length ? BigInt(toHex(bytes)) : 0n);
