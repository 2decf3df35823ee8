/** Bodies of part 3, but for the footprint's: certificate, labels, rule. Each reader refuses what lacks the form. */
import { parseAddress } from "./crypto.js";
import { compare, parsePositive, parseQuantity, times } from "./decimals.js";
import { Malformed } from "./errors.js";
import { choice, distinct, form, gmn, gtin14, hash, integer, list, name, object, optional, party, token, unit, urn } from "./forms.js";
import { MAX_SECONDS } from "./times.js";

/** @typedef {import("./decimals.js").Quantity} Quantity */
/** @typedef {{ amount: Quantity, unit: string }} DeclaredUnit */

const NUMBER = form(/^[A-Za-z0-9][A-Za-z0-9./_-]{0,39}$/);
const CODE = form(/^[A-Z0-9][A-Z0-9-]{0,31}$/);
const BATCH = form(/^[!-~]{1,20}$/);
const GRADES = ["A", "B", "C", "D", "E"];
const MOST_LABELS = 2 ** 30;
const seconds = (/** @type {unknown} */ value, /** @type {string} */ place) => integer(value, place, 0, MAX_SECONDS - 1);
const version = (/** @type {unknown} */ value, /** @type {string} */ place) => integer(value, place, 1, 2 ** 31 - 1);

/** @param {unknown} value @param {string} place */
function product(value, place) {
  const members = object(value, place, ["name"], ["gtin", "gmn", "model", "plants"]);
  const gtin = optional(members, "gtin", place, gtin14), model = optional(members, "gmn", place, gmn);
  if ((gtin === undefined) === (model === undefined)) throw new Malformed("choice", place);
  optional(members, "model", place, name);
  optional(members, "plants", place, (plants, at) => list(plants, at, 1, 100, name));
  return { urn: gtin !== undefined ? `urn:gtin:${gtin}` : `urn:gmn:${model}`, name: name(members.name, `${place}/name`) };
}

/** @param {unknown} value @param {string} place @returns {DeclaredUnit} */
function declaredUnit(value, place) {
  const members = object(value, place, ["amount", "unit"]);
  return { amount: parsePositive(members.amount, `${place}/amount`), unit: unit(members.unit, `${place}/unit`) };
}

/** @param {unknown} value */
export function certificate(value) {
  const b = object(
    value, "",
    ["number", "version", "holder", "footprint", "products", "category", "pcf", "declaredUnit", "scheme", "assurance", "granularity", "validFrom", "validUntil", "quota"],
    ["replaces", "grade"],
  );
  const products = list(b.products, "/products", 1, 100, product);
  distinct(products.map((one) => one.urn), "/products"); // one product is named once, whatever its names
  const grade = optional(b, "grade", "", (given, at) => {
    const members = object(given, at, ["value"], ["rule"]);
    return { value: choice(members.value, `${at}/value`, GRADES), rule: optional(members, "rule", at, hash) };
  });
  const scheme = object(b.scheme, "/scheme", ["id", "name"]);
  token(scheme.id, "/scheme/id");
  name(scheme.name, "/scheme/name");
  choice(b.assurance, "/assurance", ["limited", "reasonable"]);
  optional(b, "replaces", "", hash);
  return {
    number: NUMBER(b.number, "/number"),
    version: version(b.version, "/version"),
    holder: party(b.holder, "/holder"),
    footprint: hash(b.footprint, "/footprint"),
    products,
    category: urn(b.category, "/category"),
    pcf: parseQuantity(b.pcf, "/pcf"),
    declaredUnit: declaredUnit(b.declaredUnit, "/declaredUnit"),
    grade,
    granularity: choice(b.granularity, "/granularity", ["item", "batch", "model"]),
    validFrom: seconds(b.validFrom, "/validFrom"),
    validUntil: seconds(b.validUntil, "/validUntil"),
    quota: integer(b.quota, "/quota", 0, MOST_LABELS),
  };
}

/** @param {unknown} value */
export function labels(value) {
  const b = object(value, "", ["certificate", "batch", "first", "count", "root", "labelKey"], ["gtin", "gmn"]);
  const first = integer(b.first, "/first", 0, MOST_LABELS - 1), count = integer(b.count, "/count", 1, MOST_LABELS);
  if (first + count > MOST_LABELS) throw new Malformed("range", "/count");
  const named = optional(b, "gtin", "", gtin14), model = optional(b, "gmn", "", gmn);
  if ((named === undefined) === (model === undefined)) throw new Malformed("choice", "");
  return {
    certificate: hash(b.certificate, "/certificate"),
    gtin: named ?? null,
    product: named ?? `8013:${model}`, // the word that labels sign as gtin
    batch: BATCH(b.batch, "/batch"),
    first,
    count,
    root: hash(b.root, "/root"),
    labelKey: parseAddress(b.labelKey, "/labelKey"),
  };
}

/** @param {unknown} value @param {string} place */
function table(value, place) {
  const t = object(value, place, ["category", "unit", "amount", "grades"]);
  const grades = list(t.grades, `${place}/grades`, 1, 5, (item, at) => {
    const members = object(item, at, ["grade"], ["max"]);
    return { grade: choice(members.grade, `${at}/grade`, GRADES), max: optional(members, "max", at, parseQuantity) };
  });
  grades.forEach((row, i) => {
    if ((row.max === undefined) !== (i === grades.length - 1)) throw new Malformed("grade-max", `${place}/grades/${i}`);
    if (i === 0) return;
    const before = grades[i - 1];
    if (row.grade <= before.grade) throw new Malformed("grade-order", `${place}/grades/${i}`);
    if (row.max && before.max && compare(row.max, before.max) <= 0) throw new Malformed("grade-max", `${place}/grades/${i}`);
  });
  return {
    category: urn(t.category, `${place}/category`),
    unit: unit(t.unit, `${place}/unit`),
    amount: parsePositive(t.amount, `${place}/amount`),
    grades,
  };
}

/** @param {unknown} value */
export function rule(value) {
  const b = object(value, "", ["code", "version", "name", "effectiveFrom", "tables"], ["effectiveUntil"]);
  const tables = list(b.tables, "/tables", 1, 1000, table);
  if (new Set(tables.map((t) => `${t.unit} ${t.category}`)).size !== tables.length) throw new Malformed("listed-twice", "/tables");
  const effectiveFrom = seconds(b.effectiveFrom, "/effectiveFrom");
  const effectiveUntil = optional(b, "effectiveUntil", "", seconds);
  if (effectiveUntil !== undefined && effectiveUntil <= effectiveFrom) throw new Malformed("period", "/effectiveUntil");
  return {
    code: CODE(b.code, "/code"),
    version: version(b.version, "/version"),
    name: name(b.name, "/name"),
    effectiveFrom,
    effectiveUntil,
    tables,
  };
}

/**
 * The grade of `pcf` per `amount` of the unit, or null where the rule has no such table.
 * @param {ReturnType<typeof rule>} made @param {string} category @param {string} of unit @param {Quantity} pcf @param {Quantity} amount
 */
export function gradeOf(made, category, of, pcf, amount) {
  const found = made.tables.find((t) => t.category === category && t.unit === of);
  if (!found) return null;
  const figure = times(pcf, found.amount);
  const row = found.grades.find((g) => g.max === undefined || compare(figure, times(g.max, amount)) <= 0);
  return /** @type {{ grade: string }} */ (row).grade;
}

/** @typedef {ReturnType<typeof certificate>} Certificate */
/** @typedef {ReturnType<typeof labels>} Labels */
/** @typedef {ReturnType<typeof rule>} Rule */
