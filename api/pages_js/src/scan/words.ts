/** What the page says, in the language it was served in: its own words, and the checks' sentences as `verifier/sentences.py` has them. */
import type { Check } from "../check.js";

interface Words {
  said: { [key: string]: string };
  names: { [check: string]: string };
  outcomes: { [outcome: string]: string };
  reasons: { [key: string]: string };
  language: string;
}

const words: Words = JSON.parse(document.getElementById("words")?.textContent ?? "{}");
const colon = words.language === "zh" ? "：" : ": ";

type Fields = { [name: string]: unknown };
const fill = (template: string, fields: Fields) => template.replace(/\{(\w+)\}/g, (_, name) => String(fields[name] ?? "–"));

/** A text of the page; {name} stands for a field. */
export const say = (key: string, fields: Fields = {}) => fill(words.said[key] ?? key, fields);
export const knows = (key: string) => key in words.said;

/** The sentence of a check: the reason's own, else its outcome's. */
export function sentence({ id, outcome, reason, fields }: Check): string {
  const part = id.split(".")[1], step = String(fields.step ?? "").split(".").at(-1);
  const key = reason && [`${id} ${reason}`, `* ${part} ${reason}`, `* ${step} ${reason}`, `* ${reason}`].find((one) => one in words.reasons);
  const name = words.names[id] ?? id;
  return key ? `${name}${colon}${fill(words.reasons[key], fields)}` : fill(words.outcomes[outcome] ?? outcome, { it: name });
}

const two = (value: number) => String(value).padStart(2, "0");

/** HH:MM:SS of a moment in milliseconds, by the device's own clock. */
export function clock(moment: number): string {
  const date = new Date(moment);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

/** YYYY-MM-DD HH:MM of a moment in seconds, by the device's own clock. */
export function moment(seconds: number): string {
  const date = new Date(seconds * 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** How long, in the largest unit that fits. */
export function span(seconds: number): string {
  const age = Math.max(0, seconds);
  if (age < 60) return say("moment");
  if (age < 3600) return say("minutes", { n: Math.floor(age / 60) });
  if (age < 48 * 3600) return say("hours", { n: Math.floor(age / 3600) });
  return say("days", { n: Math.floor(age / 86_400) });
}

export const megabytes = (bytes: number) => (bytes / 1e6).toFixed(bytes < 1e6 ? 2 : 1);
