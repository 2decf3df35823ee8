/** Merkle-Patricia walk over trie nodes found by their hash and by nothing else (part 7, step 1). */
import { toHex } from "./bytes.js";
import { keccak } from "./crypto.js";
import { Malformed, Unanswered } from "./errors.js";
import { decode } from "./rlp.js";

/** @typedef {import("./rlp.js").Item} Item */

/** keccak256 of the RLP of nothing: the root of a trie without keys. */
export const EMPTY_ROOT = "0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421";

export class Nodes {
  /** @param {Iterable<Uint8Array>} nodes */
  constructor(nodes) {
    /** @type {Map<string, Uint8Array>} */
    this.raw = new Map();
    /** @type {Map<string, Item>} */
    this.decoded = new Map();
    for (const node of nodes) this.raw.set(toHex(keccak(node)), node);
  }

  /** @param {string} hash @returns {Item} */
  node(hash) {
    const known = this.decoded.get(hash);
    if (known) return known;
    const raw = this.raw.get(hash);
    if (!raw) throw new Unanswered("node-missing");
    const node = decode(raw);
    this.decoded.set(hash, node);
    return node;
  }

  /**
   * The value at a key's hash, or null where the trie proves that there is none. Raises Unanswered, Malformed.
   * @param {string} root @param {Uint8Array} keyHash @returns {Uint8Array | null}
   */
  lookup(root, keyHash) {
    if (root === EMPTY_ROOT) return null;
    const path = [...keyHash].flatMap((byte) => [byte >> 4, byte & 15]);
    let node = this.node(root);
    for (let at = 0; ; ) {
      if (!Array.isArray(node)) throw malformed();
      /** @type {Item} */
      let below;
      if (node.length === 17) {
        checkBranch(node);
        if (at === path.length) throw malformed(); // all keys are hashes of one length
        below = node[path[at++]];
      } else if (node.length === 2) {
        const { leaf, nibbles } = partOfPath(node[0]);
        const follows = nibbles.every((nibble, i) => path[at + i] === nibble);
        if (leaf) {
          if (at + nibbles.length !== path.length) throw malformed();
          const value = bytes(node[1]);
          if (value.length === 0) throw malformed();
          return follows ? value : null;
        }
        if (nibbles.length === 0 || at + nibbles.length >= path.length) throw malformed();
        below = node[1];
        reference(below);
        if (!Array.isArray(below) && below.length === 0) throw malformed();
        if (!follows) return null;
        at += nibbles.length;
      } else throw malformed();
      if (!Array.isArray(below) && below.length === 0) return null;
      node = Array.isArray(below) ? below : this.node(toHex(below));
    }
  }
}

const malformed = () => new Malformed("trie");

/** @param {Item} item @returns {Uint8Array} */
function bytes(item) {
  if (Array.isArray(item)) throw malformed();
  return item;
}

/** A reference is empty, a hash, or a node whose RLP is shorter than a hash. @param {Item} item */
function reference(item) {
  if (Array.isArray(item) ? encodedLength(item) >= 32 : item.length !== 0 && item.length !== 32) throw malformed();
}

/** @param {Item} item @returns {number} */
function encodedLength(item) {
  if (!Array.isArray(item)) return item.length === 1 && item[0] < 0x80 ? 1 : headed(item.length);
  return headed(item.reduce((sum, part) => sum + encodedLength(part), 0));
}

/** @param {number} length */
const headed = (length) => length + (length <= 55 ? 1 : length < 256 ? 2 : 3);

/** @param {Item[]} node */
function checkBranch(node) {
  node.slice(0, 16).forEach(reference);
  if (bytes(node[16]).length) throw malformed();
}

/** Hex-prefix encoding. @param {Item} item */
function partOfPath(item) {
  const raw = bytes(item);
  if (raw.length === 0 || raw[0] > 0x3f || (!(raw[0] & 0x10) && raw[0] & 0x0f)) throw malformed();
  const nibbles = [...raw].flatMap((byte) => [byte >> 4, byte & 15]).slice(raw[0] & 0x10 ? 1 : 2);
  return { leaf: raw[0] >= 0x20, nibbles };
}

/** @param {Uint8Array} raw RLP of a storage value @returns {bigint} */
export function storageWord(raw) {
  const value = bytes(decode(raw));
  if (value.length === 0 || value.length > 32 || value[0] === 0) throw malformed();
  return BigInt(toHex(value));
}

/** An account's storage root and code hash. @param {Uint8Array} raw */
export function account(raw) {
  const fields = decode(raw);
  if (!Array.isArray(fields) || fields.length !== 4) throw malformed();
  const [nonce, balance, root, code] = fields.map(bytes);
  if (nonce.length > 8 || nonce[0] === 0 || balance.length > 32 || balance[0] === 0) throw malformed();
  if (root.length !== 32 || code.length !== 32) throw malformed();
  return { storageRoot: toHex(root), codeHash: toHex(code) };
}
