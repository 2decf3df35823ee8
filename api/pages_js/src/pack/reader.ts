/** Opens a pack (part 10): structure checked, records read when asked for. It vouches for nothing it holds. */
import { fromHex, parseHex, toHex, utf8 } from "../bytes.js";
import { parse } from "../canonical.js";
import { anchorOf, checkRising as checkAnchorsRise, disclosing, plain, profile, type Item } from "../documents.js";
import { Malformed } from "../errors.js";
import { integer, line, list, object } from "../forms.js";
import { parseHeader, type Header } from "../header.js";
import { PackNodes, headsOf } from "./nodes.js";
import { PathTable } from "./paths.js";
import { Rows, checkRising, checkSizes, readFrames, uint48, unpack, viewOf } from "./wire.js";

const MAGIC = utf8("TANJIPK1"), PREFIX = 16;
const MOST_HEADER = 65_536, MOST_FILE = 2 ** 32, MOST_COUNT = 2 ** 22, MOST_BLOCK = 2 ** 22, MOST_RECORD = 2 ** 21, MOST_NODE = 4096;
const CAPS = [64, 64, 64, 256, 256].map((mebibytes) => mebibytes * 2 ** 20);
const KINDS = ["", "certificate", "footprint", "rule", "labels"];
const BLOCK_ROW = 8, RECORD_ROW = 23, BATCH_ROW = 46, ANCHOR_ROW = 56;
const KEPT_BLOCKS = 24;
const NO_GTIN = 2 ** 48 - 1; // in a batch row: the labels statement names a GMN

export type Kind = "certificate" | "footprint" | "rule" | "labels";
/** A record with its own proof; `proof` is not part of what the pack's record says. */
export type Profile = ReturnType<typeof profile>;

export interface Head {
  origin: string;
  chainId: number;
  block: Uint8Array;
  /** 0x-hex of the 32 bytes that name the content */
  name: string;
  sections: [number, number][];
  blocks: number;
  records: number;
  batches: number;
}

/** What the index says of a labels statement; believed only once the statement says the same. Hashes are 0x-hex of 16 bytes. */
export interface BatchRow {
  certificate: string;
  /** null for a labels statement that names a GMN */
  gtin: string | null;
  first: number;
  end: number;
  statement: string;
}

interface Place {
  at: number;
  packed: number;
  raw: number;
}

function headOf(text: Uint8Array): Head {
  const h = object(parse(text, MOST_HEADER), "pack", ["v", "origin", "chainId", "block", "name", "sections", "blocks", "records", "batches"]);
  if (h.v !== 1) throw new Malformed("version", "pack/v");
  const count = (name: string) => integer(h[name], `pack/${name}`, 0, MOST_COUNT);
  const block = parseHex(h.block, "pack/block");
  if (block.length > MOST_NODE) throw new Malformed("size", "pack/block");
  parseHex(h.name, "pack/name", 32);
  const length = (value: unknown, place: string) => integer(value, place, 0, MOST_FILE);
  return {
    origin: line(h.origin, "pack/origin"),
    chainId: integer(h.chainId, "pack/chainId", 1, Number.MAX_SAFE_INTEGER),
    block,
    name: h.name,
    sections: list(h.sections, "pack/sections", 5, 5, (pair, at) => list(pair, at, 2, 2, length) as [number, number]),
    blocks: count("blocks"),
    records: count("records"),
    batches: count("batches"),
  };
}

function anchorsOf(data: Uint8Array) {
  const rows = new Rows(data, ANCHOR_ROW, "pack/anchors");
  const anchors = Array.from({ length: rows.length }, (_, n) => {
    const row = rows.at(n), view = viewOf(row);
    const [seq, size, time] = [0, 8, 48].map((at) => Number(view.getBigUint64(at)));
    if (seq < 1 || size < 1 || seq >= 2 ** 53 || size >= 2 ** 53 || time >= 2 ** 40) throw new Malformed("range", "pack/anchors");
    return anchorOf(seq, size, toHex(row.subarray(16, 48)), time);
  });
  checkAnchorsRise(anchors, "pack/anchors");
  return anchors;
}

