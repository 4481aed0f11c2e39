import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readTree, type Tree } from '@velocity/testing';
import { BUILD, createRig, monorepo, recorded, type Call, type Rig } from './rig.js';
import { canMount, mountTmpfs } from './support/disks.js';
import { lookUntil } from './support/kill-run.js';

const withMounts = canMount() ? test : test.skip;

interface Difference {
  readonly path: string;
  readonly kind: string;
  readonly cause?: string;
  readonly [field: string]: unknown;
}

interface Document {
  readonly exitCode: number;
  readonly leftOut: readonly string[];
  readonly tasks: readonly {
    readonly taskId: string;
    readonly status: string;
    readonly files: number;
    readonly differing: number;
    readonly differences: readonly Difference[];
    readonly mayFollowFrom: readonly string[];
    readonly log?: Difference;
    readonly writtenInputs: readonly { readonly path: string; readonly others: readonly string[] }[];
    readonly undeclaredOutputs: readonly { readonly path: string; readonly others: readonly string[] }[];
  }[];
}

/** A workspace whose package `solo` has one task `build`, the command of which writes to `dist`. */
function solo(command: string, more: object = {}, tree: Tree = {}): Rig {
  const build = { command: recorded(`mkdir dist && { ${command}; }`), outputs: ['dist'], ...more };
  return createRig(monorepo({ pipeline: { build } }, tree));
}

const verify = (rig: Rig, ...args: string[]): Promise<Call> => rig.run(...args, '--verify=full');

async function verified(rig: Rig, ...args: string[]): Promise<Document & { readonly call: Call }> {
  const call = await verify(rig, ...args, '--json');
  const document = JSON.parse(call.stdout) as Document;
  expect(document.exitCode).toBe(call.exitCode);
  return { ...document, call };
}

/** What is said of `solo#build`. */
async function verdict(rig: Rig, ...args: string[]) {
  const { tasks } = await verified(rig, 'solo#build', ...args);
  expect(tasks).toHaveLength(1);
  return tasks[0] as Document['tasks'][number];
}

/** A shell command that does one thing in one of the two executions and another in the other. */
function either(first: string, second: string): string {
  return `case "$PWD" in */velocity-verify-a-*) ${first};; *) ${second};; esac`;
}

/** A shell command that writes what an expression of JavaScript's yields to `dist/f`. */
function node(expression: string): string {
  return `node -e "console.log(${expression})" > dist/f`;
}

function gzipHeader(moreSeconds: number): string {
  const time = `u.writeUInt32LE(Date.now() / 1000 + ${moreSeconds}, 4)`;
  return `node -e "const u = Buffer.from('1f8b0800000000000003', 'hex'); ${time}; fs.writeFileSync('dist/f', u)"`;
}

/** Every path with what can be seen of it from outside, times included. */
function listing(folder: string): Record<string, unknown> {
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();
  return Object.fromEntries(
    ['.', ...paths].map((path) => {
      const { mode, ino, size, mtimeMs, ctimeMs } = lstatSync(join(folder, path));
      return [path, [mode, ino, size, mtimeMs, ctimeMs]];
    }),
  );
}

/** Everything on the rig's machine that is not the workspace, by name. */
function left(rig: Rig): string[] {
  const machine = dirname(rig.root);
  return [...readdirSync(machine), ...readdirSync(rig.tempDir).map((name) => `tmp/${name}`)].sort();
}

/** Those whose current folder lies below one of these. */
function processesIn(folders: readonly string[]): string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      const folder = /^\d+$/.test(name) ? readlinkSync(`/proc/${name}/cwd`) : '';
      return folders.some((parent) => folder.startsWith(parent));
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

