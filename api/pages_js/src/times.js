/** Dates of part 3: RFC 3339 in, unix seconds; and the day in Shanghai (UTC+8) that summaries show. */
import { Malformed } from "./errors.js";

export const DAY = 86_400;
export const MAX_SECONDS = 253_402_272_000;
const DATE_TIME =
  /^([0-9]{4})-([0-9]{2})-([0-9]{2})T([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]{1,9})?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/;

/** @param {unknown} text @param {string} place @returns {number} unix seconds, the fraction dropped */
export function parseDateTime(text, place) {
  const match = typeof text === "string" ? DATE_TIME.exec(text) : null;
  if (!match) throw new Malformed("date-time", place);
  const [year, month, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const [offsetHours, offsetMinutes] = [Number(match[8] ?? 0), Number(match[9] ?? 0)];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  const exists = year >= 1900 && date.getUTCMonth() === month - 1 && date.getUTCDate() === day && date.getUTCHours() === hour;
  if (!exists || hour > 23 || minute > 59 || second > 59 || offsetHours > 23 || offsetMinutes > 59) {
    throw new Malformed("date-time", place);
  }
  const offset = (offsetHours * 60 + offsetMinutes) * 60 * (match[7] === "-" ? -1 : 1);
  const seconds = date.getTime() / 1000 - offset;
  if (seconds < 0 || seconds >= MAX_SECONDS) throw new Malformed("date-time", place);
  return seconds;
}

/** The same day and time three years later in the UTC calendar. @param {number} seconds */
export function threeYearsLater(seconds) {
  const date = new Date(seconds * 1000);
  if (date.getUTCFullYear() + 3 > 9999) return seconds + 1096 * DAY;
  const leapDay = date.getUTCMonth() === 1 && date.getUTCDate() === 29;
  if (leapDay) date.setUTCDate(28);
  date.setUTCFullYear(date.getUTCFullYear() + 3);
  return date.getTime() / 1000;
}

/** YYYY-MM-DD in Asia/Shanghai. @param {number} seconds */
export const dayInShanghai = (seconds) => new Date((seconds + 8 * 3600) * 1000).toISOString().slice(0, 10);
