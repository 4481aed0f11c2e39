import { listTasks } from './list-tasks.js';
import type { OpenWorkspace } from './open-workspace.js';

/** Tasks of one package that declare the same output glob, or one inside a folder of the other: they would store each other's files. */
export function overlappingOutputs(workspace: OpenWorkspace): string[] {
  const problems: string[] = [];
  for (const owner of workspace.packages) {
    const claims = listTasks(workspace, owner)
      .filter(({ config }) => config.command !== undefined)
      .flatMap(({ name, config }) =>
        config.outputs.filter((glob) => !glob.startsWith('!')).map((glob) => ({ name, glob, base: baseOf(glob) })),
      );
    for (const [index, claim] of claims.entries()) {
      for (const other of claims.slice(index + 1)) {
        if (other.name === claim.name || !isWithin(claim.base, other.base)) continue;
        problems.push(
          `${owner.name}#${claim.name} and ${owner.name}#${other.name} both write ${claim.glob === other.glob ? claim.glob : `${claim.glob} and ${other.glob}`}`,
        );
      }
    }
  }
  return [...new Set(problems)];
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
