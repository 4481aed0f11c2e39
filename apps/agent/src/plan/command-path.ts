import { delimiter, join } from 'node:path';

/** The environment with the programs of the package's, its parents' and the workspace's `node_modules/.bin` on PATH, nearest first. */
export function commandPath(options: {
  readonly env: Readonly<Record<string, string>>;
  readonly root: string;
  readonly directory: string;
  readonly platform: NodeJS.Platform;
}): Record<string, string> {
  const { env, root, directory, platform } = options;
  const name = platform === 'win32' ? (Object.keys(env).find((key) => key.toUpperCase() === 'PATH') ?? 'Path') : 'PATH';
  const segments = directory === '' ? [] : directory.split('/');
  const folders: string[] = [];
  for (let length = segments.length; length >= 0; length--) {
    folders.push(join(root, ...segments.slice(0, length), 'node_modules', '.bin'));
  }
  return { ...env, [name]: [...folders, ...(env[name] ? [env[name]] : [])].join(delimiter) };
}
