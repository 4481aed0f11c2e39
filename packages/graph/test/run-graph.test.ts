import { describe, expect, test } from '@jest/globals';
import {
  priorities,
  runGraph,
  type FailureMode,
  type RunGraphOptions,
  type TaskGraph,
  type TaskNode,
} from '@velocity/graph';
import { graphOf, type Definition } from './support.js';

type Options = RunGraphOptions<Definition, string>;

const defaults: Options = { concurrency: 2, failureMode: 'stop', isFailure: (outcome) => outcome === 'bad' };

/** A run in which the test says when a task ends: by an outcome, or `by` an error. */
function start(graph: TaskGraph<Definition>, options: Partial<Options> = {}) {
  const started: string[] = [];
  const signals = new Map<string, AbortSignal>();
  const ends = new Map<string, { resolve: (outcome: string) => void; reject: (error: unknown) => void }>();
  const done = runGraph<Definition, string>(
    graph,
    (task, { signal }) => {
      started.push(task.package);
      signals.set(task.package, signal);
      return new Promise((resolve, reject) => ends.set(task.package, { resolve, reject }));
    },
    { ...defaults, ...options },
  );
  // A run that is expected to reject is awaited later than it rejects.
  done.catch(() => {});
  return {
    started,
    done,
    signalOf: (name: string) => signals.get(name) as AbortSignal,
    end: async (name: string, outcome = 'good') => settle(() => ends.get(name)?.resolve(outcome)),
    fail: async (name: string, error: unknown) => settle(() => ends.get(name)?.reject(error)),
    results: async () =>
      Object.fromEntries(
        [...(await done)].map(([id, result]) => {
          if (result.status === 'ended') return [id.replace('#run', ''), result.outcome];
          return [id.replace('#run', ''), result.status === 'skipped' ? `because ${result.because}` : result.status];
        }),
      ),
  };
}

/** Everything that follows from `action` without the outside world has happened. */
async function settle(action: () => void): Promise<void> {
  action();
  await new Promise((resolve) => setImmediate(resolve));
}

describe('the order', () => {
  test('is bounded, starts the longest path first, and equals by name', async () => {
    const graph = graphOf({ short: [], also: [], long: [], next: ['long'], last: ['next'] });
    const it = start(graph);
    expect(it.started).toEqual(['long', 'also']);
    await it.end('also');
    expect(it.started).toEqual(['long', 'also', 'short']);
    await it.end('long');
    expect(it.started).toEqual(['long', 'also', 'short', 'next']);
    await it.end('short');
    await it.end('next');
    await it.end('last');
    expect(await it.results()).toEqual({ also: 'good', long: 'good', short: 'good', next: 'good', last: 'good' });
  });

  test('follows the priorities that are given, say of measured durations', async () => {
    const graph = graphOf({ a: [], b: [], c: ['a'], d: [] });
    const durations: Record<string, number> = { a: 1, b: 5, c: 1, d: 9 };
    const weights = priorities(graph, (task) => durations[task.package] ?? 0);
    const it = start(graph, { concurrency: 1, priorities: weights });
    for (const name of ['d', 'b', 'a', 'c']) await it.end(name);
    await it.done;
    expect(it.started).toEqual(['d', 'b', 'a', 'c']);
  });

  test('gives each lane a bound of its own', async () => {
    const graph = graphOf({ r1: [], r2: [], r3: [], p1: [], p2: [] });
    const lanes = { of: (task: TaskNode<Definition>) => task.package.slice(0, 1), concurrency: { r: 2 } };
    const it = start(graph, { concurrency: 1, lanes });
    expect(it.started).toEqual(['p1', 'r1', 'r2']);
    await it.end('p1');
    expect(it.started).toEqual(['p1', 'r1', 'r2', 'p2']);
    await it.end('r2');
    expect(it.started).toEqual(['p1', 'r1', 'r2', 'p2', 'r3']);
    for (const name of ['r1', 'r3', 'p2']) await it.end(name);
    expect((await it.done).size).toBe(5);
  });

  test.each([0, -1, 1.5, Number.NaN])('cannot be that of %p tasks at once', async (concurrency) => {
    const lanes = { of: () => 'x', concurrency: { x: concurrency } };
    for (const options of [{ concurrency }, { lanes }]) {
      await expect(start(graphOf({ a: [] }), options).done).rejects.toMatchObject({ code: 'VALUE_INVALID' });
    }
  });

  test('of an empty graph is nothing', async () => {
    expect((await start(graphOf({})).done).size).toBe(0);
  });

  test('of 5,000 tasks in a row, or all at once, needs no stack', async () => {
    const names = Array.from({ length: 5000 }, (_, index) => `t${index}`);
    const row = graphOf(Object.fromEntries(names.map((name, index) => [name, index === 0 ? [] : [`t${index - 1}`]])));
    const crowd = graphOf(Object.fromEntries(names.map((name) => [name, []])));
    for (const graph of [row, crowd]) {
      const results = await runGraph(graph, async () => 'good', { ...defaults, concurrency: Infinity });
      expect(results.size).toBe(5000);
    }
  });
});

