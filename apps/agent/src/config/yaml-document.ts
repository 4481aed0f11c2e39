import {
  constructFromEvents,
  CORE_SCHEMA,
  EVENT_ID,
  getScalarValue,
  parseEvents,
  SCALAR_STYLE,
  type AliasEvent,
  type DocumentEvent,
  type Event,
  type MappingEvent,
  type ScalarEvent,
  type SequenceEvent,
} from 'js-yaml';
import { errorMessage } from '@velocity/core';

export type YamlScalar = string | number | boolean | null;

/** A YAML value that knows where it stands: `at` is the offset of its first character. */
export type YamlNode =
  | { readonly kind: 'scalar'; readonly value: YamlScalar; readonly at: number }
  | { readonly kind: 'list'; readonly items: YamlNode[]; readonly at: number }
  | YamlMap;

export interface YamlMap {
  readonly kind: 'map';
  readonly entries: Map<string, YamlEntry>;
  readonly at: number;
}

export interface YamlEntry {
  readonly keyAt: number;
  readonly node: YamlNode;
}

export interface YamlProblem {
  readonly at: number;
  readonly message: string;
  readonly hint?: string;
}

/** One document of YAML 1.2 (core schema). `node` is absent for an empty one and where the syntax is broken. */
export interface YamlDocument {
  readonly node?: YamlNode;
  readonly problems: readonly YamlProblem[];
}

const EMPTY_DOCUMENT: DocumentEvent = {
  type: EVENT_ID.DOCUMENT,
  explicitStart: false,
  explicitEnd: false,
  directives: [],
};
/** What the core schema may read as null, a boolean or a number. Asking it about each scalar costs 15 us, ten times the parsing. */
const MAYBE_NOT_TEXT = /^(?:[-+.\d]|~$|(?:null|true|false)$)/i;
const MAX_ALIASES = 1000;

/** Parses one document. A syntax error ends it; a key given twice, a tag or a second document does not. Never throws. */
export function parseYaml(source: string): YamlDocument {
  let events: Event[];
  try {
    events = parseEvents(source, {});
  } catch (error) {
    return { problems: [syntaxProblem(error)] };
  }
  const composer = new Composer(source, events);
  const node = composer.document();
  return { ...(node === undefined ? {} : { node }), problems: composer.problems };
}

/** Builds nodes from the flat stream of events: one pass, one position. */
class Composer {
  readonly problems: YamlProblem[] = [];
  readonly #source: string;
  readonly #events: readonly Event[];
  /** `undefined` while the anchored value is still being built. */
  readonly #anchors = new Map<string, YamlNode | undefined>();
  #next = 0;
  #aliases = 0;
  /** Where the last value began: the place of one that is not written at all. */
  #last = 0;

  constructor(source: string, events: readonly Event[]) {
    this.#source = source;
    this.#events = events;
  }

  document(): YamlNode | undefined {
    if (this.#take() === undefined) return undefined;
    const node = this.#atPop() ? undefined : this.#node();
    this.#take();
    if (this.#take() === undefined) return node;
    const second = this.#atPop() ? undefined : this.#node();
    this.#problem(second?.at ?? this.#source.length, 'a second document starts here', 'one file holds one document');
    return node;
  }

  #take(): Event | undefined {
    const event = this.#events[this.#next];
    this.#next += 1;
    return event;
  }

  #atPop(): boolean {
    const event = this.#events[this.#next];
    return event === undefined || event.type === EVENT_ID.POP;
  }

