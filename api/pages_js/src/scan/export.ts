/** The list as a file: CSV for a table, JSON with every check. */
import type { Entry } from "./batch.js";
import type { DeskState } from "./messages.js";
import { say, sentence } from "./words.js";

/** The names of the columns, the same in both languages: what reads the table goes by the first word. */
const COLUMNS = [
  "time 时间", "outcome 结论", "outcome_text 结论文字", "reasons 原因代码", "explanation 说明", "gtin GTIN", "serial 序列号", "product 产品", "certificate 证书编号",
  "count 扫到次数", "in_one_picture 同一画面枚数", "block 区块", "block_hash 区块哈希", "pack_age_seconds 包龄（秒）", "pack 巡检包", "text 二维码内容",
];

/** What decides a verdict: what failed, else what is suspicious, else what is open. */
export function deciding({ judged }: Entry) {
  for (const outcome of ["failed", "suspect", "inconclusive"]) {
    const found = judged.checks.filter((check) => check.outcome === outcome);
    if (found.length) return found;
  }
  return judged.outcome === "authentic" ? [] : judged.checks.filter((check) => check.outcome === "not_checked");
}

const iso = (milliseconds: number) => new Date(milliseconds).toISOString();

/** A cell: quoted where it must be, and never one that a spreadsheet would run as a formula. */
function cell(value: string | number | undefined): string {
  const text = String(value ?? "");
  const harmless = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(harmless) ? `"${harmless.replace(/"/g, '""')}"` : harmless;
}

export function asCsv(entries: Entry[]): string {
  const rows = entries.map((entry) => {
    const { judged, first, count, together } = entry, checks = deciding(entry);
    return [
      iso(first), judged.outcome, say(`outcome-${judged.outcome}`), checks.map(({ id, reason }) => `${id}:${reason}`).join(" ") || judged.rule,
      checks.map(sentence).join(" "), judged.gtin, judged.serial, judged.product, judged.certificate,
      count, together, judged.block?.number, judged.block?.hash, judged.block?.age, judged.pack, judged.text,
    ];
  });
  return "\ufeff" + [COLUMNS, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}

export function asJson(entries: Entry[], { deployment, pack }: DeskState, now: number): string {
  const labels = entries.map(({ judged, first, last, count, together }) => ({
    text: judged.text, outcome: judged.outcome, checks: judged.checks, rule: judged.rule || undefined, gtin: judged.gtin, serial: judged.serial,
    product: judged.product, certificate: judged.certificate, block: judged.block, pack: judged.pack, judgedAt: iso(judged.now * 1000),
    firstSeen: iso(first), lastSeen: iso(last), count, inOnePicture: together,
  }));
  return JSON.stringify({ v: 1, made: iso(now), policy: "inspection", deployment, pack, labels }, null, 1);
}

/** Hand a file to the person. */
export function download(text: string, media: string, name: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: media }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
