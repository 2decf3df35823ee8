/** What a regulator does to TrustRegistry, derived from the act's document alone: the one line and the call (api/desks/acts.py says the same). */
import { toHex, parseHex, utf8 } from "../bytes.js";
import { canonicalBytes } from "../canonical.js";
import { keccak, parseAddress, sha256, toChecksum } from "../crypto.js";
import { Malformed } from "../errors.js";
import { integer, line, object, party, string } from "../forms.js";
import { partyId } from "../statement.js";

/** The line and the call; integers as decimal text, everything else as 0x-hex. */
export interface Act {
  summary: string;
  function: string;
  arguments: string[];
}

type Members = { [member: string]: any };

const FOREVER = 2 ** 40 - 1;
const PURPOSES = ["regulator", "sequencer", "footprint", "certificate", "labels", "status", "admin", "rule"];

function spelt(time: number): string {
  if (time === 0) return "now";
  if (time >= FOREVER) return "no end";
  return `${new Date((time + 8 * 3600) * 1000).toISOString().slice(0, 19)}+08:00`;
}

const told = (...parts: string[]) => parts.join(" · ");
const time = (value: unknown, place: string): number => integer(value, place, 0, FOREVER);

function bit(name: unknown, place: string): number {
  const at = PURPOSES.indexOf(string(name, place));
  if (at < 0) throw new Malformed("purpose", place);
  return 2 ** at;
}

function address(value: unknown, place: string): { spelled: string; argument: string } {
  const raw = parseAddress(string(value, place), place);
  return { spelled: toChecksum(raw), argument: toHex(parseHex(raw, place, 20)) };
}

function ofProfile(words: string, call: string, wish: Members): Act {
  const profile = object(wish.profile, "/profile", ["party", "name"], ["nameEn", "url"]);
  const who = party(profile.party, "/profile/party"), name = line(profile.name, "/profile/name");
  const digest = toHex(sha256(canonicalBytes(profile)));
  return { summary: told(words, `party ${who}`, `name ${name}`, `profile ${digest}`), function: call, arguments: [partyId(who), digest] };
}

function grant(wish: Members): { words: string[]; given: string[] } {
  const who = party(wish.party, "/party"), purpose = string(wish.purpose, "/purpose"), scope = string(wish.scope, "/scope");
  const given = [partyId(who), String(bit(purpose, "/purpose")), scope === "" ? "0x" + "0".repeat(64) : toHex(keccak(utf8(scope)))];
  return { words: [`party ${who}`, purpose, `scope ${scope || "none"}`], given };
}

function registering(wish: Members): Act {
  const asked = object(wish.registration, "/registration", ["key", "party", "purposes", "from", "until"]);
  const key = address(asked.key, "/registration/key"), who = party(asked.party, "/registration/party");
  const names = asked.purposes as unknown[];
  if (!Array.isArray(names) || !names.length || new Set(names).size !== names.length) throw new Malformed("purpose", "/registration/purposes");
  const mask = names.reduce<number>((sum, one) => sum + bit(one, "/registration/purposes"), 0);
  const from = time(asked.from, "/registration/from"), until = time(asked.until, "/registration/until");
  const signature = string(wish.signature, "/signature");
  return {
    summary: told("Register key", `key ${key.spelled}`, `party ${who}`, `purposes ${names.join(" ")}`, `from ${spelt(from)}`, `until ${spelt(until)}`),
    function: "registerKey(address,bytes32,uint256,uint256,uint256,bytes)",
    arguments: [key.argument, partyId(who), String(mask), String(from), String(until), signature],
  };
}

const READ: { [act: string]: (wish: Members) => Act } = {
  "party.admit": (wish) => ofProfile("Admit party", "registerParty(bytes32,bytes32)", object(wish, "", ["act", "profile"])),
  "party.rename": (wish) => ofProfile("Rename party", "changeProfile(bytes32,bytes32)", object(wish, "", ["act", "profile"])),
  "party.succeed": (wish) => {
    const found = object(wish, "", ["act", "party", "successor"]), who = party(found.party, "/party"), next = party(found.successor, "/successor");
    return { summary: told("Name successor", `party ${who}`, `successor ${next}`), function: "recordPartySuccessor(bytes32,bytes32)", arguments: [partyId(who), partyId(next)] };
  },
  "key.register": (wish) => registering(object(wish, "", ["act", "registration", "signature"])),
  "key.end": (wish) => {
    const found = object(wish, "", ["act", "key", "at"]), key = address(found.key, "/key"), at = time(found.at, "/at");
    return { summary: told("End key", `key ${key.spelled}`, `at ${spelt(at)}`), function: "endKey(address,uint256)", arguments: [key.argument, String(at)] };
  },
  "key.compromise": (wish) => {
    const found = object(wish, "", ["act", "key", "since"]), key = address(found.key, "/key"), since = time(found.since, "/since");
    return { summary: told("Report key compromised", `key ${key.spelled}`, `since ${spelt(since)}`), function: "reportCompromise(address,uint256)", arguments: [key.argument, String(since)] };
  },
  "grant.open": (wish) => {
    const found = object(wish, "", ["act", "party", "purpose", "scope", "from", "until"]), { words, given } = grant(found);
    const from = time(found.from, "/from"), until = time(found.until, "/until");
    return { summary: told("Open grant", ...words, `from ${spelt(from)}`, `until ${spelt(until)}`), function: "openGrant(bytes32,uint256,bytes32,uint256,uint256)", arguments: [...given, String(from), String(until)] };
  },
  "grant.extend": (wish) => {
    const found = object(wish, "", ["act", "party", "purpose", "scope", "until"]), { words, given } = grant(found), until = time(found.until, "/until");
    return { summary: told("Extend grant", ...words, `until ${spelt(until)}`), function: "extendGrant(bytes32,uint256,bytes32,uint256)", arguments: [...given, String(until)] };
  },
  "grant.end": (wish) => {
    const found = object(wish, "", ["act", "party", "purpose", "scope", "at"]), { words, given } = grant(found), at = time(found.at, "/at");
    return { summary: told("End grant", ...words, `at ${spelt(at)}`), function: "endGrant(bytes32,uint256,bytes32,uint256)", arguments: [...given, String(at)] };
  },
};

/** Raises Malformed for an act this page does not know, or one not of its form. */
export function actOf(wish: Members): Act {
  const read = READ[String(wish.act)];
  if (!read) throw new Malformed("act", "/act");
  return read(wish);
}
