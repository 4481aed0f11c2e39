import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { errorMessage, isCacheKey, isErrno, VelocityError, type CacheKey } from '@velocity/core';
import * as v from 'valibot';
import { ownPath } from '../workspace/own-folder.js';
import { parseFingerprint } from './parse-fingerprint.js';
import type { Reference } from './reference.js';

const RunSchema = v.looseObject({
  execution: v.looseObject({ endTime: v.number() }),
  tasks: v.array(
    v.looseObject({
      taskId: v.optional(v.string()),
      hash: v.optional(v.custom<CacheKey>(isCacheKey)),
      fingerprint: v.optional(v.unknown()),
    }),
  ),
});

/**
 * A task as a run with `--summarize` saw it, on this machine or another: `text` is the run's id, or the path of its file.
 * @throws VelocityError `USAGE` where there is no such run, or the task was not part of it
 */
export function findInRun(
  text: string,
  task: string,
  { root, cwd }: { readonly root: string; readonly cwd: string },
): Reference {
  const run = readRun(text, [ownPath(root, 'runs', `${text}.json`), resolve(cwd, text)]);
  const found = run.tasks.find(({ taskId }) => taskId === task);
  const fingerprint = found?.hash && parseFingerprint(found.fingerprint, found.hash);
  if (found?.hash === undefined || fingerprint === undefined) {
    throw new VelocityError('USAGE', `the run ${text} does not say how ${task} was made`, {
      hint: 'it must be of this version and have run the task',
    });
  }
  const createdAt = new Date(run.execution.endTime).toISOString();
  return { source: 'run', key: found.hash, fingerprint, createdAt };
}

function readRun(text: string, files: readonly string[]): v.InferOutput<typeof RunSchema> {
  for (const file of files) {
    try {
      return v.parse(RunSchema, JSON.parse(readFileSync(file, 'utf8')));
    } catch (error) {
      if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EISDIR', 'ENAMETOOLONG')) continue;
      throw new VelocityError('USAGE', `${text} is not the summary of a run: ${errorMessage(error)}`, { cause: error });
    }
  }
  throw new VelocityError('USAGE', `--vs ${text}: there is no such key, run or file`, {
    hint: 'write last, the beginning of a key, the id of a run with --summarize, or the path of its file',
  });
}
