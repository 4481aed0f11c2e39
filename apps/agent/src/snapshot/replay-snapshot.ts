import { isAbsolute } from 'node:path';
import { LogDecoder } from '@velocity/artifact';
import { replaceFile } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { taskEnvironment } from '../plan/task-environment.js';
import { Toolchains } from '../plan/toolchains.js';
import { GatheredOutput } from './gathered-output.js';
import { createReporter } from '../reporters/create-reporter.js';
import type { Reporter, TaskResult } from '../run/events.js';
import { checkTraces } from './check-traces.js';
import { decodeSnapshot, encodeSnapshot, tracesOf, type DecodedSnapshot } from './encode-snapshot.js';
import type { SnapshotTask } from './snapshot.js';
import { findSnapshot, snapshotFile, snapshotName } from './snapshot-file.js';
import type { Trace } from './trace.js';

/** After this long the stores are asked all the same, so that what is in use counts as used there. */
const ASK_AGAIN_MS = 24 * 3_600_000;

/**
 * Tells a run again whose every result is still in place, without planning it: at 1,000 packages that takes a tenth of the time.
 * @returns the exit code; undefined when the run must be planned
 */
export async function replaySnapshot(args: readonly string[], context: AgentContext): Promise<number | undefined> {
  const startedMs = context.monotonic();
  const name = snapshotName({ args, context });
  const found = findSnapshot(context.cwd, name);
  const decoded = found && decodeSnapshot(found.data);
  if (found === undefined || decoded === undefined) return undefined;
  const { opening, table } = decoded;
  const checkedAtMs = context.now();
  const age = checkedAtMs - opening.plannedAtMs;
  if (age < 0 || age > ASK_AGAIN_MS) return undefined;
  // Not `join`, which would look at each of 40,000 paths for dots.
  const locate = (path: string): string => (isAbsolute(path) ? path : `${found.root}/${path}`);
  const renewed = checkTraces({ table, takenAtMs: opening.takenAtMs, locate });
  if (renewed === undefined || !(await hasSameTools(decoded, found.root, context))) return undefined;
  if (renewed.size > 0) keepRenewed(snapshotFile(found.root, name), decoded, { renewed, checkedAtMs });
  const output = new GatheredOutput(context);
  const { stdout, stderr } = output;
  tell(
    decoded,
    createReporter(opening.reporter, { ...context, stdout, stderr }),
    () => context.monotonic() - startedMs,
  );
  output.flush();
  return 0;
}

async function hasSameTools({ opening }: DecodedSnapshot, root: string, context: AgentContext): Promise<boolean> {
  const names = Object.keys(opening.tools);
  const env = taskEnvironment({ env: context.env, declared: [], passed: [], mode: 'strict' });
  const node = { path: context.nodePath, version: context.nodeVersion };
  const versions = await new Toolchains({ root, env, node }).versions(names, []);
  return names.every((name) => versions[name] === opening.tools[name]);
}

/** The next run need not compare the same contents again. */
function keepRenewed(
  file: string,
  { opening, table }: DecodedSnapshot,
  { renewed, checkedAtMs }: { readonly renewed: ReadonlyMap<number, Trace>; readonly checkedAtMs: number },
): void {
  try {
    replaceFile(file, encodeSnapshot({ ...opening, takenAtMs: checkedAtMs, traces: tracesOf(table, renewed) }));
  } catch {
    // A full or read-only disk: what was compared is compared again.
  }
}

function tell({ opening }: DecodedSnapshot, reporter: Reporter, elapsedMs: () => number): void {
  const { header, labelWidth, tasks, criticalPath, hasRemote } = opening;
  reporter.report({ type: 'run-started', header, labelWidth });
  const results = tasks.map((task) => tellTask(task, reporter, elapsedMs));
  reporter.report({
    type: 'run-finished',
    summary: {
      results,
      durationMs: elapsedMs(),
      savedMs: tasks.reduce((sum, { durationMs }) => sum + durationMs, 0),
      remote: hasRemote ? { downBytes: 0, upBytes: 0, errors: 0, uploaded: 0, abandoned: 0 } : undefined,
      criticalPath: { tasks: criticalPath, durationMs: 0 },
      exitCode: 0,
    },
  });
}

function tellTask(
  { label, key, durationMs, log }: SnapshotTask,
  reporter: Reporter,
  elapsedMs: () => number,
): TaskResult {
  for (const { stream, data } of new LogDecoder().push(Buffer.from(log, 'base64'))) {
    reporter.report({ type: 'task-output', task: label, stream, chunk: data, isReplay: true });
  }
  const now = elapsedMs();
  const outcome = { status: 'fresh', savedMs: durationMs } as const;
  const result: TaskResult = { task: label, key, outcome, startedMs: now, endedMs: now };
  reporter.report({ type: 'task-finished', result });
  return result;
}
