/** What the page and its two workers say to one another. */
import type { Check } from "../check.js";
import type { SeenBlock, Voucher } from "../pack/memory.js";

/** A pack as the page shows it. */
export interface PackState {
  block: SeenBlock;
  name: string;
  bytes: number;
  certificates: number;
  batches: number;
  /** who vouches for its block; null: nobody yet */
  by: Voucher | null;
  takenAt: number;
}

export interface DeskState {
  deployment: { name: string; chainId: number; origin: string; bulletinKey: string; digest: string } | null;
  /** the deployment that the site shows now is another than the pinned one */
  siteDiffers: boolean;
  pack: PackState | null;
  /** a newer pack whose block nobody has vouched for yet */
  waiting: PackState | null;
  accepted: SeenBlock | null;
  /** seconds: the oldest a pack may be */
  maxAge: number;
  /** whether anything is still there once the page is closed */
  lasting: boolean;
}

export type Outcome = "authentic" | "rejected" | "suspect" | "inconclusive" | "not-a-label";

/** One code, judged. */
export interface Judged {
  text: string;
  outcome: Outcome;
  checks: Check[];
  /** of an item: certificate and index, to find two serials with one index */
  item: { certificate: string; index: number; serial: string; signed: boolean } | null;
  serial: string;
  gtin: string;
  product: string;
  certificate: string;
  block: { number: number; hash: string; age: number } | null;
  pack: string;
  now: number;
  /** why a text is no label */
  rule: string;
}

export type Asked =
  | { op: "open"; deployment: string }
  | { op: "pin"; deployment: string }
  | { op: "pack"; file: Blob }
  | { op: "bulletin"; text: string }
  | { op: "agreed"; block: { number: number; hash: string }; operators: string[] }
  | { op: "judge"; text: string }
  | { op: "keep"; name: "settings"; value: unknown }
  | { op: "kept"; name: "settings" }
  | { op: "keep-entries"; entries: { key: string }[] }
  | { op: "kept-entries" }
  | { op: "drop-entries" };

export interface Refusal {
  code: string;
  fields: { [name: string]: string | number };
}

export type Told = { id: number } & ({ answer: unknown; state?: DeskState } | { refused: Refusal });

export interface Found {
  text: string;
  /** corners in the picture's pixels, clockwise from the top left */
  corners: [number, number][];
}