describe('tasks whose outputs come out the same', () => {
  test('are executed twice, said to be the same, and exit with 0', async () => {
    using rig = createRig(monorepo());
    const { exitCode, stdout, stderr, executed } = await verify(rig, 'build');
    expect([exitCode, stderr]).toEqual([0, '']);
    expect(executed).toEqual(['app#build', 'app#build', 'lib#build', 'lib#build', 'solo#build', 'solo#build']);
    expect(stdout.match(/^\w+:build +same +1 file$/gm)?.sort()).toEqual([
      'app:build   same        1 file',
      'lib:build   same        1 file',
      'solo:build  same        1 file',
    ]);
    expect(stdout).toMatch(/ Tasks {3}3 same\n Files {3}3 compared · 0 different\n Time /);
  });

  test('leave the workspace as it was, to the times, and neither copies nor results behind', async () => {
    using rig = createRig(monorepo());
    mkdirSync(rig.path('packages/solo/dist'));
    rig.write({ 'packages/solo/dist/old.txt': 'old' });
    const before = [listing(rig.root), left(rig)];
    expect((await verify(rig, 'build')).exitCode).toBe(0);
    expect([listing(rig.root), left(rig)]).toEqual(before);
    expect(existsSync(rig.cacheDir)).toBe(false);
  });

  test('are the same whatever their logs say, which is a note', async () => {
    using rig = solo('echo done > dist/out.txt; pwd');
    const { exitCode, stdout } = await verify(rig, 'solo#build');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/solo:build +same +1 file\n {2}note its log differs: line 1, byte \d+: absolute path\n/);
  });

  test('are those of the package around the current folder, and of the arguments after --', async () => {
    using rig = createRig(monorepo({ pipeline: { build: { command: recorded('echo got') } } }));
    const args = ['run', 'build', '--verify=full', '--', 'an argument'];
    const call = await rig.velocity(args, { cwd: 'packages/solo/src' });
    expect([call.exitCode, call.executed]).toEqual([0, ['solo#build', 'solo#build']]);
    expect(call.stdout).toContain('solo:build > got an argument\n');
  });
});