function profilesOf(data: Uint8Array): Map<string, Profile> {
  const frames = readFrames(data, "pack/profiles");
  checkRising(frames, "pack/profiles");
  const found = frames.map((frame) => profile(parse(frame), "pack/profiles"));
  const profiles = new Map(found.map((one) => [one.party, one]));
  if (profiles.size !== found.length) throw new Malformed("listed-twice", "pack/profiles");
  return profiles;
}

function nodesOf(data: Uint8Array): Uint8Array[] {
  const frames = readFrames(data, "pack/nodes");
  checkRising(frames, "pack/nodes");
  if (frames.some((frame) => frame.length > MOST_NODE)) throw new Malformed("size", "pack/nodes");
  return frames;
}

/** A record's item, its proof still to come. */
function itemOf(frame: Uint8Array, kind: string): Item {
  const document = object(parse(frame, MOST_RECORD), "pack/records", [], null);
  if ("proof" in document) throw new Malformed("record", "pack/records");
  const item = (kind === "footprint" ? disclosing : plain)({ ...document, proof: "" }, "pack/records");
  if (item.statement.kind !== kind) throw new Malformed("index", "pack/section 5");
  return item;
}

export class Pack {
  readonly anchors: ReturnType<typeof anchorsOf>;
  readonly profiles: Map<string, Profile>;
  /** First bytes of the nodes' hashes, worth keeping beside the pack: with them it opens in a moment. */
  readonly heads: Uint32Array;
  readonly nodes: PackNodes;
  /** Its block as it says itself; null where it is none. Nobody has vouched for it. */
  readonly header: Header | null;
  private readonly paths: PathTable;
  private readonly blocks: Place[] = [];
  private readonly records: Rows;
  private readonly batches: Rows;
  private readonly opened = new Map<number, Uint8Array[]>();

  private constructor(private readonly file: Blob, readonly head: Head, raws: Uint8Array[], begin: number, heads?: Uint32Array) {
    this.anchors = anchorsOf(raws[0]);
    this.profiles = profilesOf(raws[1]);
    const frames = nodesOf(raws[2]);
    this.heads = heads?.length === frames.length ? heads : headsOf(frames);
    this.nodes = new PackNodes(frames, this.heads);
    this.paths = new PathTable(raws[3]);
    const index = raws[4], table = head.blocks * BLOCK_ROW, rows = table + head.records * RECORD_ROW;
    if (index.length !== rows + head.batches * BATCH_ROW) throw new Malformed("index", "pack/section 5");
    const end = this.readBlocks(index.subarray(0, table), begin);
    if (end !== file.size) throw new Malformed("length", "pack");
    this.records = new Rows(index.subarray(table, rows), RECORD_ROW, "pack/section 5");
    this.batches = new Rows(index.subarray(rows), BATCH_ROW, "pack/section 5");
    this.records.checkRising("pack/section 5/records");
    this.batches.checkRising("pack/section 5/batches");
    this.header = headerOf(head.block);
  }

  /** Read a file's structure. `heads`: as an earlier opening of this very file gave them. Raises Malformed. */
  static async open(file: Blob, heads?: Uint32Array): Promise<Pack> {
    if (file.size > MOST_FILE) throw new Malformed("size", "pack");
    const bytes = async (from: number, to: number) => new Uint8Array(await file.slice(from, to).arrayBuffer());
    const start = await bytes(0, MAGIC.length + 4);
    if (start.length < MAGIC.length + 4 || toHex(start.subarray(0, MAGIC.length)) !== toHex(MAGIC)) throw new Malformed("magic", "pack");
    const length = viewOf(start).getUint32(MAGIC.length);
    let at = start.length + length;
    if (length > MOST_HEADER || at > file.size) throw new Malformed("size", "pack/header");
    const head = headOf(await bytes(start.length, at));
    const raws: Uint8Array[] = [];
    for (const [number, [packed, raw]] of head.sections.entries()) {
      const place = `pack/section ${number + 1}`;
      checkSizes(packed, raw, CAPS[number], place);
      raws.push(await unpack(file.slice(at, at + packed), raw, place));
      at += packed;
    }
    return new Pack(file, head, raws, at, heads);
  }

