/** The scanner's page: camera, photographs and typed codes to the desk, its verdicts to the list. */
import { Batch, type Entry } from "./batch.js";
import { Camera, pixelsOf } from "./camera.js";
import { asCsv, asJson, download } from "./export.js";
import { ListView } from "./list.js";
import type { DeskState, Found, Judged } from "./messages.js";
import { PackPanel } from "./panel.js";
import { keepShell } from "./shell.js";
import { beep, vibrate } from "./signals.js";
import { announce, element, frame, tally, tell } from "./view.js";
import { say } from "./words.js";
import { DecoderLine, DeskLine, DeskRefusal } from "./workers.js";

interface Settings {
  beep: boolean;
  vibrate: boolean;
  device: string;
  endpoints: string;
  quorum: string;
}

const app = element("scan"), latest = element("latest"), viewer = element("viewer"), note = element("viewer-note");
const video = element<HTMLVideoElement>("video"), overlay = element<HTMLCanvasElement>("overlay");
const DEPLOYMENT = element("deployment").textContent ?? "";
const SAVE_MS = 500, SEVERITY = ["rejected", "suspect", "inconclusive", "not-a-label", "authentic"];

let settings: Settings = { beep: true, vibrate: true, device: "", endpoints: "", quorum: "" };
let state: DeskState | null = null;
let saving = 0;

const desk = new DeskLine(new Worker(app.dataset.judge ?? "", { type: "module" }), (told) => {
  state = told;
  panel.show(told);
  list.draw();
  void judgeOpenAgain().catch(tellTrouble);
});
const decoder = new DecoderLine(new Worker(app.dataset.decoder ?? "", { type: "module" }), app.dataset.program ?? "");
const unsaved = new Map<string, Entry>();
const batch = new Batch((entry) => {
  list.note(entry);
  unsaved.set(entry.key, entry);
  saving ||= setTimeout(save, SAVE_MS);
});
const list = new ListView(() => batch.all, refresh);
const panel = new PackPanel({
  desk, latest,
  settings: () => settings,
  keep: (changed) => keepSettings(changed),
});

// ---------------------------------------------------------------- the list

function save(): void {
  const entries = [...unsaved.values()];
  clearTimeout(saving);
  saving = 0;
  unsaved.clear();
  if (entries.length) void desk.ask({ op: "keep-entries", entries }).catch((error) => tell(latest, "inconclusive", say("not-saved"), String(error)));
}

function refresh(entries: Entry[]): void {
  tally(element("tally"), entries);
  element("empty").hidden = entries.length > 0;
  element("outward").hidden = entries.length === 0;
  element("again").hidden = !state?.pack || entries.every(({ judged }) => judged.pack === state?.pack?.name);
}

const judge = (text: string) => desk.ask<Judged>({ op: "judge", text });

/** Judge entries anew: those that were open, once there is more to judge by; all of them when asked to. */
async function renew(entries: Entry[]): Promise<void> {
  for (const entry of entries) batch.renew(entry, await judge(entry.alone.text));
}
/** Inconclusive, or rejected by a pack that nobody vouched for at the time: that may have been the pack's fault. */
const isOpen = ({ alone: { outcome, checks } }: Entry) => outcome === "inconclusive" || checks.some(({ id, outcome: found }) => id === "chain.view" && found !== "passed");
const judgeOpenAgain = () => renew(batch.all.filter(isOpen));

// ---------------------------------------------------------------- what was seen

/** Whether a text wants to be a label; any other code on a box is nobody's business here. */
const wantsToBeLabel = (text: string) => /^https?:\/\/\S*\/(?:01|8013)\//i.test(text);
const isBulletin = (text: string) => text.startsWith("{") && text.includes('"chainId"') && text.includes('"signature"');

/** Texts of a picture with how often each stands in it. */
function counted(found: Found[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text } of found) counts.set(text, (counts.get(text) ?? 0) + 1);
  return counts;
}

