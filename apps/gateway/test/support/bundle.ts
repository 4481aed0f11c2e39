import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { startProcess, tempDir } from '@velocity/testing';
import type { RunningProcess, TempDir } from '@velocity/testing';

const app = fileURLToPath(new URL('../..', import.meta.url));

/** The bundled program, in a folder of its own. */
export interface Bundle extends Disposable {
  readonly dir: TempDir;
  readonly program: string;
}

export function buildBundle(): Bundle {
  const dir = tempDir('velocity-gateway-bundle-');
  const { status, stderr } = spawnSync(process.execPath, ['build.mjs', dir.path], { cwd: app, encoding: 'utf8' });
  if (status !== 0 || stderr !== '') throw new Error(`build.mjs failed: ${stderr}`);
  return { dir, program: dir.join('velocity-server.js'), [Symbol.dispose]: () => dir[Symbol.dispose]() };
}

export interface RunningGateway extends RunningProcess {
  readonly url: string;
}

/** Starts the bundle on a free port; resolves once it says where. Nothing of this process's environment reaches it. */
export async function startGateway(
  { program }: Bundle,
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningGateway> {
  const running = await startProcess(process.execPath, [program, '--port', '0', ...args], { env });
  const match = await running.waitForLine(/^velocity-server listening on (\S+)$/m);
  return { ...running, url: match[1] ?? '' };
}

/** The log, line by line. */
export function logOf(running: RunningProcess): Record<string, unknown>[] {
  return running
    .stderr()
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
