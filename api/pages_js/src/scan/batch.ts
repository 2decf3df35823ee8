/** The list of what was scanned: each label once, counted, and two signed serials with one index held against one another. */
import { contradicted } from "../contradicted.js";
import type { Judged } from "./messages.js";

const AGAIN_MS = 3_000; // a code that stays in the camera's view is one sighting
const MOST_ENTRIES = 5_000;

export interface Entry {
  key: string;
  /** as judged by itself */
  alone: Judged;
  /** with what the rest of the list shows of it */
  judged: Judged;
  first: number;
  last: number;
  /** how often it came up */
  count: number;
  /** how often it stood in one picture at once: printed more than once */
  together: number;
}

/** Whatever the resolver, a signed label is certificate, product and serial. What is not signed is its text alone: a forgery that borrows a genuine serial is no sighting of it. */
const keyOf = ({ item, gtin, text }: Judged) => (item?.signed ? `${item.certificate} ${gtin} ${item.serial}` : text);

export class Batch {
  private readonly entries = new Map<string, Entry>();
  private readonly byText = new Map<string, string>();

  /** @param changed is told of entries that are new or differ now */
  constructor(private readonly changed: (entry: Entry) => void) {}

  get size() {
    return this.entries.size;
  }

  get isFull() {
    return this.entries.size >= MOST_ENTRIES;
  }

  /** Newest first. */
  get all(): Entry[] {
    return [...this.entries.values()].sort((a, b) => b.first - a.first);
  }

  /** The entry of a code's text, where it is in the list. */
  of(text: string): Entry | undefined {
    return this.entries.get(this.byText.get(text) ?? text);
  }

  /** A code seen again: counted, unless it never left the picture. @param together how often it stands in the picture */
  sight(text: string, now: number, together: number): Entry | undefined {
    const entry = this.of(text);
    if (!entry) return undefined;
    const isNew = now - entry.last > AGAIN_MS, more = together - entry.together;
    entry.last = now;
    if (isNew || more > 0) {
      entry.count += Math.max(isNew ? together : 0, more);
      entry.together = Math.max(together, entry.together);
      this.changed(entry);
    }
    return entry;
  }

  add(judged: Judged, now: number, together: number): Entry {
    this.byText.set(judged.text, keyOf(judged));
    const known = this.sight(judged.text, now, together);
    if (known) return known;
    const entry = { key: keyOf(judged), alone: judged, judged, first: now, last: now, count: together, together };
    this.entries.set(entry.key, entry);
    this.changed(this.settle(entry));
    return entry;
  }

  /** Judged again, by a newer pack; the list may have been cleared meanwhile. */
  renew(entry: Entry, judged: Judged): void {
    if (this.entries.get(entry.key) !== entry) return;
    entry.alone = entry.judged = judged;
    this.changed(this.settle(entry));
  }

  /** What an earlier visit left. */
  restore(entries: Entry[]): void {
    for (const entry of entries) {
      this.entries.set(entry.key, entry);
      this.byText.set(entry.alone.text, entry.key);
    }
  }

  clear(): void {
    this.entries.clear();
    this.byText.clear();
  }

  /** Hold a signed label against the others of its certificate and index. */
  private settle(entry: Entry): Entry {
    const { item } = entry.alone;
    if (!item?.signed) return entry;
    for (const other of this.entries.values()) {
      const its = other.alone.item;
      if (other === entry || !its?.signed || its.certificate !== item.certificate || its.index !== item.index || its.serial === item.serial) continue;
      const serials = [item.serial, its.serial];
      entry.judged = contradicted(entry.alone, item.index, serials);
      other.judged = contradicted(other.alone, item.index, serials);
      this.changed(other);
    }
    return entry;
  }
}
