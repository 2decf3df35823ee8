/** Hashes, key recovery and EIP-55 addresses. Curve and hashes are @noble's; everything of the protocol is ours. */
import { sha256 as sha2 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import { Point, recoverPublicKey } from "@noble/secp256k1";
import { concat, toBigInt, toHex, utf8 } from "./bytes.js";
import { Malformed, Mismatch } from "./errors.js";

const ORDER = Point.CURVE().n;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

/** @param {Uint8Array} data @returns {Uint8Array} */
export const sha256 = (data) => sha2(data);
/** @param {Uint8Array} data @returns {Uint8Array} */
export const keccak = (data) => keccak_256(data);
/** @param {string} text */
export const keccakText = (text) => keccak_256(utf8(text));

/** r ‖ s ‖ v with 1 ≤ r < n, 1 ≤ s ≤ n/2, v 27 or 28 (part 2). @param {Uint8Array} raw @param {string} place */
export function checkSignature(raw, place) {
  if (raw.length !== 65) throw new Malformed("signature-length", place);
  const r = toBigInt(raw.subarray(0, 32)), s = toBigInt(raw.subarray(32, 64));
  if (r < 1n || r >= ORDER) throw new Malformed("signature-r", place);
  if (s < 1n || s >= ORDER) throw new Malformed("signature-s", place);
  if (s > ORDER / 2n) throw new Malformed("signature-high-s", place);
  if (raw[64] !== 27 && raw[64] !== 28) throw new Malformed("signature-v", place);
  return raw;
}

/** @param {Uint8Array} digest @param {Uint8Array} signature checked @returns {string} the address, lower-case hex */
export function recover(digest, signature) {
  try {
    const key = recoverPublicKey(concat(signature.subarray(64).map((v) => v - 27), signature.subarray(0, 64)), digest, {
      prehash: false,
      isCompressed: false,
    });
    return toHex(keccak_256(key.subarray(1)).subarray(12));
  } catch {
    throw new Mismatch("unrecoverable");
  }
}

/** EIP-55 spelling of a lower-case address. @param {string} address */
export function toChecksum(address) {
  const digits = address.slice(2), hash = toHex(keccakText(digits)).slice(2);
  return "0x" + [...digits].map((digit, i) => (parseInt(hash[i], 16) > 7 ? digit.toUpperCase() : digit)).join("");
}

/** @param {unknown} text in its EIP-55 spelling @param {string} place @returns {string} lower-case hex */
export function parseAddress(text, place) {
  if (typeof text !== "string") throw new Malformed("type", place);
  if (!ADDRESS.test(text)) throw new Malformed("address", place);
  const address = text.toLowerCase();
  if (toChecksum(address) !== text) throw new Malformed("checksum", place);
  return address;
}