  #problem(at: number, message: string, hint?: string): void {
    this.problems.push({ at, message, ...(hint === undefined ? {} : { hint }) });
  }

  #node(): YamlNode {
    const event = this.#take();
    if (event?.type === EVENT_ID.ALIAS) return this.#alias(event);
    if (event === undefined || event.type === EVENT_ID.DOCUMENT || event.type === EVENT_ID.POP) {
      throw new Error('unbalanced YAML events');
    }
    const anchor = event.anchorStart < 0 ? undefined : this.#source.slice(event.anchorStart, event.anchorEnd);
    if (anchor !== undefined) this.#anchors.set(anchor, undefined);
    const node = event.type === EVENT_ID.SCALAR ? this.#scalar(event) : this.#collection(event);
    if (anchor !== undefined) this.#anchors.set(anchor, node);
    return node;
  }

  #collection(event: SequenceEvent | MappingEvent): YamlNode {
    if (event.tagStart >= 0) this.#problem(event.tagStart, 'tags are not known here', 'leave the tag out');
    this.#last = event.start;
    return event.type === EVENT_ID.SEQUENCE ? this.#list(event.start) : this.#map(event.start);
  }

  #alias(event: AliasEvent): YamlNode {
    const anchor = this.#source.slice(event.anchorStart, event.anchorEnd);
    const at = event.anchorStart - 1;
    this.#aliases += 1;
    const target = this.#anchors.get(anchor);
    if (target !== undefined && this.#aliases <= MAX_ALIASES) return { ...target, at };
    const known = this.#anchors.has(anchor);
    const reason = target !== undefined ? 'is one alias too many' : known ? 'refers to itself' : 'refers to nothing';
    this.#problem(at, `*${anchor} ${reason}`);
    return { kind: 'scalar', value: null, at };
  }

  #list(at: number): YamlNode {
    const items: YamlNode[] = [];
    while (!this.#atPop()) items.push(this.#node());
    this.#take();
    return { kind: 'list', items, at };
  }

  #map(at: number): YamlNode {
    const entries = new Map<string, YamlEntry>();
    while (!this.#atPop()) {
      const key = this.#node();
      const node = this.#node();
      if (key.kind !== 'scalar') this.#problem(key.at, 'a key must be plain text');
      else if (entries.has(String(key.value))) this.#problem(key.at, `the key "${key.value}" stands here twice`);
      else entries.set(String(key.value), { keyAt: key.at, node });
    }
    this.#take();
    return { kind: 'map', entries, at };
  }

  #scalar(event: ScalarEvent): YamlNode {
    const at = event.valueStart < 0 ? this.#last : startOfScalar(this.#source, event);
    this.#last = at;
    const text = getScalarValue(this.#source, event);
    const isText = event.style !== SCALAR_STYLE.PLAIN || (text !== '' && !MAYBE_NOT_TEXT.test(text));
    if (isText && event.tagStart < 0) return { kind: 'scalar', value: text, at };
    try {
      const events: Event[] = [EMPTY_DOCUMENT, event, { type: EVENT_ID.POP }];
      const [value] = constructFromEvents(events, { source: this.#source, schema: CORE_SCHEMA });
      return { kind: 'scalar', value: isScalar(value) ? value : null, at };
    } catch (error) {
      this.problems.push(syntaxProblem(error));
      return { kind: 'scalar', value: text, at };
    }
  }
}

function isScalar(value: unknown): value is YamlScalar {
  return value === null || typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

/** Quotes and block indicators belong to a scalar, but its events begin behind them. */
function startOfScalar(source: string, event: ScalarEvent): number {
  const quoted = event.style === SCALAR_STYLE.SINGLE_QUOTED || event.style === SCALAR_STYLE.DOUBLE_QUOTED;
  if (quoted) return event.valueStart - 1;
  const block = event.style === SCALAR_STYLE.LITERAL_BLOCK || event.style === SCALAR_STYLE.FOLDED_BLOCK;
  if (!block) return event.valueStart;
  const before = event.valueStart - 1;
  const header = Math.max(source.lastIndexOf('|', before), source.lastIndexOf('>', before));
  return header < 0 ? event.valueStart : header;
}

function syntaxProblem(error: unknown): YamlProblem {
  const { reason, mark } = error as { reason?: unknown; mark?: { position?: unknown } };
  const at = typeof mark?.position === 'number' ? mark.position : 0;
  return { at, message: typeof reason === 'string' ? reason : errorMessage(error) };
}
