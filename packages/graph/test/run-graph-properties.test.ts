import { expect, test } from '@jest/globals';
import fc from 'fast-check';
import { priorities, runGraph, type FailureMode, type TaskGraph, type TaskId } from '@velocity/graph';
import { dag } from './arbitraries.js';

const failureModes: readonly FailureMode[] = ['stop', 'continue-independent', 'continue-all'];

test('whatever ends first, tasks run once, after their dependencies, and never too many at once', async () => {
  await fc.assert(
    fc.asyncProperty(
      dag,
      fc.integer({ min: 1, max: 4 }),
      fc.constantFrom(...failureModes),
      fc.func(fc.integer({ min: 0, max: 5 })),
      fc.scheduler(),
      async (graph, concurrency, failureMode, dice, scheduler) => {
        const isBad = (id: TaskId): boolean => dice(id) === 0;
        const started = new Set<TaskId>();
        const ended = new Set<TaskId>();
        let running = 0;
        const results = await scheduler.waitFor(
          runGraph(
            graph,
            async ({ id }) => {
              expect(started.has(id)).toBe(false);
              started.add(id);
              for (const dependency of graph.dependenciesOf(id)) expect(ended).toContain(dependency);
              running += 1;
              expect(running).toBeLessThanOrEqual(concurrency);
              await scheduler.schedule(Promise.resolve(), id);
              running -= 1;
              ended.add(id);
              return isBad(id);
            },
            { concurrency, failureMode, isFailure: (outcome) => outcome },
          ),
        );

        expect([...results.keys()]).toEqual(graph.topologicalOrder);
        for (const [id, result] of results) {
          expect(result.status).toBe(started.has(id) ? 'ended' : 'skipped');
          if (result.status === 'skipped') expect(started.has(result.because) && isBad(result.because)).toBe(true);
          const failed = [...belowOf(graph, id)].filter((below) => started.has(below) && isBad(below));
          if (failureMode === 'continue-all') expect(result.status).toBe('ended');
          if (failureMode === 'continue-independent') {
            expect(result.status).toBe(failed.length > 0 ? 'skipped' : 'ended');
            if (result.status === 'skipped') expect(failed).toContain(result.because);
          }
        }
        if (failureMode === 'stop' && ![...started].some(isBad)) expect(started.size).toBe(graph.tasks.size);
      },
    ),
    { numRuns: 300 },
  );
});

test('one at a time, the ready task with the longest path above it is always the next', async () => {
  await fc.assert(
    fc.asyncProperty(dag, fc.func(fc.nat(5)), async (graph, weight) => {
      const ranks = priorities(graph, ({ id }) => weight(id));
      const order: TaskId[] = [];
      await runGraph(graph, async ({ id }) => void order.push(id), {
        concurrency: 1,
        failureMode: 'stop',
        isFailure: () => false,
        priorities: ranks,
      });
      const left = new Set(graph.tasks.keys());
      for (const id of order) {
        const ready = [...left].filter((other) => graph.dependenciesOf(other).every((below) => !left.has(below)));
        const highest = Math.max(...ready.map((other) => ranks.get(other) as number));
        expect(id).toBe(ready.filter((other) => ranks.get(other) === highest).sort()[0]);
        left.delete(id);
      }
      expect(left.size).toBe(0);
    }),
  );
});

function belowOf(graph: TaskGraph<unknown>, id: TaskId): Set<TaskId> {
  const found = new Set(graph.dependenciesOf(id));
  for (const below of found) for (const next of graph.dependenciesOf(below)) found.add(next);
  return found;
}