/** Take what a picture or a field held. Gives the entries, new ones first judged; anything that is no label only where it was typed. */
async function take(texts: Map<string, number>, source: "camera" | "photo" | "typed"): Promise<{ entries: Entry[]; fresh: Entry[]; strangers: number }> {
  const entries: Entry[] = [], fresh: Entry[] = [];
  let strangers = 0;
  for (const [text, together] of texts) {
    if (isBulletin(text)) {
      await panel.takeBulletin(text, source === "camera" ? "seen" : "given");
      continue;
    }
    if (!wantsToBeLabel(text) && source !== "typed") {
      strangers++;
      continue;
    }
    const now = Date.now(), before = batch.of(text)?.count ?? 0;
    const entry = batch.sight(text, now, together) ?? (batch.isFull ? undefined : batch.add(await judge(text), now, together));
    if (!entry) tell(latest, "inconclusive", say("list-full"));
    else {
      entries.push(entry);
      if (entry.count > before) fresh.push(entry);
    }
  }
  return { entries, fresh, strangers };
}

/** The worst of them, large, with sound and touch. */
function present(entries: Entry[], more: string): void {
  const worst = [...entries].sort((a, b) => SEVERITY.indexOf(a.judged.outcome) - SEVERITY.indexOf(b.judged.outcome))[0];
  if (!worst) return;
  announce(latest, worst, more);
  if (settings.beep) beep(worst.judged.outcome);
  if (settings.vibrate) vibrate(worst.judged.outcome);
}

const outcomeOf = (text: string) => batch.of(text)?.judged.outcome ?? "not-a-label";

async function look(picture: ImageData): Promise<void> {
  try {
    const { width, height } = picture, found = await decoder.find(picture);
    const { fresh } = await take(counted(found), "camera");
    if (camera.state === "live") frame(overlay, { width, height }, found, outcomeOf);
    present(fresh, fresh.length > 1 ? say("codes", { n: fresh.length }) : "");
  } catch (error) {
    camera.stop("failed");
    tellTrouble(error);
  }
}

/** The worker that judges, or the one that reads codes, did not do its part. */
function tellTrouble(error: unknown): void {
  const judging = error instanceof DeskRefusal;
  tell(latest, "inconclusive", say(judging ? "judge-failed" : "decoder-failed"), judging ? String(error.refusal.fields.why ?? error.refusal.code) : String(error));
}

async function readPhotos(files: File[]): Promise<void> {
  camera.stop();
  for (const [at, file] of files.entries()) {
    viewer.dataset.state = "reading";
    note.textContent = say("photo-reading", { n: at + 1, of: files.length });
    const picture = await pixelsOf(file).catch(() => null);
    if (picture) await readPhoto(picture).catch(tellTrouble);
    else tell(latest, "inconclusive", say("photo-unreadable", { name: file.name }), say("photo-formats"));
  }
  if (viewer.dataset.state === "reading") await showCamera();
}

async function readPhoto(picture: ImageData): Promise<void> {
  const copy = new ImageData(picture.data.slice(), picture.width, picture.height);
  const found = await decoder.find(picture);
  const { entries, strangers } = await take(counted(found), "photo");
  viewer.style.aspectRatio = `${copy.width} / ${copy.height}`;
  viewer.dataset.state = "photo";
  frame(overlay, copy, found, outcomeOf, copy);
  const others = strangers ? say("strangers", { n: strangers }) : "";
  if (entries.length) present(entries, say("photo-codes", { n: entries.length }) + others);
  else if (!found.some(({ text }) => isBulletin(text))) tell(latest, "inconclusive", say("photo-none"), others || say("photo-hint"));
}

// ---------------------------------------------------------------- the camera

const camera = new Camera(video, look, () => void showCamera());

async function showCamera(): Promise<void> {
  const live = camera.state === "live";
  viewer.dataset.state = camera.state;
  viewer.style.aspectRatio = live && video.videoWidth ? `${video.videoWidth} / ${video.videoHeight}` : "";
  note.textContent = say(`camera-${camera.state}`);
  element("camera").textContent = say(live ? "camera-stop" : "camera-start");
  element("camera").setAttribute("aria-pressed", String(live));
  element("torch").hidden = !live || !camera.hasTorch;
  if (!live) overlay.getContext("2d")?.clearRect(0, 0, overlay.width, overlay.height);
  const devices = live ? await camera.devices() : [], choice = element<HTMLSelectElement>("device");
  element("device-box").hidden = devices.length < 2;
  choice.replaceChildren(...devices.map(({ deviceId, label }, at) => new Option(label || say("camera-number", { n: at + 1 }), deviceId, false, deviceId === camera.deviceId)));
}

