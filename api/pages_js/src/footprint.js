/** The footprint's body (part 3): what every verifier reads of a PACT ProductFootprint, our extension, and its sums. */
import { parsePositive, parseQuantity, sumAgrees, times } from "./decimals.js";
import { Malformed } from "./errors.js";
import { choice, distinct, form, hash, line, list, name, note, object, optional, token, unit, urn, uuid } from "./forms.js";
import { isSealed } from "./sealed.js";
import { parseDateTime, threeYearsLater } from "./times.js";

/** @typedef {import("./decimals.js").Quantity} Quantity */
/** @typedef {import("./forms.js").Members} Members */
/** Stands for a value that is not disclosed. */
export const SEALED = Symbol("sealed");
/** @typedef {typeof SEALED} Sealed */

const SCHEMA = "urn:tanji:footprint:1";
const MOST = 10_000;
const SPEC = form(/^3\.[0-9]{1,4}\.[0-9]{1,4}(?:-[0-9]{8})?$/);

/**
 * @template T
 * @param {(value: any, place: string) => T} read
 * @returns {(value: any, place: string) => T | Sealed}
 */
const maybe = (read) => (value, place) => (isSealed(value) ? SEALED : read(value, place));
/** @template T @param {(value: any, place: string) => T} read */
const many = (read) => maybe((value, place) => list(value, place, 1, MOST, maybe(read)));

const quantity = maybe(parseQuantity), positive = maybe(parsePositive), text = maybe(line), notes = maybe(note);

const stage = (/** @type {unknown} */ value, /** @type {string} */ place) => {
  const s = object(value, place, ["stage", "amount"]);
  return { stage: text(s.stage, `${place}/stage`), amount: quantity(s.amount, `${place}/amount`) };
};

const inventoryLine = (/** @type {unknown} */ value, /** @type {string} */ place) => {
  const l = object(value, place, ["activity", "amount", "unit", "factor", "factorUnit", "source", "emissions"], ["stage"]);
  text(l.activity, `${place}/activity`);
  notes(l.source, `${place}/source`);
  const of = maybe((value, at) => line(value, at, 40))(l.unit, `${place}/unit`);
  const gas = maybe((value, at) => {
    const match = typeof value === "string" ? /^(kgCO2e?)\/([^\n]{1,40})$/u.exec(value) : null;
    if (!match || (of !== SEALED && match[2] !== of)) throw new Malformed("factor-unit", at);
    line(match[2], at, 40);
    return match[1];
  })(l.factorUnit, `${place}/factorUnit`);
  return {
    stage: optional(l, "stage", place, text),
    gas,
    amount: quantity(l.amount, `${place}/amount`),
    factor: quantity(l.factor, `${place}/factor`),
    emissions: quantity(l.emissions, `${place}/emissions`),
  };
};

const supply = (/** @type {unknown} */ value, /** @type {string} */ place) => {
  const s = object(value, place, ["statement", "amount", "unit", "emissions"]);
  return {
    statement: maybe(hash)(s.statement, `${place}/statement`),
    amount: positive(s.amount, `${place}/amount`),
    unit: maybe(unit)(s.unit, `${place}/unit`),
    emissions: quantity(s.emissions, `${place}/emissions`),
  };
};

/** @param {unknown} value @param {string} place */
function extensionData(value, place) {
  const d = object(value, place, ["boundary"], ["plants", "rule", "stages", "inventory", "upstream", "source", "note"]);
  choice(d.boundary, `${place}/boundary`, ["cradle-to-gate", "cradle-to-grave"]);
  optional(d, "plants", place, many(name));
  optional(d, "rule", place, maybe(token));
  optional(d, "source", place, notes);
  optional(d, "note", place, notes);
  return {
    stages: optional(d, "stages", place, many(stage)),
    inventory: optional(d, "inventory", place, many(inventoryLine)),
    upstream: optional(d, "upstream", place, many(supply)),
  };
}

/** @param {Members} b */
function extension(b) {
  const given = optional(b, "extensions", "", (value, place) => list(value, place, 0, 20, (item, at) => {
    const { dataSchema, data } = object(item, at, ["dataSchema", "data"], null);
    return { schema: dataSchema, data, at: `${at}/data` }; // another's extension may be anything
  })) ?? [];
  const ours = given.filter((item) => item.schema === SCHEMA);
  if (ours.length > 1) throw new Malformed("listed-twice", "/extensions");
  return ours.length ? extensionData(ours[0].data, ours[0].at) : undefined;
}

/** @param {unknown} value @param {string} place */
function urns(value, place) {
  const read = list(value, place, 1, 100, urn);
  distinct(read, place);
  return read;
}

