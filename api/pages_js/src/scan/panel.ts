/** What the desk judges by: pack, bulletin, endpoints, the pinned deployment. */
import type { DeskState, PackState } from "./messages.js";
import { agreeOnHeight, majority, parseEndpoints, type Agreement } from "./rpc.js";
import { element, tell } from "./view.js";
import { knows, megabytes, moment, say, span } from "./words.js";
import { DeskRefusal, type DeskLine } from "./workers.js";

interface PanelParts {
  desk: DeskLine;
  latest: HTMLElement;
  settings: () => { endpoints: string; quorum: string };
  keep: (changed: { endpoints?: string; quorum?: string }) => void;
}

const LATEST_PACK = "/v1/packs/latest", BULLETIN = "/v1/bulletin";

/** Whether, and why not, a pack is good enough to judge by now. */
function standing(pack: PackState | null, maxAge: number): "good" | "none" | "unvouched" | "old" | "ahead" {
  if (!pack) return "none";
  if (!pack.by) return "unvouched";
  const age = Math.floor(Date.now() / 1000) - pack.block.time;
  return age < -120 ? "ahead" : age > maxAge ? "old" : "good";
}

export class PackPanel {
  private state: DeskState | null = null;
  private standing = "";

  constructor(private readonly parts: PanelParts) {
    element("fetch-pack").onclick = element("strip-get").onclick = () => void this.fetchPack();
    element<HTMLInputElement>("pack-file").onchange = ({ target }) => void this.takeFiles(target as HTMLInputElement);
    element<HTMLFormElement>("ask").onsubmit = (event) => {
      event.preventDefault();
      void this.askEndpoints();
    };
    element("repin").onclick = () => void this.attempt(() => parts.desk.ask({ op: "pin", deployment: element("deployment").textContent ?? "" }), "pinned");
  }

  restore(): void {
    element<HTMLTextAreaElement>("endpoints").value = this.parts.settings().endpoints;
    element<HTMLInputElement>("quorum").value = this.parts.settings().quorum;
  }

  // ------------------------------------------------------------ shown

  show(state: DeskState): void {
    this.state = state;
    const { pack, waiting, deployment } = state, how = standing(pack, state.maxAge), strip = element("strip");
    strip.dataset.standing = how;
    const age = pack ? span(Math.floor(Date.now() / 1000) - pack.block.time) : "";
    element("strip-text").textContent = say(`strip-${how}`, { number: pack?.block.number, span: age, limit: state.maxAge / 3600 });
    for (const name of ["good", "none", "unvouched", "old", "ahead"]) element(`strip-${name}`).toggleAttribute("hidden", name !== how);
    const facts = element("pack-facts");
    facts.hidden = !pack;
    if (pack) {
      this.fill("pack-number", String(pack.block.number));
      this.fill("pack-hash", pack.block.hash);
      this.fill("pack-time", say("pack-time", { moment: moment(pack.block.time), span: age }));
      this.fill("pack-holds", say("pack-holds", { certificates: pack.certificates, batches: pack.batches, megabytes: megabytes(pack.bytes) }));
      this.fill("pack-by", pack.by?.source === "quorum" ? say("by-quorum", { names: pack.by.operators.join(", ") }) : pack.by ? say("by-bulletin") : say("by-nobody"));
      this.fill("pack-name", pack.name);
    }
    element("waiting").hidden = !waiting;
    if (waiting) element("waiting").textContent = say("waiting", { number: waiting.block.number });
    this.fill("pin-name", deployment?.name ?? "");
    this.fill("pin-origin", deployment?.origin ?? "");
    this.fill("pin-key", deployment?.bulletinKey ?? "");
    this.fill("pin-digest", deployment?.digest.slice(2) ?? "");
    element("differs").hidden = !state.siteDiffers;
    element("strip-get").hidden = how === "good" || how === "ahead";
    if (how !== "good" && how !== this.standing) element<HTMLDetailsElement>("pack-box").open = true;
    this.standing = how;
  }

  private fill(id: string, text: string): void {
    element(id).textContent = text;
  }

  // ------------------------------------------------------------ taken

  /** @param how a bulletin that the camera keeps seeing is taken once */
  async takeBulletin(text: string, how: "seen" | "given"): Promise<void> {
    if (how === "seen" && text === this.lastSeen) return;
    this.lastSeen = text;
    await this.attempt(() => this.parts.desk.ask({ op: "bulletin", text }), "bulletin-taken");
  }
  private lastSeen = "";

