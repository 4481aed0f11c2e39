// @ts-check
/** @import { Machine, Results, Row, Step } from './types.d.ts' */
import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { Unusable } from '../measure/requirements.mjs';
import { readJson, replaceJson } from './json.mjs';

/** @param {string} file @returns {Results} @throws {Unusable} */
export function readResults(file) {
  if (!existsSync(file)) throw new Unusable(`${file} does not exist`);
  const results = /** @type {Results} */ (readJson(file));
  if (results.format !== 1) throw new Unusable(`${file} holds no results of this benchmark`);
  return results;
}

/** Results that grow row by row, and are whole on the disk after each of them. */
export class ResultsFile {
  #file;
  #results;
  #node;

  /**
   * Goes on with a file that is there.
   * @param {string} file
   * @param {{ date: string, node: string, machine: Machine, versions: Readonly<Record<string, string>> }} circumstances
   * @throws {Unusable} when the file tells of another machine or other versions: their rows would make no pairs
   */
  constructor(file, { date, node, machine, versions }) {
    this.#file = file;
    this.#node = node;
    mkdirSync(dirname(file), { recursive: true });
    /** @type {Results} */
    const former = existsSync(file) ? readResults(file) : { format: 1, date, machine, versions: {}, rows: [] };
    if (!isDeepStrictEqual(former.machine, machine)) throw new Unusable(`${file} was measured on another machine`);
    for (const [name, version] of Object.entries(versions)) {
      const before = former.versions[name] ?? version;
      if (before !== version) throw new Unusable(`${file} was measured with ${name} ${before}, this is ${version}`);
    }
    this.#results = { ...former, versions: { ...former.versions, ...versions } };
  }

  /** @returns {Results} */
  get results() {
    return this.#results;
  }

  /** Whether a round has a right row of each tool. @param {Step} step @param {number} run */
  hasRound(step, run) {
    return step.tools.every((tool) =>
      this.#results.rows.some((row) => this.#isOf(row, step, run) && row.tool === tool && row.wrong === undefined),
    );
  }

  /** Forgets the rows of a round that is measured again: pairs are runs that followed each other. @param {Step} step @param {number} run */
  dropRound(step, run) {
    this.#results = { ...this.#results, rows: this.#results.rows.filter((row) => !this.#isOf(row, step, run)) };
  }

  /** @param {Row} row */
  add(row) {
    this.#results = { ...this.#results, rows: [...this.#results.rows, row] };
    replaceJson(this.#file, this.#results);
  }

  /** @param {Row} row @param {Step} step @param {number} run */
  #isOf(row, { scenario, packages }, run) {
    return row.node === this.#node && row.scenario === scenario.id && row.packages === packages && row.run === run;
  }
}
