/** The inspector's desk: what is pinned, which pack is in force, and labels judged by it. It has no network. */
import { toHex, utf8 } from "../bytes.js";
import { canonicalize, parse } from "../canonical.js";
import { sha256 } from "../crypto.js";
import { parseDeployment, type Deployment } from "../documents.js";
import { Malformed } from "../errors.js";
import { Inquiry, POLICIES } from "../inquiry.js";
import { parseBulletin, trustBulletin } from "../pack/bulletin.js";
import { PackJudge } from "../pack/judge.js";
import { NOTHING, seen, staleness, withAccepted, withVouched, type Memory, type SeenBlock, type Voucher } from "../pack/memory.js";
import { Pack } from "../pack/reader.js";
import { View, type Trust } from "../view.js";
import type { Ground } from "../verify.js";
import type { DeskState, Judged, PackState, Refusal } from "./messages.js";
import type { Store } from "./store.js";

const POLICY = POLICIES.inspection;
const FRESH_SECONDS = 15; // how long a judge's one clock reading serves
const NO_TRUST: Trust = { reason: "no-block-hash" };

/** Something a person offered and the desk did not take. */
export class Refused extends Error {
  constructor(readonly refusal: Refusal) {
    super(refusal.code);
  }
}
const refused = (code: string, fields: Refusal["fields"] = {}) => new Refused({ code, fields });

interface Pinned {
  text: string;
  digest: string;
}
interface KeptPack {
  file: Blob;
  heads: Uint32Array;
  takenAt: number;
}
interface OpenPack {
  pack: Pack;
  block: SeenBlock;
  file: Blob;
  takenAt: number;
}

const digestOf = (text: string) => toHex(sha256(utf8(canonicalize(parse(text)))));

export class Desk {
  private pinned: Pinned | null = null;
  private deployment: Deployment | null = null;
  private memory: Memory = NOTHING;
  private current: OpenPack | null = null;
  private waiting: OpenPack | null = null;
  private judge: PackJudge | null = null;
  private site = "";

  constructor(private readonly store: Store, private readonly clock: () => number) {}

  /** Take up what was kept. The deployment that the site shows is pinned when none is yet, and compared ever after. */
  async open(offered: string): Promise<void> {
    this.site = digestOf(offered);
    this.pinned = (await this.store.get<Pinned>("deployment")) ?? null;
    if (!this.pinned) await this.pin(offered);
    this.deployment = parseDeployment(this.pinned?.text ?? offered);
    this.memory = (await this.store.get<Memory>(this.memoryName)) ?? NOTHING;
    this.current = await this.restore("pack");
    this.waiting = await this.restore("waiting");
  }

  /** Pin another deployment: by a person's own decision. What was taken of the one before is dropped. Raises Malformed. */
  async pin(text: string): Promise<void> {
    const deployment = parseDeployment(text);
    this.pinned = { text, digest: digestOf(text) };
    await this.store.put({ deployment: this.pinned, pack: undefined, waiting: undefined });
    this.deployment = deployment;
    this.current = this.waiting = this.judge = null;
    this.memory = (await this.store.get<Memory>(this.memoryName)) ?? NOTHING;
  }

  /** Take a pack. One whose block nobody has vouched for waits, while the one before stays in force. Raises Refused, Malformed. */
  async takePack(file: Blob): Promise<void> {
    const pack = await Pack.open(file), { origin, chainId } = this.mustBePinned;
    if (pack.head.origin !== origin || pack.head.chainId !== chainId) throw refused("another-deployment", { origin: pack.head.origin });
    if (!pack.header) throw refused("header-unreadable");
    const block = seen(pack.header), stale = staleness(this.memory, block);
    if (stale) throw refused(stale, { number: block.number, accepted: this.memory.accepted?.number ?? 0 });
    const offered = { pack, block, file, takenAt: this.clock() };
    const reason = this.viewOf(offered).reason;
    if (this.voucherOf(block) && reason) throw refused(reason, { number: block.number });
    await this.keep(offered);
  }

  /** Take a bulletin. Raises Refused, Malformed. */
  async takeBulletin(text: string): Promise<SeenBlock> {
    const bulletin = parseBulletin(text), trust = trustBulletin(bulletin, this.mustBePinned);
    if ("reason" in trust) throw refused(trust.reason, { number: bulletin.number });
    await this.vouch({ number: bulletin.number, hash: bulletin.hash, time: bulletin.time }, { source: "bulletin" });
    return bulletin;
  }

  /** A block that endpoints of the user's choice agree on. Raises Refused. */
  async takeAgreed(block: { number: number; hash: string }, operators: string[]): Promise<void> {
    const own = [this.waiting, this.current].find((one) => one?.block.hash === block.hash);
    if (!own) throw refused("no-pack-of-this-block", { number: block.number });
    await this.vouch(own.block, { source: "quorum", operators });
  }

  get state(): DeskState {
    const { deployment, pinned, memory } = this;
    return {
      deployment: deployment && pinned && {
        name: deployment.name, chainId: deployment.chainId, origin: deployment.origin, bulletinKey: deployment.bulletinKey, digest: pinned.digest,
      },
      siteDiffers: pinned !== null && pinned.digest !== this.site,
      pack: this.current && this.show(this.current),
      waiting: this.waiting && this.show(this.waiting),
      accepted: memory.accepted,
      maxAge: POLICY.maxAge,
      lasting: this.store.lasting,
    };
  }