describe('outputs that differ', () => {
  test.each([
    ['a time stamp', node("'let a;\\nat ' + Date.now()"), { line: 2, cause: 'time stamp' }],
    [
      'a date',
      either(node('new Date().toUTCString()'), node('new Date(Date.now() + 5e7).toUTCString()')),
      { line: 1, cause: 'time stamp' },
    ],
    ['an ISO date', node('new Date().toISOString()'), { line: 1, cause: 'time stamp' }],
    ['the path of the folder', 'echo "at $PWD/src:1" > dist/f', { line: 1, cause: 'absolute path' }],
    ['a random value', node('crypto.randomUUID()'), { cause: 'random value or digest' }],
    ['Math.random()', node('Math.random()'), { cause: 'random value or digest' }],
    [
      'lines in another order',
      either(`printf 'a\\nb\\nc\\n' > dist/f`, `printf 'a\\nc\\nb\\n' > dist/f`),
      { line: 2, offset: 2, first: 'b', second: 'c', cause: 'order of lines' },
    ],
    [
      'values in another order',
      either(`echo '{"a":1,"b":2}' > dist/f`, `echo '{"b":2,"a":1}' > dist/f`),
      { cause: 'order of values' },
    ],
    [
      'nothing that is known',
      either('echo one > dist/f', 'echo two > dist/f'),
      { offset: 0, first: 'one', second: 'two' },
    ],
    [
      'one file that goes on',
      either('printf same > dist/f', 'printf same-and-more > dist/f'),
      { offset: 4, first: 'same', second: 'same-and-more' },
    ],
    [
      'control characters',
      either(`printf 'a\\033[31m' > dist/f`, `printf 'b\\033[31m' > dist/f`),
      { first: 'a\\u001b[31m', second: 'b\\u001b[31m' },
    ],
    [
      'bytes that are no text',
      either(`printf '\\000\\001' > dist/f`, `printf '\\000\\377' > dist/f`),
      { offset: 1, first: '01', second: 'ff' },
    ],
    ['the seconds in a gzip header', either(gzipHeader(0), gzipHeader(1)), { cause: 'time stamp' }],
  ])('by %s are named with the place and a likely cause', async (_name, command, expected) => {
    using rig = solo(command);
    const { status, files, differing, differences } = await verdict(rig);
    expect({ status, files, differing }).toEqual({ status: 'different', files: 1, differing: 1 });
    expect(differences).toMatchObject([{ path: 'packages/solo/dist/f', kind: 'content', ...expected }]);
    expect(Object.keys(differences[0] ?? {}).includes('cause')).toBe('cause' in expected);
  });

  test.each([
    [
      'an executable bit',
      'touch dist/f; [ -x dist/f ] || chmod +x dist/f',
      'touch dist/f',
      { kind: 'executable', first: 'executable', second: 'not executable' },
    ],
    ['a type', 'mkdir dist/f', 'touch dist/f', { kind: 'type', first: 'directory', second: 'file' }],
    ["a link's target", 'ln -s one dist/f', 'ln -s two dist/f', { kind: 'target', first: 'one', second: 'two' }],
    ['a link into the copy', 'ln -s "$PWD" dist/f', 'ln -s "$PWD" dist/f', { kind: 'target', cause: 'absolute path' }],
    ['a file', 'touch dist/f', 'true', { kind: 'presence', onlyIn: 'first', cause: 'only in one execution' }],
    ['another file', 'true', 'touch dist/f', { kind: 'presence', onlyIn: 'second', cause: 'only in one execution' }],
  ])('by %s are named', async (_name, first, second, expected) => {
    using rig = solo(`touch dist/same; ${either(first, second)}`);
    const { status, differing, differences } = await verdict(rig);
    expect([status, differing]).toEqual(['different', 1]);
    expect(differences).toMatchObject([{ path: 'packages/solo/dist/f', ...expected }]);
  });

  test('are shown with both lines, and exit with 1', async () => {
    using rig = solo(either('echo "version one" > dist/f', 'echo "version two" > dist/f'));
    const { exitCode, stdout, stderr } = await verify(rig, 'solo#build');
    expect([exitCode, stderr]).toEqual([1, '']);
    expect(stdout).toContain(
      [
        'solo:build  DIFFERS     1 of 1 file',
        '  packages/solo/dist/f: line 1, byte 8',
        '    1 version one',
        '    2 version two',
        '',
      ].join('\n'),
    );
  });

  test('in a long line are cut to what is around the place', async () => {
    const long = (middle: string): string => node(`'x'.repeat(90000) + '${middle}' + 'y'.repeat(90000)`);
    using rig = solo(either(long('one'), long('two')));
    const [difference] = (await verdict(rig)).differences;
    expect(difference).toMatchObject({ offset: 90000, line: 1 });
    expect(difference?.['first']).toMatch(/^…x{50}oney{47}…$/);
  });

  test('beyond the tenth are counted', async () => {
    using rig = solo('for n in 1 2 3 4 5 6 7 8 9 10 11 12; do pwd > dist/f$n; done');
    const { stdout } = await verify(rig, 'solo#build');
    expect(stdout).toContain('DIFFERS     12 of 12 files');
    expect(stdout.match(/^ {2}packages\/solo\/dist\/f\d+: /gm)).toHaveLength(10);
    expect(stdout).toContain('\n  +2 more\n');
  });

  test('of a task that is not cached are said, and are no failure', async () => {
    using rig = solo('pwd > dist/f', { cache: false });
    const { exitCode, stdout } = await verify(rig, 'solo#build');
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/solo:build +differs +1 of 1 file; it is not cached/);
    expect(stdout).toContain(' Tasks   0 same · 1 different, not cached\n');
  });

  test('are told apart: where they begin, and where they may only follow', async () => {
    const pipeline = {
      build: { command: recorded('mkdir dist && touch dist/f'), outputs: ['dist'], depends_on: ['^build'] },
      test: { command: recorded('cat ../lib/dist/f > report'), outputs: ['report'], depends_on: ['build'] },
    };
    const overrides = { 'lib#build': { command: recorded('mkdir dist && pwd > dist/f') } };
    using rig = createRig(monorepo({ pipeline, overrides }));
    const { tasks, exitCode } = await verified(rig, 'build', 'app#test');
    expect(exitCode).toBe(1);
    expect(tasks.map(({ taskId, status, mayFollowFrom }) => [taskId, status, mayFollowFrom])).toEqual([
      ['app#build', 'same', []],
      ['solo#build', 'same', []],
      ['lib#build', 'different', []],
      ['app#test', 'different', ['lib:build']],
    ]);
    const { stdout } = await verify(rig, 'app#test');
    expect(stdout).toMatch(/app:test +DIFFERS +1 of 1 file; may only follow from lib:build\n/);
  });
});