  /** Do it, and say how it went: what was taken, or why not. */
  private async attempt(act: () => Promise<unknown>, done: string): Promise<boolean> {
    try {
      await act();
    } catch (error) {
      const { code, fields } = error instanceof DeskRefusal ? error.refusal : { code: "internal", fields: { why: String(error) } };
      tell(this.parts.latest, "rejected", say("refused"), say(knows(`refused-${code}`) ? `refused-${code}` : "refused-other", { ...fields, code }));
      return false;
    }
    const { state } = this, how = standing(state?.pack ?? null, state?.maxAge ?? 0);
    const next = state?.waiting ? say("waiting", { number: state.waiting.block.number }) : how === "good" ? say("ready") : say(`next-${how}`);
    tell(this.parts.latest, how === "good" ? "authentic" : "inconclusive", say(done), next);
    return true;
  }

  private async takeFiles(input: HTMLInputElement): Promise<void> {
    for (const file of input.files ?? []) {
      if (file.size < 65_536 && (await file.slice(0, 1).text()) === "{") await this.takeBulletin(await file.text(), "given");
      else await this.takePack(file);
    }
    input.value = "";
  }

  private takePack(file: Blob): Promise<boolean> {
    void navigator.storage?.persist?.().catch(() => false); // kept when space runs short, where the browser grants it
    return this.attempt(() => this.parts.desk.ask({ op: "pack", file }), "pack-taken");
  }

  /** This site's newest pack and bulletin. */
  private async fetchPack(): Promise<void> {
    const buttons = [element<HTMLButtonElement>("fetch-pack"), element<HTMLButtonElement>("strip-get")], progress = element<HTMLProgressElement>("progress");
    for (const button of buttons) button.disabled = true;
    progress.value = 0;
    progress.hidden = false;
    try {
      const file = await this.download(LATEST_PACK, progress);
      if (!file) return tell(this.parts.latest, "inconclusive", say("no-pack-here"), say("no-pack-here-hint"));
      if (!(await this.takePack(file))) return;
      const bulletin = await fetch(BULLETIN, { cache: "no-cache" });
      if (bulletin.ok && standing(this.state?.waiting ?? this.state?.pack ?? null, Infinity) === "unvouched") await this.takeBulletin(await bulletin.text(), "given");
    } catch {
      tell(this.parts.latest, "inconclusive", say("no-network"));
    } finally {
      for (const button of buttons) button.disabled = false;
      progress.hidden = true;
    }
  }

  /** A file as it comes in; null where there is none. */
  private async download(path: string, progress: HTMLProgressElement): Promise<Blob | null> {
    const answer = await fetch(path, { cache: "no-cache" });
    if (answer.status === 404 || !answer.body) return null;
    if (!answer.ok) throw new Error(String(answer.status));
    const due = Number(answer.headers.get("content-length")), parts: BlobPart[] = [], reader = answer.body.getReader();
    let here = 0;
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      parts.push(part.value);
      here += part.value.length;
      if (due) progress.value = here / due;
    }
    return new Blob(parts);
  }

  // ------------------------------------------------------------ endpoints

  private async askEndpoints(): Promise<void> {
    const text = element<HTMLTextAreaElement>("endpoints").value, wanted = element<HTMLInputElement>("quorum").value;
    const pack = this.state?.waiting ?? this.state?.pack, chainId = this.state?.deployment?.chainId, sayings = element("sayings");
    this.parts.keep({ endpoints: text, quorum: wanted });
    sayings.replaceChildren();
    if (!pack || !chainId) return tell(this.parts.latest, "inconclusive", say("endpoints-no-pack"));
    let agreed: Agreement;
    try {
      const endpoints = parseEndpoints(text), quorum = wanted ? Number(wanted) : majority(endpoints.length);
      if (!(quorum >= 1 && quorum <= endpoints.length)) throw new RangeError("endpoint-quorum");
      agreed = await agreeOnHeight(endpoints, chainId, pack.block.number, quorum);
    } catch (error) {
      return tell(this.parts.latest, "inconclusive", say(knows((error as Error).message) ? (error as Error).message : "endpoint-address"));
    }
    for (const { operator, hash, problem } of agreed.sayings) {
      const line = document.createElement("li");
      line.textContent = `${operator}: ${hash ?? say(`saying-${problem}`)}`;
      sayings.append(line);
    }
    if (!agreed.hash) return tell(this.parts.latest, "inconclusive", say(agreed.problem));
    const block = { number: pack.block.number, hash: agreed.hash };
    await this.attempt(() => this.parts.desk.ask({ op: "agreed", block, operators: agreed.operators }), "endpoints-agree");
  }
}
