/** RFC 9162 trees over SHA-256: leaf and node hashes, and inclusion proofs (part 4). Hashes are "0x…" text. */
import { concat, fromHex, toHex } from "./bytes.js";
import { sha256 } from "./crypto.js";
import { Mismatch } from "./errors.js";

const LEAF = Uint8Array.of(0), NODE = Uint8Array.of(1);

/** @param {Uint8Array} data */
export const leafHash = (data) => toHex(sha256(concat(LEAF, data)));
/** @param {string} left @param {string} right */
export const nodeHash = (left, right) => toHex(sha256(concat(NODE, fromHex(left), fromHex(right))));

/** How many hashes a proof has, index < size. Indices reach 2^53, so no bit operators. @param {number} index @param {number} size */
export function proofLength(index, size) {
  let length = 0;
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 1 || at < last) length++;
  }
  return length;
}

/**
 * The root that a proof leads to (RFC 9162, 2.1.3.2).
 * @param {number} index @param {number} size @param {string} leaf @param {string[]} proof
 * @returns {string}
 */
export function rootFrom(index, size, leaf, proof) {
  if (index >= size || proof.length !== proofLength(index, size)) throw new Mismatch("proof-form");
  let root = leaf, next = 0;
  for (let at = index, last = size - 1; last > 0; at = Math.floor(at / 2), last = Math.floor(last / 2)) {
    if (at % 2 === 1) root = nodeHash(proof[next++], root);
    else if (at < last) root = nodeHash(root, proof[next++]);
  }
  return root;
}
