/** Drawing: the list, the verdict just reached, frames around codes. Text goes in as text, shapes come from the page's templates. */
import { Entry } from "./batch.js";
import { deciding } from "./export.js";
import type { Found, Judged, Outcome } from "./messages.js";
import { clock, knows, say, sentence, span } from "./words.js";

export function element<T extends HTMLElement>(id: string): T {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id}`);
  return found as T;
}

/** A shape from the page: seal-… and mark-… of each outcome. */
function shape(name: string): Node {
  return element<HTMLTemplateElement>(name).content.cloneNode(true);
}

function make(tag: string, className: string, ...content: (string | Node)[]): HTMLElement {
  const made = document.createElement(tag);
  made.className = className;
  made.append(...content);
  return made;
}

/** The shape an outcome has: a text that is no label says nothing of any product. */
const shapeOf = (outcome: Outcome) => (outcome === "not-a-label" ? "inconclusive" : outcome);
const wordOf = (outcome: Outcome) => say(`outcome-${outcome}`);

/** Why, in sentences: what decides the verdict, or what an authentic one did not look at. */
export function reasons(entry: Entry): string[] {
  const { judged } = entry;
  if (judged.rule && !judged.checks.length) return [say(knows(`rule-${judged.rule}`) ? `rule-${judged.rule}` : "rule-malformed", { rule: judged.rule })];
  const found = deciding(entry).map(sentence);
  return found.length ? found : [say("authentic-note")];
}

const titleOf = ({ product, gtin, text }: Judged) => product || (gtin && `GTIN ${gtin}`) || text;

function age({ block }: Judged): string {
  return block ? say("pack-age", { number: block.number, span: span(block.age) }) : say("pack-none");
}

/** One line of the list, made anew whenever it differs. */
export function row(entry: Entry): HTMLElement {
  const { judged, first, count, together } = entry, { outcome } = judged;
  const word = make("b", `mark t-${shapeOf(outcome)}`, shape(`mark-${shapeOf(outcome)}`), wordOf(outcome));
  const seen = count > 1 ? [make("span", "times", say("times", { n: count }))] : [];
  const said = reasons(entry);
  const summary = make("summary", "", word, make("span", "what", titleOf(judged)), ...seen, make("time", "num", clock(first)));
  const inside = make("div", "inside", ...said.map((text) => make("p", "", text)));
  if (together > 1) inside.prepend(make("p", "warn", say("together", { n: together })));
  const facts = make("dl", "facts");
  const fact = (key: string, value: string) => value && facts.append(make("dt", "", say(key)), make("dd", "", value));
  fact("fact-serial", judged.serial);
  fact("fact-gtin", judged.gtin);
  fact("fact-certificate", judged.certificate);
  fact("fact-basis", age(judged));
  fact("fact-text", judged.text);
  inside.append(facts);
  const folded = make("details", "", summary, inside);
  const line = make("p", "why", said[0] + (said.length > 1 ? say("more", { n: said.length - 1 }) : ""));
  const twice = together > 1 ? [make("p", "warn", say("together", { n: together }))] : [];
  return make("li", `entry is-${shapeOf(outcome)}`, folded, ...twice, line, make("p", "meta", `${age(judged)}${judged.serial ? ` · ${judged.serial}` : ""}`));
}

/** The verdict just reached, large: a word, a shape, a colour; read out where a screen reader listens. */
export function announce(place: HTMLElement, entry: Entry, more: string): void {
  const { outcome } = entry.judged;
  place.className = `verdict is-${shapeOf(outcome)}`;
  const head = make("h2", outcome === "not-a-label" ? "told" : "", wordOf(outcome));
  place.replaceChildren(shape(`seal-${shapeOf(outcome)}`), head, make("p", "what", titleOf(entry.judged)), make("p", "why", reasons(entry)[0]));
  if (entry.count > 1 && entry.judged.item) place.append(make("p", "warn", say("counted", { n: entry.count })));
  if (more) place.append(make("p", "", more));
  place.append(make("p", "small soft", age(entry.judged)));
  place.hidden = false;
}

/** A sentence where the verdict stands: what was taken, what was refused. */
export function tell(place: HTMLElement, kind: "authentic" | "rejected" | "inconclusive", title: string, ...lines: string[]): void {
  place.className = `verdict is-${kind}`;
  place.replaceChildren(shape(`seal-${kind}`), make("h2", "told", title), ...lines.map((text) => make("p", "", text)));
  place.hidden = false;
}

/** How many of each outcome. */
export function tally(place: HTMLElement, entries: Entry[]): void {
  const counts = new Map<Outcome, number>();
  for (const { judged } of entries) counts.set(judged.outcome, (counts.get(judged.outcome) ?? 0) + 1);
  const order: Outcome[] = ["rejected", "suspect", "inconclusive", "authentic", "not-a-label"];
  place.replaceChildren(
    ...order.filter((outcome) => counts.has(outcome)).map((outcome) => {
      const mark = make("span", `mark t-${shapeOf(outcome)}`, shape(`mark-${shapeOf(outcome)}`), wordOf(outcome));
      return make("li", "", mark, make("b", "num", String(counts.get(outcome))));
    }),
  );
}

const SIGNS: { [outcome: string]: string } = { authentic: "✓", rejected: "✕", suspect: "!", inconclusive: "?", "not-a-label": "–" };
const COLOURS: { [outcome: string]: string } = { authentic: "#0f5590", rejected: "#a81e1e", suspect: "#875400" };

/** Frames around codes, each with its sign; over the picture itself where one is given. */
export function frame(canvas: HTMLCanvasElement, size: { width: number; height: number }, found: Found[], outcomeOf: (text: string) => Outcome, picture?: ImageData): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  if (canvas.width !== size.width || canvas.height !== size.height) Object.assign(canvas, { width: size.width, height: size.height });
  context.clearRect(0, 0, canvas.width, canvas.height);
  if (picture) context.putImageData(picture, 0, 0);
  for (const { text, corners } of found) {
    const outcome = outcomeOf(text), colour = COLOURS[outcome] ?? "#4a5568", [[x, y], , [right, bottom]] = corners;
    const side = Math.hypot(right - x, bottom - y), middle = [(x + right) / 2, (y + bottom) / 2];
    context.lineWidth = Math.max(3, side / 24);
    context.strokeStyle = context.fillStyle = colour;
    context.setLineDash(outcome === "inconclusive" ? [side / 8, side / 16] : []);
    context.beginPath();
    corners.forEach(([cx, cy], at) => (at ? context.lineTo(cx, cy) : context.moveTo(cx, cy)));
    context.closePath();
    context.stroke();
    context.beginPath();
    context.arc(middle[0], middle[1], side / 6, 0, 7);
    context.fill();
    context.fillStyle = "#fff";
    context.font = `bold ${side / 4}px sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.fillText(SIGNS[outcome], middle[0], middle[1]);
  }
}
