import type { Writable } from 'node:stream';
import { unreachable } from '@velocity/core';
import type { OutputStream, Reporter, RunEvent, RunHeader, TaskResult } from '../run/events.js';
import { describeResult } from './describe-result.js';
import { groupDialect, type GroupDialect } from './group-dialect.js';
import { LineSplitter } from './line-splitter.js';
import { LiveLine } from './live-line.js';
import { createStyle, type Style } from './style.js';
import { summaryLines } from './summary-lines.js';

export type OutputLogs = 'full' | 'hash-only' | 'new-only' | 'errors-only' | 'none';

export interface TerminalReporterOptions {
  readonly out: Writable;
  /** For what tasks say on theirs; in groups everything goes to `out`, so that a group holds all of it. */
  readonly err: Writable;
  readonly hasColor: boolean;
  /** Width of the terminal; undefined when it is none: no live line then. */
  readonly columns: number | undefined;
  readonly outputLogs: OutputLogs;
  readonly logOrder: 'stream' | 'grouped';
  readonly logPrefix: 'task' | 'none';
  readonly isQuiet: boolean;
  /** Says the command of each task that runs, too. */
  readonly isVerbose: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
}

interface TaskLines {
  readonly splitters: Readonly<Record<OutputStream, LineSplitter>>;
  readonly held: string[];
}

const KEY_LENGTH = 8;
const STATUS_WIDTH = 10;

/** Writes a run for people: a line for each task, its output under its name, a summary. */
export class TerminalReporter implements Reporter {
  readonly #options: TerminalReporterOptions;
  readonly #style: Style;
  readonly #live: LiveLine | undefined;
  readonly #dialect: GroupDialect;
  readonly #tasks = new Map<string, TaskLines>();
  readonly #running = new Set<string>();
  #labelWidth = 0;
  #total = 0;
  #done = 0;

  constructor(options: TerminalReporterOptions) {
    this.#options = options;
    this.#style = createStyle(options.hasColor);
    this.#live = options.columns === undefined ? undefined : new LiveLine(options.out, options.columns);
    this.#dialect = groupDialect(options.env);
  }

  report(event: RunEvent): void {
    switch (event.type) {
      case 'run-started':
        this.#labelWidth = event.labelWidth;
        this.#total = event.header.taskCount;
        if (!this.#options.isQuiet) this.#write(`${headerLine(event.header, this.#style)}\n`);
        return;
      case 'task-missed':
        this.#running.add(event.task);
        if (this.#options.outputLogs !== 'none')
          this.#status(event.task, this.#style.cyan('MISS'), event.key, event.reason);
        if (this.#options.isVerbose) this.#write(this.#prefixed(event.task, this.#style.dim(`$ ${event.command}`)));
        this.#updateLive();
        return;
      case 'task-output':
        return this.#output(event);
      case 'task-finished':
        return this.#finished(event.result);
      case 'warning':
        this.#write(
          `${this.#style.yellow('warning')} ${event.message}${event.hint === undefined ? '' : ` (${event.hint})`}`,
        );
        return;
      case 'progress':
        this.#live?.show(event.text);
        return;
      case 'run-finished':
        this.#live?.clear();
        if (!this.#options.isQuiet) this.#write(`\n${summaryLines(event.summary, this.#style).join('\n')}`);
        return;
      default:
        return unreachable(event);
    }
  }

  #output({ task, stream, chunk, isReplay }: Extract<RunEvent, { type: 'task-output' }>): void {
    const { outputLogs } = this.#options;
    const isShown = outputLogs === 'full' || outputLogs === 'errors-only' || (outputLogs === 'new-only' && !isReplay);
    if (!isShown || (outputLogs === 'errors-only' && isReplay)) return;
    this.#linesOf(task).splitters[stream].push(chunk);
  }

  #linesOf(task: string): TaskLines {
    const known = this.#tasks.get(task);
    if (known !== undefined) return known;
    const held: string[] = [];
    const isHeld = this.#options.logOrder === 'grouped' || this.#options.outputLogs === 'errors-only';
    const onLine = (line: string, out: Writable): void => {
      if (isHeld) held.push(line);
      else this.#write(this.#prefixed(task, line), out);
    };
    const lines: TaskLines = {
      splitters: {
        stdout: new LineSplitter((line) => onLine(line, this.#options.out)),
        stderr: new LineSplitter((line) => onLine(line, this.#options.err)),
      },
      held,
    };
    this.#tasks.set(task, lines);
    return lines;
  }

  #finished(result: TaskResult): void {
    const { task, key, outcome } = result;
    this.#running.delete(task);
    this.#done += outcome.status === 'passed-through' ? 0 : 1;
    const lines = this.#tasks.get(task);
    lines?.splitters.stdout.end();
    lines?.splitters.stderr.end();
    this.#tasks.delete(task);
    if (lines !== undefined) this.#releaseHeld(task, lines.held, outcome.status === 'failed');
    const described = describeResult(result, this.#style);
    const isSaid =
      outcome.status === 'failed' ||
      (this.#options.outputLogs !== 'none' && this.#options.outputLogs !== 'errors-only');
    if (described !== undefined && isSaid) this.#status(task, described[0], key, described[1]);
    this.#updateLive();
  }

  #releaseHeld(task: string, held: readonly string[], hasFailed: boolean): void {
    if (held.length === 0 || (this.#options.outputLogs === 'errors-only' && !hasFailed)) return;
    const isGrouped = this.#options.logOrder === 'grouped';
    const { begin, end } = this.#dialect;
    if (isGrouped && !hasFailed && begin !== undefined) this.#write(begin(task));
    for (const line of held) this.#write(isGrouped && begin !== undefined ? line : this.#prefixed(task, line));
    if (isGrouped && !hasFailed && end !== undefined) this.#write(end(task));
  }

  #status(task: string, word: string, key: string | undefined, details: string): void {
    const padding = ' '.repeat(Math.max(0, STATUS_WIDTH - visibleLength(word)));
    const label = this.#style.ofName(task)(task.padEnd(this.#labelWidth));
    const shortKey = this.#style.dim((key ?? '').slice(0, KEY_LENGTH).padEnd(KEY_LENGTH));
    this.#write(`${label}  ${word}${padding}  ${shortKey}  ${details}`.trimEnd());
  }

  #prefixed(task: string, line: string): string {
    if (this.#options.logPrefix === 'none') return line;
    return `${this.#style.ofName(task)(task.padEnd(this.#labelWidth))} ${this.#style.dim('>')} ${line}`;
  }

  #updateLive(): void {
    if (this.#live === undefined) return;
    const names = [...this.#running].join(', ');
    if (this.#done < this.#total)
      this.#live.show(`${this.#done}/${this.#total} tasks${names === '' ? '' : ` · running ${names}`}`);
    else this.#live.clear();
  }

  #write(text: string, out = this.#options.out): void {
    this.#live?.clear();
    out.write(`${text}\n`);
  }
}

function headerLine(header: RunHeader, style: Style): string {
  const { version, packageCount, taskNames, taskCount, local, remote } = header;
  const packages = `${packageCount} ${packageCount === 1 ? 'package' : 'packages'}`;
  const tasks = `${taskNames.join(' ')} (${taskCount} ${taskCount === 1 ? 'task' : 'tasks'})`;
  return [style.bold(`velocity ${version}`), packages, tasks, `local ${local}`, `remote ${remote ?? 'off'}`].join(
    ' · ',
  );
}

function visibleLength(text: string): number {
  // eslint-disable-next-line no-control-regex -- the escape sequences of our own colours
  return text.replace(/\u001b\[\d+m/g, '').length;
}