describe('after the failure of `bad`', () => {
  // bad and free run side by side; later is ready but has no slot yet; above and top depend on bad, beside on free.
  const graph = graphOf({ bad: [], free: [], later: [], above: ['bad'], top: ['above', 'free'], beside: ['free'] });
  const order = priorities(graph, (task) => (task.package === 'bad' ? 9 : task.package === 'free' ? 8 : 1));

  const cases: [FailureMode, { started: string[]; isFreeCancelled: boolean; results: object; skipped: string[] }][] = [
    [
      'stop',
      {
        started: ['bad', 'free'],
        isFreeCancelled: true,
        results: {
          above: 'because bad#run',
          top: 'because bad#run',
          later: 'because bad#run',
          beside: 'because bad#run',
        },
        skipped: ['above#run', 'later#run', 'beside#run', 'top#run'],
      },
    ],
    [
      'continue-independent',
      {
        started: ['bad', 'free', 'later', 'beside'],
        isFreeCancelled: false,
        results: { above: 'because bad#run', top: 'because bad#run', later: 'good', beside: 'good' },
        skipped: ['above#run', 'top#run'],
      },
    ],
    [
      'continue-all',
      {
        started: ['bad', 'free', 'above', 'beside', 'later', 'top'],
        isFreeCancelled: false,
        results: { above: 'good', top: 'good', later: 'good', beside: 'good' },
        skipped: [],
      },
    ],
  ];
  test.each(cases)('%s', async (failureMode, expected) => {
    const skipped: string[] = [];
    const onSkip = (task: TaskNode<Definition>, because: string): void => {
      expect(because).toBe('bad#run');
      skipped.push(task.id);
    };
    const it = start(graph, { failureMode, priorities: order, onSkip });
    expect(it.started).toEqual(['bad', 'free']);
    await it.end('bad', 'bad');
    expect(it.signalOf('free').aborted).toBe(expected.isFreeCancelled);
    for (const name of ['free', 'above', 'beside', 'later', 'top']) await it.end(name);
    expect(await it.results()).toEqual({ bad: 'bad', free: 'good', ...expected.results });
    expect([...it.started].sort()).toEqual([...expected.started].sort());
    expect([...skipped].sort()).toEqual([...expected.skipped].sort());
  });

  test('a running task may give up by throwing the reason of its signal', async () => {
    const it = start(graph, { priorities: order });
    await it.end('bad', 'bad');
    expect(it.signalOf('free').reason).toMatchObject({
      code: 'CANCELLED',
      message: expect.stringContaining('bad#run'),
    });
    await it.fail('free', it.signalOf('free').reason);
    expect(await it.results()).toMatchObject({ bad: 'bad', free: 'cancelled', beside: 'because bad#run' });
  });

  test('a second failure changes nothing of what the first one skipped', async () => {
    const two = graphOf({ x: [], y: [], z: ['x', 'y'] });
    for (const failureMode of ['stop', 'continue-independent'] as const) {
      const it = start(two, { failureMode });
      await it.end('y', 'bad');
      await it.end('x', 'bad');
      expect(await it.results()).toEqual({ x: 'bad', y: 'bad', z: 'because y#run' });
    }
  });
});

