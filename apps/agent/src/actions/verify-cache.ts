import { readArtifactHead, selectCodec, type Codec } from '@velocity/artifact';
import type { ArtifactHit, VerifyReport } from '@velocity/client';
import { errorMessage, formatSize, isVelocityError, mapBounded, printablePath, type CacheKey } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';
import { LiveLine } from '../reporters/live-line.js';
import type { OpenStores } from '../stores/open-stores.js';
import type { OpenWorkspace } from '../workspace/open-workspace.js';
import { openLocal, type CacheRequest } from './local-cache.js';

const PARALLEL_HEADS = 4;

/** A result whose blobs are what their names say, and which all the same is not the result of its key. */
interface WrongEntry {
  readonly key: CacheKey;
  readonly task: string;
  readonly problem: string;
}

/** Reads every byte of the local store and says what is damaged; exit code 1 while something is. */
export async function cacheVerify(
  workspace: OpenWorkspace,
  context: AgentContext,
  request: CacheRequest & { readonly isRepairing: boolean },
): Promise<number> {
  const { isRepairing, isJson } = request;
  await using stores = await openLocal(workspace, context, request);
  const abort = new AbortController();
  const stopListening = context.onSignal((signal) => abort.abort(signal));
  const line = context.columns === undefined || isJson ? undefined : new LiveLine(context.stderr, context.columns);
  try {
    const report = await stores.local.verify({
      repair: isRepairing,
      signal: abort.signal,
      onProgress: ({ bytesRead, bytesTotal }) =>
        line?.show(`read ${formatSize(bytesRead)} of ${formatSize(bytesTotal)}`),
    });
    const wrong = await findWrongEntries(stores, { report, isRepairing, signal: abort.signal });
    line?.clear();
    context.stdout.write(
      isJson ? `${JSON.stringify({ ...report, wrong }, undefined, 2)}\n` : toText(report, wrong, isRepairing),
    );
    const isSound = report.damage.length + wrong.length === 0;
    const isMended = isRepairing && report.damage.every(({ isRemoved }) => isRemoved);
    return isSound || isMended ? 0 : 1;
  } catch (error) {
    line?.clear();
    if (!abort.signal.aborted) throw error;
    return abort.signal.reason === 'SIGTERM' ? 143 : 130;
  } finally {
    stopListening();
  }
}

/** What no digest shows: blobs that are sound, but make no artifact, or that of another key. */
async function findWrongEntries(
  { local }: OpenStores,
  options: { readonly report: VerifyReport; readonly isRepairing: boolean; readonly signal: AbortSignal },
): Promise<readonly WrongEntry[]> {
  const { report, isRepairing, signal } = options;
  const known = new Set(report.damage.flatMap(({ affects }) => affects.map(({ key }) => key)));
  const entries = (await local.list({ signal })).filter(({ key }) => !known.has(key));
  const codec = selectCodec();
  const wrong: WrongEntry[] = [];
  await mapBounded(entries, PARALLEL_HEADS, async (entry) => {
    const problem = await problemOf(entry, codec, signal);
    if (problem === undefined) return;
    wrong.push({ key: entry.key, task: entry.description.task, problem });
    if (isRepairing) await local.discard(entry.key, { signal });
  });
  return wrong;
}

async function problemOf(
  entry: ArtifactHit & { readonly key: CacheKey },
  codec: Codec,
  signal: AbortSignal,
): Promise<string | undefined> {
  try {
    const { description } = entry;
    const openBlob = (index: number) => entry.openBlob(index, { signal });
    const { metadata, log } = await readArtifactHead({ description, openBlob, codec, signal });
    await log[Symbol.asyncIterator]().return?.();
    return metadata.key === entry.key ? undefined : `made for the key ${metadata.key}`;
  } catch (error) {
    if (signal.aborted || !isVelocityError(error) || !error.code.startsWith('ARTIFACT_')) throw error;
    return errorMessage(error);
  }
}

function toText(report: VerifyReport, wrong: readonly WrongEntry[], isRepairing: boolean): string {
  const { records, blobs, bytesRead, damage, foreign, garbage, removed, leftovers } = report;
  const lines = damage.map(({ problem, objectKey, affects, isRemoved }) => {
    const tasks = [...new Set(affects.map(({ key, task }) => printablePath(task ?? key.slice(0, 12))))];
    return `${problem.padEnd(17)}  ${objectKey}${tasks.length === 0 ? '' : `  (${tasks.join(', ')})`}${isRemoved ? '  removed' : ''}`;
  });
  for (const { key, task, problem } of wrong)
    lines.push(
      `${'wrong-content'.padEnd(17)}  ${key}  (${printablePath(task)}): ${problem}${isRepairing ? '  removed' : ''}`,
    );
  for (const key of foreign) lines.push(`${'foreign'.padEnd(17)}  ${printablePath(key)}  left alone`);
  const count = damage.length + wrong.length;
  lines.push(
    `read ${records} entries and ${blobs} blobs, ${formatSize(bytesRead)}: ${count === 0 ? 'all sound' : `${count} damaged`}`,
  );
  if (garbage.count > 0)
    lines.push(
      `${garbage.count} blobs, ${formatSize(garbage.bytes)}, belong to no entry; \`velocity cache gc\` takes them`,
    );
  if (leftovers.count > 0)
    lines.push(`${leftovers.count} temporary files, ${formatSize(leftovers.bytes)}${isRepairing ? ', removed' : ''}`);
  if (isRepairing && count > 0)
    lines.push(
      `removed ${removed.records + wrong.length} entries and ${removed.blobs} blobs; the tasks run again when they are next wanted`,
    );
  else if (count > 0) lines.push('`velocity cache verify --repair` removes what is damaged');
  return `${lines.join('\n')}\n`;
}