describe('what a task writes beside its outputs', () => {
  test('is named where it is its own input, whatever the content', async () => {
    using rig = solo('echo more >> src/main.txt; cp package.json x; cat x > package.json; rm x');
    const { status, writtenInputs, undeclaredOutputs } = await verdict(rig);
    expect([status, undeclaredOutputs]).toEqual(['same', []]);
    expect(writtenInputs).toEqual(
      ['package.json', 'src/main.txt'].map((path) => ({ path: `packages/solo/${path}`, others: [] })),
    );
    const { exitCode, stdout } = await verify(rig, 'solo#build');
    expect(exitCode).toBe(0);
    expect(stdout).toContain('\n  note wrote its own input packages/solo/src/main.txt: its result cannot be stored\n');
  });

  test('is named where a hit would not bring it back, unless git ignores it or another task declares it', async () => {
    using rig = solo('echo 1 > src/generated.ts; mkdir .cache; touch .cache/x; mkdir docs; touch docs/y');
    rig.write({ '.gitignore': '.cache\n' });
    rig.write({
      'velocity.yml': rig
        .read('velocity.yml')
        .replace('"pipeline": {', '"pipeline": {"docs":{"outputs":["docs"],"command":"mkdir -p docs"},'),
    });
    const [build] = (await verified(rig, 'solo#build', 'solo#docs', '--concurrency=1')).tasks;
    expect(build?.undeclaredOutputs).toEqual([{ path: 'packages/solo/src/generated.ts', others: [] }]);
    const { stdout } = await verify(rig, 'solo#build', 'solo#docs', '--concurrency=1');
    expect(stdout).toContain(
      'note undeclared output packages/solo/src/generated.ts: it would not come back on a hit\n',
    );
  });

  test('is said of each that may have been it', async () => {
    const wait = (file: string): string => `until [ -e ${file} ]; do sleep 0.01; done`;
    const pipeline = {
      lint: { command: recorded(`touch ../../lint && ${wait('src/new.ts')}`), inputs: ['src/main.txt'] },
      make: { command: recorded(`${wait('../../lint')} && touch src/new.ts`), inputs: ['src/main.txt'] },
    };
    using rig = createRig(monorepo({ pipeline }));
    const { tasks } = await verified(rig, 'solo#lint', 'solo#make', '--concurrency=2');
    expect(tasks.map((task) => task.undeclaredOutputs)).toEqual([
      [{ path: 'packages/solo/src/new.ts', others: ['solo:make'] }],
      [{ path: 'packages/solo/src/new.ts', others: ['solo:lint'] }],
    ]);
  });
});