describe('an abort from outside', () => {
  test('starts nothing more, waits for what runs, and says that the rest was cancelled', async () => {
    const controller = new AbortController();
    const it = start(graphOf({ a: [], b: [], c: [], d: ['a'] }), { signal: controller.signal });
    expect(it.started).toEqual(['a', 'b']);
    controller.abort(new Error('SIGINT'));
    expect(it.signalOf('b').reason).toMatchObject({ message: 'SIGINT' });
    await it.end('a');
    await it.fail('b', new DOMException('aborted', 'AbortError'));
    expect(await it.results()).toEqual({ a: 'good', b: 'cancelled', c: 'cancelled', d: 'cancelled' });
    expect(it.started).toEqual(['a', 'b']);
  });

  test('is no failure: what a killed task reports skips nothing', async () => {
    const controller = new AbortController();
    const onSkip = (): never => {
      throw new Error('skipped');
    };
    const it = start(graphOf({ a: [], b: ['a'] }), { signal: controller.signal, onSkip });
    controller.abort();
    await it.end('a', 'bad');
    expect(await it.results()).toEqual({ a: 'bad', b: 'cancelled' });
  });

  test('that came before the run starts nothing at all', async () => {
    const it = start(graphOf({ a: [], b: ['a'] }), { signal: AbortSignal.abort() });
    expect(await it.results()).toEqual({ a: 'cancelled', b: 'cancelled' });
    expect(it.started).toEqual([]);
  });

  test('after the run finds nobody listening', async () => {
    const { signal } = new AbortController();
    let listeners = 0;
    const counted = new Proxy(signal, {
      get(target, key) {
        if (key === 'addEventListener') listeners += 1;
        if (key === 'removeEventListener') listeners -= 1;
        const value: unknown = Reflect.get(target, key, target);
        return typeof value === 'function' ? value.bind(target) : value;
      },
    });
    await runGraph(graphOf({ a: [] }), async () => 'good', { ...defaults, signal: counted });
    expect(listeners).toBe(0);
  });
});

describe('a bug', () => {
  test('in `execute` rejects the run after the running tasks have ended', async () => {
    const it = start(graphOf({ a: [], b: [], c: ['a'] }));
    let isOver = false;
    it.done.catch(() => (isOver = true));
    await it.fail('a', new TypeError('bug'));
    expect(it.signalOf('b').aborted).toBe(true);
    expect(isOver).toBe(false);
    await it.end('b');
    await expect(it.done).rejects.toThrow('bug');
    expect(it.started).toEqual(['a', 'b']);
  });

  test('that throws at once, or in two tasks, is not lost', async () => {
    const bug = (task: TaskNode<Definition>): never => {
      throw new TypeError(`bug in ${task.package}`);
    };
    await expect(runGraph(graphOf({ a: [], b: [] }), bug, defaults)).rejects.toThrow('bug in a');

    const it = start(graphOf({ a: [], b: [] }));
    await it.fail('a', new TypeError('one'));
    await it.fail('b', new TypeError('two'));
    await expect(it.done).rejects.toMatchObject({ errors: [{ message: 'one' }, { message: 'two' }] });
  });

  test('in the other callbacks rejects the run as well', async () => {
    const bug = (): never => {
      throw new TypeError('bug');
    };
    const graph = graphOf({ a: [], b: ['a'] });
    const outcome = async (): Promise<string> => 'bad';
    for (const broken of [{ isFailure: bug }, { onSkip: bug }, { lanes: { of: bug, concurrency: {} } }]) {
      await expect(runGraph(graph, outcome, { ...defaults, ...broken })).rejects.toThrow('bug');
    }
  });

  test('is what an abort error is while nobody asked to end', async () => {
    const it = start(graphOf({ a: [] }));
    await it.fail('a', new DOMException('aborted', 'AbortError'));
    await expect(it.done).rejects.toMatchObject({ name: 'AbortError' });
  });
});
