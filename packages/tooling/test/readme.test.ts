/** The README of the repository promises nothing that is not there. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import { runProcess, tempDir } from '@velocity/testing';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const readme = readFileSync(join(root, 'README.md'), 'utf8');
const agent = join(root, 'apps/agent/dist/velocity.js');
const server = join(root, 'apps/gateway/dist/velocity-server.js');

async function output(program: string, ...args: string[]): Promise<string> {
  const { stdout, stderr } = await runProcess(process.execPath, [program, ...args]);
  return stdout + stderr;
}

/** The rows of the table below a heading: the cells without their code marks. */
function table(heading: string): string[][] {
  const section = readme.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0] ?? '';
  const rows = section.split('\n').filter((line) => line.startsWith('|'));
  return rows.slice(2).map((row) =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
}

function codeIn(text: string): string[] {
  return [...text.matchAll(/`([^`]+)`/g)].map(([, code]) => code ?? '');
}

describe('the README', () => {
  let help: string;
  let runHelp: string;
  let serverHelp: string;

  beforeAll(async () => {
    [help, runHelp, serverHelp] = await Promise.all([
      output(agent, '--help'),
      output(agent, 'run', '--help'),
      output(server, '--help'),
    ]);
  });

  test('names every command of the agent, and no other', () => {
    const named = new Set<string>();
    for (const code of table('Commands').flatMap(([cell]) => codeIn(cell ?? ''))) {
      const [program, command = '', words = ''] = code.replaceAll('\\|', '|').split(' ');
      if (program !== 'velocity') continue;
      const isGroup = words.includes('|') && !words.startsWith('[');
      for (const word of isGroup ? words.split('|') : ['']) named.add([command, word].filter(Boolean).join(' '));
    }
    named.delete('build');
    const known = [...help.matchAll(/^ {2}velocity ([a-z]+(?: [a-z]+)?) {2}/gm)].map(([, name]) => name ?? '');
    expect([...named].sort()).toEqual(known.sort());
  });

  test('names only flags that `velocity run` has', () => {
    const paragraph = /`velocity run` takes[\s\S]*?VELOCITY_<NAME>/.exec(readme)?.[0] ?? '';
    const flags = [...paragraph.matchAll(/--[a-z-]+/g)].map(([flag]) => flag).filter((flag) => flag !== '--help');
    expect(flags.length).toBeGreaterThan(10);
    for (const flag of flags) expect(runHelp).toContain(flag);
  });

  test('names every variable and flag of the gateway, and no other', () => {
    const named = table("The gateway's variables").flatMap(([cell]) => codeIn(cell ?? ''));
    const known = [...serverHelp.matchAll(/^ {2}(VC_[A-Z0-9_]+) {2}/gm)].map(([, name]) => name ?? '');
    expect(named.sort()).toEqual(known.sort());
    for (const flag of ['--port', '--bind', '--storage-dir', '--max-size', '--log-level']) {
      expect(readme).toContain(`\`${flag}\``);
      expect(serverHelp).toContain(flag);
    }
  });

  test('shows configuration that is valid', async () => {
    const [, yaml = ''] = /```yaml\n([\s\S]*?)```/.exec(readme) ?? [];
    using dir = tempDir();
    mkdirSync(dir.join('packages/a'), { recursive: true });
    writeFileSync(dir.join('velocity.yml'), yaml);
    writeFileSync(dir.join('package.json'), '{"workspaces":["packages/*"]}');
    writeFileSync(dir.join('packages/a/package.json'), '{"name":"a","scripts":{"build":"true","test":"true"}}');
    const result = await runProcess(process.execPath, [agent, 'validate'], { cwd: dir.path });
    expect(result).toMatchObject({ exitCode: 0, stderr: '' });
  });

  test('names only keys of velocity.yml that its schema knows', async () => {
    const schema = await output(agent, 'schema');
    const keys = table('Configuration').flatMap(([cell]) => codeIn(cell ?? ''));
    const names = keys.map(
      (key) =>
        key
          .replace(/^…\./, '')
          .replace(/\."web#build"$/, '')
          .split('.')
          .at(-1) ?? '',
    );
    expect(names.length).toBeGreaterThan(20);
    for (const name of names) expect(schema).toContain(`"${name}"`);
  });

  test('names scripts that package.json has', () => {
    const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = [...readme.matchAll(/npm (?:run )?(demo|test|setup|jest|check)\b/g)].map(([, name]) => name ?? '');
    expect(new Set(named)).toEqual(new Set(['demo', 'test', 'setup', 'jest', 'check']));
    for (const name of named) expect(Object.keys(scripts)).toContain(name);
  });
});