describe('tasks that fail', () => {
  test('give their exit code, with what they said, and no copy stays behind', async () => {
    using rig = solo('echo the reason >&2; exit 3');
    const before = left(rig);
    const { exitCode, stdout, stderr } = await verify(rig, 'solo#build');
    expect(exitCode).toBe(3);
    expect(stdout).toMatch(/solo:build +FAILED +exit code 3\n/);
    expect(stderr).toContain('the reason');
    expect(left(rig).filter((name) => name !== 'executions')).toEqual(before);
  });

  test('in one execution only differ, and those that wait for them are not compared', async () => {
    const pipeline = {
      build: { command: recorded(either('true', 'exit 4')) },
      test: { command: recorded(), depends_on: ['build'] },
    };
    using rig = createRig(monorepo({ pipeline }));
    const { stdout, exitCode } = await verify(rig, 'solo#test');
    expect(exitCode).toBe(4);
    expect(stdout).toMatch(/solo:build +DIFFERS +exit code 0, then exit code 4\n/);
    expect(stdout).toMatch(/solo:test +skipped +not executed twice\n/);
  });
});

describe('the copies', () => {
  test('hold everything, with modes, times and links, but no outputs that git does not track', async () => {
    using rig = createRig(
      monorepo({
        pipeline: {
          build: {
            command: recorded('true'),
            outputs: ['dist', 'tracked'],
            clean: false,
          },
          look: { command: 'cd ../.. && tar cf "$RECORD.$(basename "$PWD" | cut -d- -f3).tar" .', cache: false },
        },
      }),
    );
    expect(
      (
        await rig.shell(
          'git init -q . && echo ignored > .gitignore && mkdir packages/solo/tracked && echo 1 > packages/solo/tracked/f && git add -A',
        )
      ).exitCode,
    ).toBe(0);
    rig.write({
      'packages/solo/dist/old': 'old',
      'packages/solo/tracked/untracked': 'old',
      'ignored/file': 'i',
      'node_modules/dep/index.js': 'd',
      'node_modules/dep/run': { executable: 'r' },
      'packages/solo/relative': { link: '../lib/src' },
      'packages/solo/broken': { link: 'nowhere' },
      'packages/solo/outside': { link: '/nowhere/else' },
      empty: { dir: true },
      '.velocity/tasks/x': '1',
    });
    symlinkSync(rig.path('node_modules/dep'), rig.path('packages/solo/absolute'));
    utimesSync(rig.path('ignored/file'), 1000, 2000);
    await rig.shell('mkfifo pipe && chmod 500 ignored');
    const call = await verify(rig, 'solo#build', 'solo#look');
    expect(call.exitCode).toBe(0);
    for (const copy of ['a', 'other']) {
      const place = join(dirname(rig.root), `seen-${copy}`);
      mkdirSync(place);
      await rig.shell(`tar xf "$RECORD.${copy}.tar" -C ${place}`);
      const { 'packages/solo/absolute': absolute, ...tree } = readTree(place);
      expect(absolute).toMatch(new RegExp(`^link ${dirname(rig.root)}/velocity-verify-${copy}-\\w+/node_modules/dep$`));
      const own = (path: string): boolean => path.startsWith('.velocity');
      const expected = Object.entries(readTree(rig.root)).filter(
        ([path]) =>
          !own(path) &&
          !['pipe', 'packages/solo/absolute', 'packages/solo/dist/old', 'packages/solo/tracked/untracked'].includes(
            path,
          ),
      );
      expect(Object.fromEntries(Object.entries(tree).filter(([path]) => !own(path)))).toEqual(
        Object.fromEntries(expected),
      );
      expect(existsSync(join(place, '.velocity/tasks/x'))).toBe(false);
      expect(statSync(join(place, 'ignored/file')).mtimeMs).toBe(2_000_000);
      expect(statSync(join(place, 'ignored')).mode & 0o777).toBe(0o500);
    }
  });

  test('start without the folders that hold nothing but outputs, and with --only keep what others have made', async () => {
    const pipeline = {
      build: { command: BUILD, outputs: ['dist/**'], depends_on: ['^build'] },
    };
    const overrides = { 'app#build': { command: recorded('cat ../lib/dist/out.txt && mkdir dist && touch dist/f') } };
    using rig = createRig(monorepo({ pipeline, overrides }));
    await rig.run('build');
    const { exitCode, executed } = await verify(rig, 'app#build', '--only');
    expect([exitCode, executed]).toEqual([0, ['app#build', 'app#build']]);
  });

  withMounts('are made in the temporary folder where the workspace is a device of its own', async () => {
    using rig = createRig({});
    using _disk = mountTmpfs(rig.root, '16m');
    rig.write(monorepo());
    const { exitCode, stdout } = await verify(rig, 'solo#build');
    expect([exitCode, readdirSync(rig.tempDir)]).toEqual([0, []]);
    expect(stdout).toContain(`execution 2 of 2, in ${rig.tempDir}/velocity-verify-other-`);
  });

  withMounts('that find no room are one line, and go', async () => {
    using rig = createRig(monorepo());
    rig.write({ big: Buffer.alloc(2 * 1024 * 1024) });
    const machine = join(dirname(rig.root), 'machine');
    using _disk = mountTmpfs(machine, '5m');
    await rig.shell(`cp -a . ${machine}/workspace`);
    const call = await rig.shell(`cd ${machine}/workspace && "$0" "$1" run solo#build --verify=full`);
    expect([call.exitCode, readdirSync(machine)]).toEqual([1, ['workspace']]);
    expect(call.stderr).toMatch(/^error no room for a scratch copy of the workspace: .*ENOSPC.*\nhint .*\n$/);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('go on %s, and so do the tasks', async (signal, exitCode) => {
    using rig = solo('echo at it; sleep 300');
    const before = [listing(rig.root), left(rig)];
    await using run = await rig.start(['run', 'solo#build', '--verify=full']);
    await run.waitForLine(/> at it/);
    expect(readdirSync(dirname(rig.root)).filter((name) => name.startsWith('velocity-verify-'))).toHaveLength(2);
    run.kill(signal);
    const result = await run.result;
    expect([result.exitCode, result.stderr]).toEqual([exitCode, '']);
    rig.executions();
    expect([listing(rig.root), left(rig)]).toEqual(before);
  });
});

describe('copies of a verification that was killed', () => {
  const scratch = (rig: Rig): string[] =>
    [...readdirSync(dirname(rig.root)), ...readdirSync(rig.tempDir)].filter((name) =>
      name.startsWith('velocity-verify-'),
    );
  const hasCopied = (rig: Rig, files: number): boolean => {
    const copy = scratch(rig).find((name) => name.startsWith('velocity-verify-a-'));
    const many = join(dirname(rig.root), copy ?? '-', 'many');
    return existsSync(many) && readdirSync(many).length > files;
  };
  const pipeline = { build: { command: recorded('echo at it; sleep 300') }, other: { command: recorded() } };

  test('go with the next one, and so does what it left running; those of one that runs stay', async () => {
    using rig = createRig(monorepo({ pipeline }));
    const before = [listing(rig.root), left(rig)];
    const run = await rig.start(['run', 'solo#build', '--verify=full']);
    await run.waitForLine(/> at it/);
    expect((await verify(rig, 'solo#other')).exitCode).toBe(0);
    expect(scratch(rig)).toHaveLength(2);
    const copies = scratch(rig).map((name) => join(dirname(rig.root), name));
    expect(processesIn(copies)).not.toEqual([]);
    run.killGroup('SIGKILL');
    await run.result;
    expect(scratch(rig)).toHaveLength(2);
    expect(processesIn(copies)).not.toEqual([]);
    const next = await verify(rig, 'solo#other');
    expect([next.exitCode, next.stderr]).toEqual([0, '']);
    expect(processesIn(copies)).toEqual([]);
    expect([listing(rig.root), left(rig)]).toEqual(before);
  });

  test('go also where it was killed while it copied, whatever their modes', async () => {
    using rig = createRig(monorepo({ pipeline }));
    rig.write(Object.fromEntries(Array.from({ length: 3000 }, (_, index) => [`many/${index}`, 'x'])));
    await rig.shell('mkdir locked && touch locked/x && chmod 500 locked');
    const run = await rig.start(['run', 'solo#other', '--verify=full']);
    await lookUntil(run.result, () => hasCopied(rig, 500) || undefined);
    run.killGroup('SIGKILL');
    await run.result;
    expect(scratch(rig)).toHaveLength(2);
    expect((await verify(rig, 'solo#other')).exitCode).toBe(0);
    expect(scratch(rig)).toEqual([]);
  });

  test('are no other folders of such a name', async () => {
    using rig = createRig(monorepo({ pipeline }));
    const others = ['velocity-verify-a-', 'velocity-verify-a-000000_zzzzz_1_AbCdEf', 'velocity-verify-a-notes'];
    for (const name of others) mkdirSync(join(dirname(rig.root), name));
    expect((await verify(rig, 'solo#other')).exitCode).toBe(0);
    expect(scratch(rig).sort()).toEqual(others);
  });
});

describe('--verify', () => {
  test('leaves out tasks that never end, and says so', async () => {
    const pipeline = {
      dev: { command: 'sleep 300', persistent: true, depends_on: ['build'] },
      build: { command: recorded() },
    };
    using rig = createRig(monorepo({ pipeline }));
    const { leftOut, tasks, exitCode } = await verified(rig, 'solo#dev');
    expect([leftOut, tasks.map(({ taskId }) => taskId), exitCode]).toEqual([['solo:dev'], ['solo#build'], 0]);
    const { stdout } = await verify(rig, 'solo#dev');
    expect(stdout).toContain('note solo:dev is left out: it is persistent and has no end\n');
    const nothing = await verify(rig, 'solo#dev', '--only');
    expect([nothing.exitCode, nothing.stderr.split('\n')[0]]).toEqual([1, 'error there is nothing to execute twice']);
  });

  test.each([
    [['--verify=fast'], 'error --verify does not take "fast"\nhint  use one of full\n'],
    [['--verify'], 'error --verify does not take ""\nhint  use one of full\n'],
    [['--verify=full', '--dry'], /^error --verify=full does not go with --dry\nhint {2}.*\n$/],
    [['--verify=full', '--graph'], /^error --verify=full does not go with --graph\nhint {2}.*\n$/],
    [['--verify=full', '--summarize'], /^error --verify=full does not go with --summarize\nhint {2}.*\n$/],
  ])('refuses %j in one line', async (flags, message) => {
    using rig = createRig(monorepo());
    const { exitCode, stdout, stderr, executed } = await rig.run('build', ...flags);
    expect([exitCode, stdout, executed]).toEqual([1, '', []]);
    if (typeof message === 'string') expect(stderr).toBe(message);
    else expect(stderr).toMatch(message);
  });

  test('can be asked for by the environment', async () => {
    using rig = createRig(monorepo());
    const { executed } = await rig.velocity(['solo#build'], { env: { VELOCITY_VERIFY: 'full' } });
    expect(executed).toEqual(['solo#build', 'solo#build']);
  });

  test('prints nothing but a document with --json, and no colours without a terminal', async () => {
    using rig = solo('pwd > dist/f');
    const { call } = await verified(rig, 'solo#build');
    expect(call.stderr).toBe('');
    const { stdout } = await rig.velocity(['run', 'solo#build', '--verify=full'], { env: { FORCE_COLOR: '1' } });
    expect(stdout).toContain('\u001b[31mDIFFERS');
    const plain = await rig.velocity(['run', 'solo#build', '--verify=full'], {
      env: { FORCE_COLOR: '1', NO_COLOR: '1' },
    });
    expect(plain.stdout).not.toContain('\u001b');
  });
});