  private readBlocks(table: Uint8Array, begin: number): number {
    const view = viewOf(table);
    let at = begin;
    for (let row = 0; row < table.length; row += BLOCK_ROW) {
      const packed = view.getUint32(row), raw = view.getUint32(row + 4);
      checkSizes(packed, raw, MOST_BLOCK, "pack/section 5");
      this.blocks.push({ at, packed, raw });
      at += packed;
    }
    return at;
  }

  get snapshot() {
    const { head, nodes, anchors } = this;
    return { chainId: head.chainId, header: head.block, nodes, anchors };
  }

  /** How many certificates it holds. */
  get certificates(): number {
    let count = 0;
    for (let n = 0; n < this.records.length; n++) if (this.records.at(n)[PREFIX] === 1) count++;
    return count;
  }

  /** Ids of the certificates that begin with these 16 bytes: one, as a rule. Raises Malformed. */
  async certificatesWith(prefix: string): Promise<string[]> {
    const ids: string[] = [];
    for (const row of this.rowsOf(prefix, "certificate")) ids.push((await this.load(row, "certificate")).statement.id);
    return ids;
  }

  /** Labels statements for a certificate, by GTIN and first index. */
  batchesOf(prefix: string): BatchRow[] {
    return Array.from(this.batches.beginning(fromHex(prefix)), (row) => {
      const view = viewOf(row), first = view.getUint32(22), gtin = uint48(view, 16);
      return {
        certificate: toHex(row.subarray(0, PREFIX)),
        gtin: gtin === NO_GTIN ? null : String(gtin).padStart(14, "0"),
        first,
        end: first + view.getUint32(26),
        statement: toHex(row.subarray(30)),
      };
    });
  }

  /** A statement with its proof, by its id or the first 16 bytes of it; null where it is not in the pack. Raises Malformed. */
  async item(statement: string, kind: Kind): Promise<Item | null> {
    for (const row of this.rowsOf(statement.slice(0, 2 + 2 * PREFIX), kind)) {
      const item = await this.load(row, kind);
      if (!item.statement.id.startsWith(statement)) continue;
      const proof = item.index < item.size ? this.paths.proof(item.index, item.size) : null;
      return proof && { ...item, proof };
    }
    return null;
  }

  /** The labels statement of a row. Raises Malformed, also where it says something else than the row. */
  async batch(row: BatchRow): Promise<Item | null> {
    const item = await this.item(row.statement, "labels");
    if (!item?.statement.hasForm) return item;
    const { certificate, gtin, first, count } = item.statement.made;
    const same = certificate.startsWith(row.certificate) && gtin === row.gtin && first === row.first && first + count === row.end;
    if (!same) throw new Malformed("index", "pack/section 5");
    return item;
  }

  private rowsOf(prefix: string, kind: Kind) {
    return this.records.beginning(Uint8Array.of(...fromHex(prefix), KINDS.indexOf(kind)));
  }

  private async load(row: Uint8Array, kind: Kind): Promise<Item> {
    const view = viewOf(row), frames = await this.frames(view.getUint32(17));
    const frame = frames[view.getUint16(21)];
    if (!frame) throw new Malformed("index", "pack/section 5");
    const item = itemOf(frame, kind);
    if (!item.statement.id.startsWith(toHex(row.subarray(0, PREFIX)))) throw new Malformed("index", "pack/section 5");
    return item;
  }

  private async frames(number: number): Promise<Uint8Array[]> {
    const known = this.opened.get(number), place = this.blocks[number];
    if (known) return known;
    if (!place) return [];
    const name = `pack/block ${number}`;
    const frames = readFrames(await unpack(this.file.slice(place.at, place.at + place.packed), place.raw, name), name);
    if (this.opened.size >= KEPT_BLOCKS) this.opened.delete(this.opened.keys().next().value ?? -1);
    this.opened.set(number, frames);
    return frames;
  }
}

function headerOf(block: Uint8Array): Header | null {
  try {
    return parseHeader(block);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
}
