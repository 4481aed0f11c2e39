import type { Package } from '@velocity/workspace';
import type { Draft, TaskSettings } from './draft.js';
import { namesIn } from './init-workspace.js';
import type { LanguageTasks } from './language-tasks.js';
import { readText } from './source-files.js';

/** Tests, linter and build of a Python package, as far as its files say which tools it uses. */
export function pythonTasks(root: string, { directory }: Package, draft: Draft): LanguageTasks {
  const inFolder = (name: string) => (directory === '' ? name : `${directory}/${name}`);
  const sources = ['pyproject.toml', 'requirements.txt', 'requirements-dev.txt', 'setup.cfg'].map(inFolder);
  const texts = sources.map((path) => ({ path, text: readText(root, path) })).filter(({ text }) => text !== undefined);
  const tasks = new Map<string, TaskSettings & { readonly command: string }>();
  const [first] = texts;
  if (first === undefined) return tasks;
  for (const { path } of texts) draft.sources.add(path);
  const all = texts.map(({ text }) => text).join('\n');
  const names = namesIn(root, directory);
  if (/\[build-system\]/.test(all) && (names.includes('uv.lock') || readText(root, 'uv.lock') !== undefined)) {
    // Without --out-dir a member of a uv workspace builds into the workspace's dist.
    tasks.set('build', { command: 'uv build --out-dir dist', outputs: ['dist/**'] });
  } else if (/\[tool\.poetry\]/.test(all)) tasks.set('build', { command: 'poetry build', outputs: ['dist/**'] });
  if (/\bpytest\b/.test(all)) tasks.set('test', { command: 'python3 -m pytest', outputs: [] });
  else if (names.includes('tests') || names.includes('test'))
    tasks.set('test', { command: 'python3 -m unittest', outputs: [] });
  if (/\bruff\b/.test(all)) tasks.set('lint', { command: 'ruff check .', outputs: [] });
  else if (/\bflake8\b/.test(all)) tasks.set('lint', { command: 'flake8', outputs: [] });
  if (tasks.size === 0)
    draft.notes.push(
      `${first.path}: no test runner, linter or build tool that is known here; add commands under overrides`,
    );
  return tasks;
}
