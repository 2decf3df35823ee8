/**
 * The bytes packs are made of (part 10).
 *
 *   stream   zlib (RFC 1950), exactly `packed` bytes that give exactly `raw`, at most 128 × packed + 65,536
 *   frame    u32 length ‖ bytes
 *   row      a fixed number of bytes
 */
import { Malformed } from "../errors.js";

const MOST_RATIO = 128, SLACK = 65_536;

/** Refuse before unpacking what could never be what it says. Raises Malformed. */
export function checkSizes(packed: number, raw: number, most: number, place: string): void {
  if (raw > most || raw > MOST_RATIO * packed + SLACK) throw new Malformed("size", place);
}

/** Decompress exactly. The browser's own inflater refuses what follows the stream's end. Raises Malformed. */
export async function unpack(packed: Blob, raw: number, place: string): Promise<Uint8Array> {
  const reader = packed.stream().pipeThrough(new DecompressionStream("deflate")).getReader();
  const whole = new Uint8Array(raw);
  let at = 0;
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      if (at + part.value.length > raw) {
        await reader.cancel();
        throw new Malformed("stream", place);
      }
      whole.set(part.value, at);
      at += part.value.length;
    }
  } catch (error) {
    throw error instanceof Malformed ? error : new Malformed("stream", place);
  }
  if (at !== raw) throw new Malformed("stream", place);
  return whole;
}

export const viewOf = (data: Uint8Array) => new DataView(data.buffer, data.byteOffset, data.byteLength);

/** A 48-bit number. */
export const uint48 = (view: DataView, at: number) => view.getUint16(at) * 2 ** 32 + view.getUint32(at + 2);

/** Every frame. Raises Malformed where lengths do not fill the data. */
export function readFrames(data: Uint8Array, place: string): Uint8Array[] {
  const frames: Uint8Array[] = [], view = viewOf(data);
  for (let at = 0; at < data.length; ) {
    if (at + 4 > data.length) throw new Malformed("frame", place);
    const stop = at + 4 + view.getUint32(at);
    if (stop > data.length) throw new Malformed("frame", place);
    frames.push(data.subarray(at + 4, stop));
    at = stop;
  }
  return frames;
}

/** Byte order; a beginning comes before what it begins. */
export function compare(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let i = 0; i < length; i++) if (a[i] !== b[i]) return a[i] - b[i];
  return a.length - b.length;
}

/** One content has one order. Raises Malformed. */
export function checkRising(items: Uint8Array[], place: string): void {
  for (let i = 1; i < items.length; i++) if (compare(items[i - 1], items[i]) >= 0) throw new Malformed("not-rising", place);
}

/** Rows of one width, found by what they begin with. */
export class Rows {
  readonly length: number;

  /** Raises Malformed where the data are not rows of this width. */
  constructor(readonly data: Uint8Array, readonly width: number, place: string) {
    if (data.length % width) throw new Malformed("row", place);
    this.length = data.length / width;
  }

  at(number: number): Uint8Array {
    return this.data.subarray(number * this.width, (number + 1) * this.width);
  }

  /** Raises Malformed. */
  checkRising(place: string): void {
    for (let n = 1; n < this.length; n++) if (compare(this.at(n - 1), this.at(n)) >= 0) throw new Malformed("not-rising", place);
  }

  /** Rows that begin with the key, in rising rows. */
  *beginning(key: Uint8Array): Generator<Uint8Array> {
    let low = 0;
    for (let high = this.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (compare(this.at(middle), key) < 0) low = middle + 1;
      else high = middle;
    }
    for (; low < this.length; low++) {
      const row = this.at(low);
      if (compare(row.subarray(0, key.length), key) !== 0) return;
      yield row;
    }
  }
}
