import type { ProcessResult } from '@velocity/testing';

const STATUS = /^(\S+) +(fresh|hit local|hit remote|ran|NOT STORED|FAILED|skipped|cancelled|running)(?: |$)/gm;

/** How each task ended, as its line says: `{ 'lib:build': 'fresh' }`. */
export function outcomes({ stdout }: Pick<ProcessResult, 'stdout'>): Record<string, string> {
  return Object.fromEntries([...stdout.matchAll(STATUS)].map(([, task = '', word = '']) => [task, word]));
}

/** Why a task ran, as its line says; undefined when it says nothing. */
export function reasonOf({ stdout }: Pick<ProcessResult, 'stdout'>, task: string): string | undefined {
  const lines = stdout.split('\n').filter((line) => line.startsWith(`${task} `));
  return lines.map((line) => /^\S+ +MISS +[0-9a-f]{8} {2}(.*)$/.exec(line)?.[1]).find((reason) => reason !== undefined);
}

/** Why the result of a task was not stored, as its line says; undefined when it was, or says nothing. */
export function notStoredReason({ stdout }: Pick<ProcessResult, 'stdout'>, task: string): string | undefined {
  const lines = stdout.split('\n').filter((line) => line.startsWith(`${task} `));
  return lines.flatMap((line) => /^\S+ +NOT STORED +[0-9a-f]{8} {2}(.*)$/.exec(line)?.[1] ?? [])[0];
}

/** The lines that a task said on one of its outputs, as they came out on the same one of ours. */
export function outputOf(
  run: Pick<ProcessResult, 'stdout' | 'stderr'>,
  task: string,
  stream: 'stdout' | 'stderr' = 'stdout',
): string[] {
  return run[stream].split('\n').flatMap((line) => {
    const [label, ...rest] = line.split(' > ');
    return label?.trim() === task && rest.length > 0 ? [rest.join(' > ')] : [];
  });
}

/** What `--json` wrote, event by event. */
export function events({ stdout }: Pick<ProcessResult, 'stdout'>): Record<string, unknown>[] {
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
