/** What a device remembers of a deployment (part 9): it never goes back to an older block than one it has accepted. */
import type { Header } from "../header.js";

export interface SeenBlock {
  number: number;
  hash: string;
  time: number;
}

export interface Memory {
  accepted: SeenBlock | null;
  /** Blocks that somebody vouched for on this device, newest last. */
  vouched: (SeenBlock & { by: Voucher })[];
}

/** Who named a block: the regulator's bulletin, or these endpoints of the user's own. */
export type Voucher = { source: "bulletin" } | { source: "quorum"; operators: string[] };

export const NOTHING: Memory = { accepted: null, vouched: [] };
const MOST_VOUCHED = 32;

export const seen = ({ number, hash, time }: Header): SeenBlock => ({ number, hash, time });

/** Why a block is behind what was accepted, or "". */
export function staleness({ accepted }: Memory, { number, hash }: SeenBlock | { number: number; hash: string }): string {
  if (!accepted || number > accepted.number) return "";
  if (number < accepted.number) return "older-than-accepted";
  return hash === accepted.hash ? "" : "another-block-accepted";
}

/** The memory with a block that was vouched for. */
export function withVouched(memory: Memory, block: SeenBlock, by: Voucher): Memory {
  const others = memory.vouched.filter((one) => one.hash !== block.hash);
  return { ...memory, vouched: [...others, { ...block, by }].sort((a, b) => a.number - b.number).slice(-MOST_VOUCHED) };
}

/** The memory with a block accepted; the caller has made sure that it is not stale. */
export const withAccepted = (memory: Memory, block: SeenBlock): Memory => ({ ...memory, accepted: block });
