/** Labels judged by a pack (part 10): what a batch shares is judged when its first label comes, and kept. */
import { toHex } from "../bytes.js";
import type { Evidence, Item } from "../documents.js";
import { SEALED } from "../footprint.js";
import type { Inquiry } from "../inquiry.js";
import { parseLabel, type Label } from "../label.js";
import { prepare, type Ground, type Verdict } from "../verify.js";
import type { BatchRow, Pack } from "./reader.js";

const KEPT = 2_000;
const MOST_UPSTREAM = 1000;
const MOST_INDEX = 2 ** 30;

/** A labels statement for the certificate; `foreign`: of somebody who does not hold it. product: the word that its labels sign as gtin. */
interface Batch {
  row: BatchRow;
  foreign: boolean;
  product: string | null;
}

/** For a GMN label: the holder's statements that name its GMN, else those that name a GTIN; of others', both. */
function ofTheModel(batches: Batch[], word: string): Batch[] {
  const own = batches.filter((one) => !one.foreign), named = own.filter((one) => one.product === word);
  const foreign = batches.filter((one) => one.foreign && (one.row.gtin !== null || one.product === word));
  return [...(named.length ? named : own.filter((one) => one.row.gtin !== null)), ...foreign];
}

/** Judges labels by one pack, under one view, policy and clock reading. */
export class PackJudge {
  private readonly shelves = new Map<string, Promise<Shelf>>();

  constructor(readonly pack: Pack, readonly inquiry: Inquiry) {}

  /** The verdict on a label's text, and on what it rests. Raises Malformed: no label, or the pack is damaged where its evidence stands. */
  async judge(text: string): Promise<{ label: Label; verdict: Verdict; ground: Ground }> {
    const label = parseLabel(text);
    const ground = await this.ground(label);
    return { label, ground, verdict: ground.judge({ label, leaf: undefined, path: [] }, null) };
  }

  private async ground(label: Label): Promise<Ground> {
    const prefix = toHex(label.prefix), name = `${prefix} ${label.product}`;
    let shelf = this.shelves.get(name);
    if (!shelf) {
      if (this.shelves.size >= KEPT) this.shelves.delete(this.shelves.keys().next().value ?? "");
      shelf = this.batches(label).then((batches) => new Shelf(batches, (row) => this.prepare(prefix, row)));
      this.shelves.set(name, shelf);
    }
    return (await shelf).groundFor(label);
  }

  /** By first index; of two with one first index the one with the smaller id comes last, where the search ends. */
  private async batches({ prefix, gtin, gmn }: Label): Promise<Batch[]> {
    const rows = this.pack.batchesOf(toHex(prefix)).filter((row) => gtin === null || row.gtin === gtin);
    const holder = rows.length ? await this.holder(toHex(prefix)) : null;
    const batches: Batch[] = [];
    for (const row of rows) {
      const item = await this.pack.batch(row);
      const product = item?.statement.hasForm ? item.statement.made.product : null;
      if (item) batches.push({ row, foreign: item.statement.issuer !== holder, product });
    }
    const fitting = gtin === null ? ofTheModel(batches, `8013:${gmn}`) : batches;
    return fitting.sort((a, b) => a.row.first - b.row.first || (a.row.statement < b.row.statement ? 1 : -1));
  }

  private async holder(prefix: string): Promise<string | null> {
    const [id] = await this.pack.certificatesWith(prefix);
    const item = id === undefined ? null : await this.pack.item(id, "certificate");
    return item?.statement.hasForm ? item.statement.made.holder : null;
  }

  private async prepare(prefix: string, row: BatchRow | null): Promise<Ground> {
    const found = await this.pack.certificatesWith(prefix);
    const evidence = await this.evidence(found[0], row);
    const rivals = found.length > 1 ? found : [];
    return prepare(this.inquiry, evidence, rivals, row && found.length ? await this.confirmed(prefix, row) : []);
  }

  /** Ranges of the certificate's other batches that meet this one's and whose own labels statement is in order. */
  private async confirmed(prefix: string, row: BatchRow): Promise<[number, number][]> {
    const ranges: [number, number][] = [];
    for (const other of this.pack.batchesOf(prefix)) {
      if (other.statement === row.statement || other.first >= row.end || row.first >= other.end) continue;
      const [id] = await this.pack.certificatesWith(prefix);
      const { issuer } = prepare(this.inquiry, await this.evidence(id, other));
      if (issuer.outcome === "passed") ranges.push([other.first, other.end]);
    }
    return ranges;
  }

  /** A certificate with its footprint, rule, upstream certificates and one labels statement, as far as the pack holds them. */
  private async evidence(certificate: string | undefined, row: BatchRow | null): Promise<Evidence> {
    const { pack } = this, none = { origin: pack.head.origin, certificate: undefined, footprint: undefined, rule: undefined, upstream: [], labels: undefined, label: undefined };
    if (certificate === undefined) return none;
    const item = await pack.item(certificate, "certificate");
    const { made, hasForm } = item?.statement ?? { made: null, hasForm: false };
    const footprint = hasForm ? await pack.item(made.footprint, "footprint") : null;
    const rule = hasForm && made.grade?.rule !== undefined ? await pack.item(made.grade.rule, "rule") : null;
    const labels = row && (await pack.batch(row));
    return {
      ...none,
      certificate: item ?? undefined,
      footprint: footprint ?? undefined,
      rule: rule ?? undefined,
      labels: labels ?? undefined,
      upstream: await this.upstream(footprint),
    };
  }

  private async upstream(footprint: Item | null): Promise<Evidence["upstream"]> {
    const named = footprint?.statement.made?.extension?.upstream;
    if (!Array.isArray(named)) return [];
    const wanted: Set<string> = new Set(named.filter((one) => one !== SEALED && one.statement !== SEALED).map((one) => one.statement));
    const found: Evidence["upstream"] = [];
    for (const statement of [...wanted].slice(0, MOST_UPSTREAM)) {
      const certificate = await this.pack.item(statement, "certificate");
      if (!certificate) continue;
      const behind = certificate.statement.hasForm ? await this.pack.item(certificate.statement.made.footprint, "footprint") : null;
      found.push({ certificate, footprint: behind ?? undefined });
    }
    return found;
  }
}

/** The batches of one certificate and GTIN by first index, and what was found of each. */
class Shelf {
  private readonly own: BatchRow[];
  private readonly foreign: BatchRow[];
  private readonly grounds = new Map<BatchRow | null, Promise<Ground>>();

  constructor(batches: Batch[], private readonly prepare: (row: BatchRow | null) => Promise<Ground>) {
    this.own = batches.filter((one) => !one.foreign).map((one) => one.row);
    this.foreign = batches.filter((one) => one.foreign).map((one) => one.row);
  }

  /**
   * The holder's batch with the largest first index not above the label's, else the first. Where the holder has none, somebody else's only if
   * it did sign this label: nobody can spoil another's labels with a labels statement of its own.
   */
  async groundFor(label: Label): Promise<Ground> {
    if (this.own.length) return this.of(this.ownFor(label.index ?? MOST_INDEX));
    for (const row of this.foreign) {
      const ground = await this.of(row);
      if (ground.signed(label)) return ground;
    }
    return this.of(null);
  }

  private ownFor(index: number): BatchRow {
    let place = 0;
    while (place + 1 < this.own.length && this.own[place + 1].first <= index) place++;
    return this.own[place];
  }

  private of(row: BatchRow | null): Promise<Ground> {
    let ground = this.grounds.get(row);
    if (!ground) this.grounds.set(row, (ground = this.prepare(row)));
    return ground;
  }
}
