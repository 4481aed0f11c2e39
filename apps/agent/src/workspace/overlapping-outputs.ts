import type { TaskConfig } from '../config/types.js';

export interface OutputOwner {
  readonly package: string;
  readonly task: string;
  readonly config: TaskConfig;
}

/** Tasks of one package that declare the same output glob, or one inside a folder of the other: they would store each other's files. */
export function overlappingOutputs(tasks: Iterable<OutputOwner>): string[] {
  const byPackage = new Map<string, OutputOwner[]>();
  for (const task of tasks) {
    if (task.config.command === undefined || task.config.outputs.length === 0) continue;
    const others = byPackage.get(task.package);
    if (others === undefined) byPackage.set(task.package, [task]);
    else others.push(task);
  }
  return [...new Set([...byPackage.values()].flatMap(overlapsWithin))];
}

function overlapsWithin(owners: readonly OutputOwner[]): string[] {
  const claims = owners.flatMap((owner) =>
    owner.config.outputs
      .filter((glob) => !glob.startsWith('!'))
      .map((glob) => ({ id: `${owner.package}#${owner.task}`, glob, base: baseOf(glob) })),
  );
  return claims.flatMap((claim, index) =>
    claims
      .slice(index + 1)
      .filter((other) => other.id !== claim.id && isWithin(claim.base, other.base))
      .map((other) => {
        const what = claim.glob === other.glob ? claim.glob : `${claim.glob} and ${other.glob}`;
        return `${claim.id} and ${other.id} both write ${what}`;
      }),
  );
}

interface Base {
  readonly folder: string;
  readonly isWholeFolder: boolean;
}

/** The fixed folder that a glob starts with, and whether the glob takes all of it. */
function baseOf(glob: string): Base {
  const segments = glob.split('/');
  const firstWild = segments.findIndex((segment) => /[*?[{(]/.test(segment));
  if (firstWild === -1) return { folder: glob.replace(/\/+$/, ''), isWholeFolder: true };
  return {
    folder: segments.slice(0, firstWild).join('/'),
    isWholeFolder: segments[firstWild] === '**' && firstWild === segments.length - 1,
  };
}

function isWithin(a: Base, b: Base): boolean {
  if (a.folder === b.folder) return a.isWholeFolder || b.isWholeFolder;
  return (
    (a.isWholeFolder && b.folder.startsWith(`${a.folder}/`)) || (b.isWholeFolder && a.folder.startsWith(`${b.folder}/`))
  );
}
