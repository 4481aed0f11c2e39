import type { Package } from '@velocity/workspace';
import type { Draft } from './draft.js';
import { namesIn } from './init-workspace.js';
import type { LanguageTasks } from './language-tasks.js';

/** `go build` and `go test`. Programs go to `bin`; a module without any is compiled to see that it can be. */
export function goTasks(root: string, { directory, manifests }: Package, draft: Draft): LanguageTasks {
  const file = manifests.find(({ kind }) => kind === 'go')?.path;
  if (file === undefined) return new Map();
  draft.sources.add(file);
  const names = namesIn(root, directory);
  // `go build -o bin/` fails where no package is a program.
  const hasPrograms = names.includes('main.go') || names.includes('cmd');
  return new Map([
    [
      'build',
      hasPrograms
        ? { command: 'go build -o bin/ ./...', outputs: ['bin/**'] }
        : { command: 'go build ./...', outputs: [] },
    ],
    ['test', { command: 'go test ./...', outputs: [] }],
  ]);
}
