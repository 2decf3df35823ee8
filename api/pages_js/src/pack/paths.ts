/**
 * Inclusion proofs of many entries as one table of tree nodes (part 10, Proofs).
 *
 *   row   level u8 ‖ place u48 ‖ size u48 ‖ hash 32
 */
import { toHex } from "../bytes.js";
import { Rows, viewOf } from "./wire.js";

const WIDTH = 45, KEY = 13, WHOLE = 0;

function key(level: number, place: number, size: number): Uint8Array {
  const bytes = new Uint8Array(KEY), view = viewOf(bytes);
  bytes[0] = level;
  for (const [at, value] of [[1, place], [7, size]]) {
    view.setUint16(at, Math.floor(value / 2 ** 32));
    view.setUint32(at + 2, value % 2 ** 32);
  }
  return bytes;
}

/** Keys of the nodes of an inclusion proof, from the leaf's sibling upwards. Indices reach 2^53: no bit operators. */
export function proofKeys(index: number, size: number): Uint8Array[] {
  const keys: Uint8Array[] = [];
  for (let position = index, last = size - 1, level = 0; last > 0; level++) {
    if (position % 2 === 1) keys.push(key(level, position - 1, WHOLE));
    else if (position < last) keys.push(key(level, position + 1, (position + 2) * 2 ** level <= size ? WHOLE : size));
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  return keys;
}

export class PathTable {
  private readonly rows: Rows;

  constructor(data: Uint8Array) {
    this.rows = new Rows(data, WIDTH, "pack/section 4");
  }

  /** The inclusion proof of an entry; null where a node is missing. */
  proof(index: number, size: number): string[] | null {
    const proof: string[] = [];
    for (const wanted of proofKeys(index, size)) {
      const row = this.rows.beginning(wanted).next();
      if (row.done) return null;
      proof.push(toHex(row.value.subarray(KEY)));
    }
    return proof;
  }
}