/** @param {unknown} value the body, disclosed values in their places */
export function footprint(value) {
  const b = object(value, "", ["id", "specVersion", "status", "companyName", "companyIds", "productNameCompany", "productIds", "pcf"], null);
  const pcf = object(
    b.pcf, "/pcf",
    ["pcfExcludingBiogenicUptake", "declaredUnitOfMeasurement", "declaredUnitAmount", "referencePeriodStart", "referencePeriodEnd"],
    null,
  );
  uuid(b.id, "/id");
  SPEC(b.specVersion, "/specVersion");
  name(b.companyName, "/companyName");
  urns(b.companyIds, "/companyIds");
  const start = parseDateTime(pcf.referencePeriodStart, "/pcf/referencePeriodStart");
  const end = parseDateTime(pcf.referencePeriodEnd, "/pcf/referencePeriodEnd");
  const latest = threeYearsLater(end);
  const validUntil = optional(b, "validityPeriodEnd", "", parseDateTime) ?? latest;
  if (start >= end) throw new Malformed("period", "/pcf/referencePeriodEnd");
  if (validUntil < end || validUntil > latest) throw new Malformed("period", "/validityPeriodEnd");
  return {
    status: choice(b.status, "/status", ["Active", "Deprecated"]),
    productName: name(b.productNameCompany, "/productNameCompany"),
    productIds: urns(b.productIds, "/productIds"),
    classifications: optional(b, "productClassifications", "", urns) ?? [],
    pcf: parseQuantity(pcf.pcfExcludingBiogenicUptake, "/pcf/pcfExcludingBiogenicUptake"),
    unit: unit(pcf.declaredUnitOfMeasurement, "/pcf/declaredUnitOfMeasurement"),
    amount: parsePositive(pcf.declaredUnitAmount, "/pcf/declaredUnitAmount"),
    periodStart: /** @type {string} */ (pcf.referencePeriodStart),
    periodEnd: /** @type {string} */ (pcf.referencePeriodEnd),
    validUntil,
    extension: extension(b),
  };
}

/** @typedef {ReturnType<typeof footprint>} Footprint */
/** @typedef {{ name: string, terms: any[], totals: any[] }} Sum terms and totals, sealed ones among them */

/** What a sum of a sealed list has for its terms. @param {any} listed @param {(item: any) => any} pick */
const picked = (listed, pick) => (listed === SEALED ? [SEALED] : listed.map((/** @type {any} */ item) => (item === SEALED ? SEALED : pick(item))));

/** The sums of part 3, in its order. @param {Footprint} made @returns {Sum[]} */
export function sumsOf(made) {
  const { stages, inventory } = made.extension ?? {};
  /** @type {Sum[]} */
  const sums = [];
  if (stages !== undefined) sums.push({ name: "stages", terms: picked(stages, (s) => s.amount), totals: [made.pcf] });
  if (inventory === undefined) return sums;
  picked(inventory, (l) => l).forEach((/** @type {any} */ l, /** @type {number} */ n) => {
    const sealed = l === SEALED || l.amount === SEALED || l.factor === SEALED;
    const totals = [l === SEALED ? SEALED : l.emissions];
    sums.push({ name: `line ${n}`, terms: [sealed ? SEALED : times(l.amount, l.factor)], totals });
  });
  if (stages !== undefined) sums.push(...stageSums(stages, inventory));
  sums.push({ name: "inventory", terms: picked(inventory, (l) => l.emissions), totals: [made.pcf] });
  return sums;
}

/** @param {any} stages @param {any} inventory @returns {Sum[]} */
function stageSums(stages, inventory) {
  const names = [...picked(inventory, (l) => l.stage), ...picked(stages, (s) => s.stage)];
  if (names.includes(SEALED)) return [{ name: "stage", terms: [SEALED], totals: [] }];
  /** @type {Map<string, Sum>} */
  const sums = new Map();
  for (const l of inventory) {
    if (l.stage === undefined) continue;
    if (!sums.has(l.stage)) sums.set(l.stage, { name: `stage ${l.stage}`, terms: [], totals: [] });
    sums.get(l.stage)?.terms.push(l.emissions);
  }
  for (const s of stages) sums.get(s.stage)?.totals.push(s.amount);
  return [...sums.values()];
}

/** @param {Footprint} made @returns {{ wrong: Sum | undefined, open: boolean, carbonDioxideOnly: boolean }} */
export function reckon(made) {
  const sums = sumsOf(made);
  const isOpen = (/** @type {Sum} */ sum) => sum.terms.includes(SEALED) || sum.totals.includes(SEALED);
  const inventory = made.extension?.inventory;
  return {
    wrong: sums.find((sum) => !isOpen(sum) && !sumAgrees(sum.terms, sum.totals)),
    open: sums.length === 0 || sums.some(isOpen),
    carbonDioxideOnly: Array.isArray(inventory) && inventory.some((l) => l !== SEALED && l.gas === "kgCO2"),
  };
}
