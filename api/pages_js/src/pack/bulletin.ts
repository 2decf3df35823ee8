/** Bulletins (part 6): a final block signed by the pinned key. A bulletin is short enough for a QR code. */
import { concat, fromHex, parseHex, word } from "../bytes.js";
import { parse } from "../canonical.js";
import { checkSignature, keccak, keccakText, recover } from "../crypto.js";
import type { Deployment } from "../documents.js";
import { Malformed, Mismatch } from "../errors.js";
import { hash, integer, object } from "../forms.js";
import { domainSeparator, typedDigest } from "../statement.js";
import type { Trust } from "../view.js";

const TYPE = keccakText("Block(uint64 chainId,uint64 number,bytes32 hash,uint64 time)");
const MOST_BYTES = 65_536;

export interface Bulletin {
  chainId: number;
  number: number;
  hash: string;
  time: number;
  signature: Uint8Array;
}

/** Raises Malformed; the signature is looked at by `trustBulletin`. */
export function parseBulletin(data: string | Uint8Array): Bulletin {
  const b = object(parse(data, MOST_BYTES), "", ["v", "chainId", "number", "hash", "time", "signature"]);
  if (b.v !== 1) throw new Malformed("version", "/v");
  return {
    chainId: integer(b.chainId, "/chainId", 1, Number.MAX_SAFE_INTEGER),
    number: integer(b.number, "/number", 0, Number.MAX_SAFE_INTEGER),
    hash: hash(b.hash, "/hash"),
    time: integer(b.time, "/time", 0, 2 ** 40 - 1),
    signature: checkSignature(parseHex(b.signature, "/signature", 65), "/signature"),
  };
}

/** The block a bulletin vouches for, or why it vouches for none: another chain, or not the pinned key. */
export function trustBulletin(bulletin: Bulletin, { chainId, anchorLog, bulletinKey }: Deployment): Trust {
  const { number, hash, time } = bulletin;
  if (bulletin.chainId !== chainId) return { reason: "bulletin-of-another-chain" };
  const struct = keccak(concat(TYPE, word(chainId), word(number), fromHex(hash), word(time)));
  try {
    const signer = recover(typedDigest(domainSeparator(chainId, anchorLog.address), struct), bulletin.signature);
    return signer === bulletinKey ? { hash, final: true, number, time } : { reason: "bulletin-signature" };
  } catch (error) {
    if (error instanceof Mismatch) return { reason: "bulletin-signature" };
    throw error;
  }
}
