/** Ethereum block headers, as part 6 has them: Frontier's fifteen fields and what later forks append. */
import { toBigInt, toHex } from "./bytes.js";
import { keccak } from "./crypto.js";
import { Malformed } from "./errors.js";
import { decode } from "./rlp.js";

const MAX_BYTES = 1 << 16;
const SIZES = [32, 32, 20, 32, 32, 32, 256, , , , , , , 32, 8];
const NUMBERS = [[7, 32], [8, 8], [9, 8], [10, 8], [11, 8]];

/** @typedef {{ hash: string, parentHash: string, stateRoot: string, number: number, time: number }} Header */

/** @param {Uint8Array} rlp @returns {Header} */
export function parseHeader(rlp) {
  if (rlp.length > MAX_BYTES) throw new Malformed("size", "/header");
  const fields = decode(rlp);
  const bad = (/** @type {string | number} */ at) => new Malformed("header", `/header/${at}`);
  if (!Array.isArray(fields) || fields.length < 15 || fields.length > 25) throw bad("");
  const strings = fields.map((field, at) => {
    if (Array.isArray(field) || (at > 14 && field.length > 32)) throw bad(at);
    if (SIZES[at] !== undefined && field.length !== SIZES[at]) throw bad(at);
    return field;
  });
  for (const [at, most] of NUMBERS) if (strings[at].length > most || strings[at][0] === 0) throw bad(at);
  return {
    hash: toHex(keccak(rlp)),
    parentHash: toHex(strings[0]),
    stateRoot: toHex(strings[3]),
    number: Number(toBigInt(strings[8])),
    time: Number(toBigInt(strings[11])),
  };
}
