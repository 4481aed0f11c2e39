// @ts-check
/** @import { Adapter, Box, Files, Outcome, Reason, RunOptions, Tools, WorkspaceSpec } from './types.d.ts' */
import { existsSync, lstatSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { ReasonCounter } from './reason-count.mjs';
import { readTree, writeTree } from './tree.mjs';
import { commitWorkspace, git, writeWorkspace } from './workspace.mjs';

const PATIENCE_MS = 60_000;
/** Times that nothing else has: a later edit never gets a time by chance that the file had before. */
const LONG_AGO = Date.UTC(2020, 0, 1) / 1000;

/** @typedef {RunOptions & { tasks?: readonly string[], because?: Readonly<Record<string, readonly Reason[]>> }} TrialOptions */

/** One probe on one runner: a fresh workspace, and what can be done to it. Paths are relative to the workspace. */
export class Trial {
  #runsAtOnce = 0;
  /** How many runs began so far. */
  #runCount = 0;

  /** @param {Adapter} adapter @param {Box} box @param {Tools} tools */
  constructor(adapter, box, tools) {
    this.adapter = adapter;
    this.box = box;
    this.tools = tools;
    this.reasons = new ReasonCounter(adapter);
  }

  /** @param {WorkspaceSpec} spec */
  async setUp(spec) {
    writeWorkspace(this.box, spec);
    await this.adapter.setUp(this.box, spec, this.tools);
    commitWorkspace(this.box, spec);
  }

  /** Changes the configuration, the lockfile and what is installed to those of another specification. @param {WorkspaceSpec} spec */
  async reconfigure(spec) {
    writeWorkspace(this.box, spec);
    await this.adapter.setUp(this.box, spec, this.tools);
  }

  /**
   * Runs tasks, `build` when none are named. `because` has why they run that will, any of several reasons; a task
   * that never ran before needs none there.
   * @param {TrialOptions} [options]
   * @returns {Promise<Outcome>}
   */
  async run({ tasks = ['build'], because = {}, ...options } = {}) {
    const before = this.executions();
    this.#runsAtOnce += 1;
    this.#runCount += 1;
    const runNumber = this.#runCount;
    const isAlone = this.#runsAtOnce === 1;
    try {
      const result = await this.adapter.run(this.box, tasks, options, this.tools);
      const executed = this.executions().slice(before.length).sort();
      const claims = this.adapter.read(result, this.box);
      const reasons = this.adapter.readReasons?.(result) ?? {};
      // Of runs at once nobody knows which of them executed a task; and who was killed could not say all.
      if (isAlone && runNumber === this.#runCount && result.code !== null) {
        for (const task of new Set(executed)) {
          /** @type {readonly Reason[] | undefined} */
          const expected = because[task] ?? (before.includes(task) ? undefined : [['never-built']]);
          this.reasons.add(task, { expected, told: reasons[task] });
        }
      }
      return { ...result, executed, claims, reasons };
    } finally {
      this.#runsAtOnce -= 1;
    }
  }

  /** Each start of a task's command so far, in order. @returns {string[]} */
  executions() {
    const file = join(this.box.control, 'executions');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').slice(0, -1) : [];
  }

  /** @param {string} path */
  path(path) {
    return join(this.box.root, path);
  }

  /** What stands in a folder, undefined when there is none. @param {string} folder */
  tree(folder) {
    return readTree(this.path(folder));
  }

  /** Writes or replaces files. @param {Files} files */
  write(files) {
    for (const [path, node] of Object.entries(files)) if (typeof node !== 'string') this.remove(path);
    writeTree(this.box.root, files);
  }

  /** @param {string[]} paths */
  remove(...paths) {
    for (const path of paths) rmSync(this.path(path), { recursive: true, force: true });
  }

  /** Gives a file a time in the past, `seconds` after a fixed one. @param {string} path @param {number} seconds */
  age(path, seconds = 0) {
    utimesSync(this.path(path), LONG_AGO + seconds, LONG_AGO + seconds);
  }

  /** @param {string} path */
  read(path) {
    return readFileSync(this.path(path), 'utf8');
  }

  /** @param {string} path */
  isFile(path) {
    return lstatSync(this.path(path), { throwIfNoEntry: false })?.isFile() === true;
  }

  /** @param {string[]} args */
  git(...args) {
    git(this.box, ...args);
  }

  /** Puts up a sign that tasks can see. @param {string} name */
  set(name) {
    writeFileSync(join(this.box.control, name), '');
  }

  /** Whether a task has told this, or the sign is up. @param {string} name */
  isSet(name) {
    return existsSync(join(this.box.control, name));
  }

  /** @param {string} name */
  clear(name) {
    rmSync(join(this.box.control, name), { force: true });
  }

  /**
   * Runs while a task stands still at `hold(name)`; `body` is done meanwhile.
   * @param {string} name
   * @param {() => void | Promise<void>} body
   * @param {TrialOptions} [options]
   */
  async runHeld(name, body, options) {
    this.set(`hold-${name}`);
    const running = this.run(options);
    await Promise.race([this.until(() => this.isSet(`reached-${name}`)), running]);
    await body();
    this.clear(`hold-${name}`);
    const outcome = await running;
    this.clear(`reached-${name}`);
    return outcome;
  }

  /** @param {() => boolean} isSo @param {number} [patienceMs] @returns {Promise<boolean>} whether it came true in time */
  async until(isSo, patienceMs = PATIENCE_MS) {
    const deadline = performance.now() + patienceMs;
    while (!isSo()) {
      if (performance.now() > deadline) return false;
      await delay(10);
    }
    return true;
  }
}
