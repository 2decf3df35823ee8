/**
 * A pack's trie nodes, found by their hash. Hashing tens of thousands takes a phone seconds, so the first four bytes of each hash are kept
 * from the first time; a node still counts only when its whole hash, made again as it is used, is the one asked for.
 */
import { toHex } from "../bytes.js";
import { keccak } from "../crypto.js";
import { Unanswered } from "../errors.js";
import { decode } from "../rlp.js";
import { Nodes } from "../trie.js";
import { viewOf } from "./wire.js";

const headOf = (hash: Uint8Array) => viewOf(hash).getUint32(0);

/** The first four bytes of every node's hash, in the nodes' order. */
export const headsOf = (frames: Uint8Array[]) => Uint32Array.from(frames, (frame) => headOf(keccak(frame)));

export class PackNodes extends Nodes {
  private readonly places = new Map<number, number | number[]>();

  /** @param heads as `headsOf` gives them; wrong ones hide nodes, and never lend a node a hash */
  constructor(private readonly frames: Uint8Array[], heads: Uint32Array) {
    super([]);
    heads.forEach((head, place) => {
      const known = this.places.get(head);
      this.places.set(head, known === undefined ? place : [known, place].flat());
    });
  }

  override node(hash: string) {
    const known = this.decoded.get(hash);
    if (known) return known;
    const places = this.places.get(parseInt(hash.slice(2, 10), 16)) ?? [];
    for (const place of [places].flat()) {
      const raw = this.frames[place];
      if (raw && toHex(keccak(raw)) === hash) {
        const node = decode(raw);
        this.decoded.set(hash, node);
        return node;
      }
    }
    throw new Unanswered("node-missing");
  }
}
