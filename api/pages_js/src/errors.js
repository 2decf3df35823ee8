/** What a document is refused for: the rule's stable name (docs/spec, part 1 and 3) and an RFC 6901 pointer. */
export class Malformed extends Error {
  /** @param {string} rule @param {string} [place] */
  constructor(rule, place = "") {
    super(`${rule} at ${place || "the document"}`);
    this.rule = rule;
    this.place = place;
  }
}

/** A proof or signature that does not lead where it should: wrong, not unreadable. */
export class Mismatch extends Error {
  /** @param {string} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** The view does not answer what was asked. Never the evidence's fault (P7). */
export class Unanswered extends Error {
  /** @param {string} why */
  constructor(why) {
    super(why);
    this.why = why;
  }
}
