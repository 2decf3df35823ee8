/** Strict RLP: every item in its one, shortest encoding, nothing left over. */
import { Malformed } from "./errors.js";

/** @typedef {Uint8Array | any[]} Item a string, or a list of items */

const MAX_DEPTH = 32;
const bad = () => new Malformed("rlp", "");

/** @param {Uint8Array} data @returns {Item} */
export function decode(data) {
  const [item, end] = read(data, 0, data.length, 0);
  if (end !== data.length) throw bad();
  return item;
}

/** @param {Uint8Array} data @param {number} at @param {number} limit @param {number} depth @returns {[Item, number]} */
function read(data, at, limit, depth) {
  if (at >= limit || depth > MAX_DEPTH) throw bad();
  const first = data[at];
  if (first < 0x80) return [data.subarray(at, at + 1), at + 1];
  const list = first >= 0xc0, short = first - (list ? 0xc0 : 0x80);
  const [start, length] = short <= 55 ? [at + 1, short] : long(data, at + 1, short - 55, limit);
  const end = start + length;
  if (end > limit) throw bad();
  if (!list) {
    if (length === 1 && data[start] < 0x80) throw bad();
    return [data.subarray(start, end), end];
  }
  /** @type {Item[]} */
  const items = [];
  for (let next = start; next < end; ) {
    const [item, after] = read(data, next, end, depth + 1);
    items.push(item);
    next = after;
  }
  return [items, end];
}

/** Where a long item starts and how long it is. @param {Uint8Array} data @param {number} at @param {number} width @param {number} limit */
function long(data, at, width, limit) {
  if (width > 4 || at + width > limit || data[at] === 0) throw bad();
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + data[at + i];
  if (length <= 55) throw bad();
  return [at + width, length];
}
