/** Call data of our contracts' functions: words of 32 bytes, and `bytes` behind an offset (Solidity ABI 2). */
import { fromHex, parseHex, toHex, utf8, word } from "../bytes.js";
import { keccak } from "../crypto.js";
import { Malformed } from "../errors.js";

/** A call without value; integers as decimal text, everything else as 0x-hex. */
export interface Call {
  chainId: number;
  to: string;
  function: string;
  arguments: string[];
  data: string;
}

const INTEGER = /^(0|[1-9][0-9]{0,77})$/;

function integerWord(text: string, bits: number, place: string): Uint8Array {
  if (!INTEGER.test(text) || BigInt(text) >> BigInt(bits)) throw new Malformed("range", place);
  return word(BigInt(text));
}

function headWord(type: string, text: string, place: string): Uint8Array {
  if (type === "bytes32") return parseHex(text, place, 32);
  if (type === "address") return word(BigInt(toHex(parseHex(text, place, 20))));
  const bits = /^uint(\d{1,3})$/.exec(type)?.[1];
  if (bits === undefined) throw new Malformed("type", place);
  return integerWord(text, Number(bits), place);
}

/** @param signature `name(type,…)` of uintN, bytes32, address and bytes. Raises Malformed. */
export function encodeCall(signature: string, given: string[]): string {
  const types = signature.slice(signature.indexOf("(") + 1, -1).split(",").filter((one) => one !== "");
  if (types.length !== given.length) throw new Malformed("arguments", signature);
  let head = "", tail = "";
  types.forEach((type, i) => {
    if (type !== "bytes") {
      head += toHex(headWord(type, given[i], `/arguments/${i}`)).slice(2);
      return;
    }
    const bytes = parseHex(given[i], `/arguments/${i}`);
    head += toHex(word(32 * types.length + tail.length / 2)).slice(2);
    tail += toHex(word(bytes.length)).slice(2) + toHex(bytes).slice(2).padEnd(64 * Math.ceil(bytes.length / 32), "0");
  });
  return toHex(keccak(utf8(signature)).subarray(0, 4)) + head + tail;
}

export const dataBytes = fromHex;