// ---------------------------------------------------------------- settings and wiring

function keepSettings(changed: Partial<Settings>): void {
  settings = { ...settings, ...changed };
  void desk.ask({ op: "keep", name: "settings", value: settings }).catch(() => undefined);
}

function toggle(id: "beep" | "vibrate"): void {
  const button = element(id);
  const show = () => button.setAttribute("aria-pressed", String(settings[id]));
  show();
  button.onclick = () => {
    keepSettings({ [id]: !settings[id] });
    show();
  };
}

function wire(): void {
  element("camera").onclick = () => (camera.state === "live" ? camera.stop() : void camera.start(settings.device));
  element<HTMLSelectElement>("device").onchange = ({ target }) => {
    keepSettings({ device: (target as HTMLSelectElement).value });
    void camera.start(settings.device);
  };
  element("torch").onclick = ({ currentTarget }) => {
    const button = currentTarget as HTMLElement, next = button.getAttribute("aria-pressed") === "true" ? "off" : "on";
    void camera.light(next).then(() => button.setAttribute("aria-pressed", String(next === "on")), () => (button.hidden = true));
  };
  element<HTMLInputElement>("photo").onchange = ({ target }) => {
    const input = target as HTMLInputElement;
    void readPhotos([...(input.files ?? [])]).finally(() => (input.value = ""));
  };
  element<HTMLFormElement>("typed").onsubmit = (event) => {
    event.preventDefault();
    const field = element<HTMLInputElement>("code"), text = field.value.trim();
    field.value = "";
    field.focus();
    if (text) void take(new Map([[text, 1]]), "typed").then(({ entries }) => present(entries, ""), tellTrouble);
  };
  element("csv").onclick = () => download(asCsv(batch.all), "text/csv;charset=utf-8", fileName("csv"));
  element("json").onclick = () => state && download(asJson(batch.all, state, Date.now()), "application/json", fileName("json"));
  element("again").onclick = () => void renew(batch.all).then(() => tell(latest, "authentic", say("judged-again")), tellTrouble);
  element("clear").onclick = () => element<HTMLDialogElement>("sure").showModal();
  element<HTMLDialogElement>("sure").onclose = () => {
    const dialog = element<HTMLDialogElement>("sure");
    if (dialog.returnValue === "clear") emptyList();
    dialog.returnValue = "";
  };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && camera.state === "live") camera.stop("ended");
    if (document.hidden) save();
  });
}

const fileName = (suffix: string) => `tanji-${new Date().toISOString().slice(0, 16).replace(/[-:]/g, "")}.${suffix}`;

function emptyList(): void {
  batch.clear();
  unsaved.clear();
  list.draw();
  latest.hidden = true;
  element("list-title").focus();
  void desk.ask({ op: "drop-entries" });
}

function showNetwork(): void {
  element("offline").hidden = navigator.onLine;
}

async function begin(): Promise<void> {
  wire();
  showNetwork();
  addEventListener("online", showNetwork);
  addEventListener("offline", showNetwork);
  try {
    await desk.ask({ op: "open", deployment: DEPLOYMENT });
    settings = { ...settings, ...(await desk.ask<Partial<Settings> | undefined>({ op: "kept", name: "settings" })) };
    batch.restore(await desk.ask<Entry[]>({ op: "kept-entries" }));
    if (!state?.lasting) tell(latest, "inconclusive", say("storage-failed"));
  } catch (error) {
    tellTrouble(error);
  }
  toggle("beep");
  toggle("vibrate");
  panel.restore();
  list.draw();
  void judgeOpenAgain().catch(tellTrouble);
  app.dataset.ready = "true";
  await showCamera();
}

void begin();
keepShell({
  worker: app.dataset.worker ?? "",
  scope: app.dataset.scope ?? "",
  onReady: () => (element("kept").hidden = false),
  onNewer: (take) => {
    element("newer").hidden = false;
    element("take-newer").onclick = take;
  },
  onInstallable: (install) => {
    element("install").hidden = false;
    element("install").onclick = () => void install().then(() => (element("install").hidden = true));
  },
}).catch(() => undefined); // without it the page still works while there is a network
setInterval(() => state && panel.show(state), 30_000);