  /** The verdict on a code's text, whoever's resolver it names: it is read, never visited. */
  async judgeText(text: string): Promise<Judged> {
    const now = this.clock(), pack = this.current?.pack.head.name ?? "";
    const none: Judged = {
      text, now, pack, outcome: "inconclusive", checks: [], item: null, serial: "", gtin: "", product: "", certificate: "", block: null, rule: "",
    };
    if (!this.current) return { ...none, rule: "no-pack" };
    try {
      const { label, verdict, ground } = await this.judgeAt(now).judge(text);
      const signed = verdict.checks.some((check) => check.id === "label.signature" && check.outcome === "passed");
      const { certificate, labels, id } = ground.issue;
      return {
        ...none, ...described(ground, label.product), outcome: verdict.outcome as Judged["outcome"], checks: verdict.checks, block: verdict.block,
        serial: label.batch ?? label.serial, gtin: label.product,
        item: label.index === null ? null : { certificate: id ?? toHex(label.prefix), index: label.index, serial: label.serial, signed: signed && !!certificate && !!labels },
      };
    } catch (error) {
      if (!(error instanceof Malformed)) throw error;
      const damaged = error.place.startsWith("pack");
      return { ...none, outcome: damaged ? "inconclusive" : "not-a-label", rule: damaged ? "pack-damaged" : error.rule };
    }
  }

  // ------------------------------------------------------------ what is kept

  private get mustBePinned(): Deployment {
    if (!this.deployment) throw refused("nothing-pinned");
    return this.deployment;
  }

  private get memoryName() {
    return `memory ${this.mustBePinned.origin}`;
  }

  private async restore(name: "pack" | "waiting"): Promise<OpenPack | null> {
    const kept = await this.store.get<KeptPack>(name);
    if (!kept) return null;
    try {
      const pack = await Pack.open(kept.file, kept.heads);
      return pack.header && { pack, block: seen(pack.header), file: kept.file, takenAt: kept.takenAt };
    } catch (error) {
      if (error instanceof Malformed) return null; // the disk lost it: as if there were none
      throw error;
    }
  }

  /** A pack that is vouched for comes into force and moves the memory on; another waits. */
  private async keep(offered: OpenPack): Promise<void> {
    const kept: KeptPack = { file: offered.file, heads: offered.pack.heads, takenAt: offered.takenAt };
    const inForce = this.voucherOf(offered.block) !== null;
    if (!inForce && this.current && this.voucherOf(this.current.block)) {
      await this.store.put({ waiting: kept });
      this.waiting = offered;
      return;
    }
    if (inForce) this.memory = withAccepted(this.memory, offered.block);
    await this.store.put({ pack: kept, waiting: undefined, [this.memoryName]: this.memory });
    this.current = offered;
    this.waiting = this.judge = null;
  }

  private async vouch(block: SeenBlock, by: Voucher): Promise<void> {
    const stale = staleness(this.memory, block);
    if (stale) throw refused(stale, { number: block.number, accepted: this.memory.accepted?.number ?? 0 });
    this.memory = withVouched(this.memory, block, by);
    await this.store.put({ [this.memoryName]: this.memory });
    this.judge = null;
    const vouched = [this.waiting, this.current].find((one) => one?.block.hash === block.hash);
    if (!vouched) return;
    const { reason } = this.viewOf(vouched);
    if (reason) throw refused(reason, { number: block.number });
    await this.keep(vouched);
  }

  // ------------------------------------------------------------ judging

  private voucherOf({ hash }: SeenBlock): (SeenBlock & { by: Voucher }) | null {
    return this.memory.vouched.find((one) => one.hash === hash) ?? null;
  }

  private viewOf({ pack, block }: OpenPack): View {
    const voucher = this.voucherOf(block), stale = staleness(this.memory, block);
    const trust: Trust = stale
      ? { reason: stale }
      : voucher
        ? { hash: voucher.hash, final: true, number: voucher.number, time: voucher.time, oldest: this.memory.accepted?.number ?? 0 }
        : NO_TRUST;
    return new View(this.mustBePinned, pack.snapshot, trust);
  }

  private judgeAt(now: number): PackJudge {
    const current = this.current;
    if (!current) throw refused("no-pack");
    const known = this.judge;
    if (known && now >= known.inquiry.now && now - known.inquiry.now < FRESH_SECONDS) return known;
    const inquiry = new Inquiry(known?.inquiry.view ?? this.viewOf(current), current.pack.head.origin, POLICY, now, null, []);
    return (this.judge = new PackJudge(current.pack, inquiry));
  }

  private show({ pack, block, file, takenAt }: OpenPack): PackState {
    const by = this.voucherOf(block)?.by ?? null;
    return { block, name: pack.head.name, bytes: file.size, certificates: pack.certificates, batches: pack.head.batches, by, takenAt };
  }
}

/** What the certificate says of the label's product, once certificate and label are signed: else it is a stranger's claim. */
function described({ issue: { certificate } }: Ground, product: string) {
  const listed = certificate?.products.find(({ urn }: { urn: string }) => urn.endsWith(`:${product.replace(/^8013:/, "")}`));
  return { product: listed?.name ?? "", certificate: certificate?.number ?? "" };
}
