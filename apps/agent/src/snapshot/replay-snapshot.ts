import { replaceFile } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { taskEnvironment } from '../plan/task-environment.js';
import { Toolchains } from '../plan/toolchains.js';
import { createReporter } from '../reporters/create-reporter.js';
import { GatheredOutput } from '../reporters/gathered-output.js';
import type { Reporter } from '../run/events.js';
import { checkTraces, type CheckedTraces } from './check-traces.js';
import { encodeSnapshot } from './encode-snapshot.js';
import type { Snapshot } from './snapshot.js';
import { findSnapshot, snapshotFile, snapshotName } from './snapshot-file.js';
import { tellTask } from './tell-task.js';
import { writeTrace } from './trace-table.js';

/** After this long the stores are asked all the same, so that what is in use counts as used there. */
const ASK_AGAIN_MS = 24 * 3_600_000;

/** A snapshot of which a part still holds. */
export interface Recalled extends CheckedTraces {
  readonly root: string;
  readonly snapshot: Snapshot;
  /** Where the one that takes its place belongs. */
  readonly file: string;
  /** When the traces were checked, in milliseconds since 1970. */
  readonly checkedAtMs: number;
}

/**
 * Tells a run again whose every result is still in place, without planning it: at 1,000 packages that takes a tenth of the time.
 * @returns the exit code; what is still known where something has changed; undefined when the run must be planned in full
 */
export async function replaySnapshot(
  args: readonly string[],
  context: AgentContext,
): Promise<number | Recalled | undefined> {
  const startedMs = context.monotonic();
  const name = snapshotName({ args, context });
  const found = findSnapshot(context.cwd, name);
  if (found === undefined) return undefined;
  const { root, snapshot } = found;
  const checkedAtMs = context.now();
  const age = checkedAtMs - snapshot.opening.plannedAtMs;
  if (age < 0 || age > ASK_AGAIN_MS) return undefined;
  const checked = context.within(root, () => checkTraces(snapshot));
  if (checked === undefined || !(await hasSameTools(snapshot, root, context))) return undefined;
  const file = snapshotFile(root, name);
  const { broken, renewed } = checked;
  const { isDry, request } = snapshot.opening;
  if (broken.length > 0) {
    const canGoOn = !isDry && snapshot.memory.byteLength > 0;
    return canGoOn ? { root, snapshot, file, checkedAtMs, broken, renewed } : undefined;
  }
  if (renewed.size > 0) keepRenewed(file, snapshot, { renewed, checkedAtMs });
  if (isDry) {
    const text = snapshot.memory.read();
    if (text === undefined) return undefined;
    context.stdout.write(text);
    return 0;
  }
  const output = new GatheredOutput(context);
  const { stdout, stderr } = output;
  const reporter = createReporter(request, { ...context, stdout, stderr });
  tell(snapshot, reporter, () => context.monotonic() - startedMs);
  output.flush();
  return 0;
}

async function hasSameTools({ opening }: Snapshot, root: string, context: AgentContext): Promise<boolean> {
  const names = Object.keys(opening.tools);
  const env = taskEnvironment({ env: context.env, declared: [], passed: [], mode: 'strict' });
  const node = { path: context.nodePath, version: context.nodeVersion };
  const versions = await new Toolchains({ root, env, node }).versions(names, []);
  return names.every((name) => versions[name] === opening.tools[name]);
}

/** The next run need not compare the same contents again. */
function keepRenewed(
  file: string,
  { opening, table, memory }: Snapshot,
  { renewed, checkedAtMs }: Pick<Recalled, 'renewed' | 'checkedAtMs'>,
): void {
  for (const [index, trace] of renewed) writeTrace(table, index, trace);
  try {
    const renewedSnapshot = encodeSnapshot({ opening: { ...opening, takenAtMs: checkedAtMs }, table, memory });
    if (renewedSnapshot !== undefined) replaceFile(file, renewedSnapshot);
  } catch {
    // A full or read-only disk: what was compared is compared again.
  }
}

function tell({ opening }: Snapshot, reporter: Reporter, elapsedMs: () => number): void {
  const { header, labelWidth, tasks, hasRemote } = opening;
  reporter.report({ type: 'run-started', header, labelWidth });
  const results = tasks.map((task) => tellTask(task, reporter, elapsedMs));
  reporter.report({
    type: 'run-finished',
    summary: {
      results,
      durationMs: elapsedMs(),
      savedMs: tasks.reduce((sum, { durationMs }) => sum + durationMs, 0),
      remote: hasRemote ? { downBytes: 0, upBytes: 0, errors: 0, uploaded: 0, abandoned: 0 } : undefined,
      criticalPath: { tasks: [], durationMs: 0 },
      exitCode: 0,
    },
  });
}
