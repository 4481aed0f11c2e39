import { appendFileSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import type { CacheKey, Digest } from '@velocity/core';
import { tempDir } from '@velocity/testing';
import type { TaskState } from '../src/tasks/task-state.js';
import { TaskStates } from '../src/tasks/task-states.js';

function state(task: string, log: string): TaskState {
  return {
    version: 1,
    task,
    key: 'a'.repeat(64) as CacheKey,
    fingerprint: {} as TaskState['fingerprint'],
    manifestDigest: 'b'.repeat(64) as Digest,
    outputs: [['dist/naïve\nname', 1, 2, 3, 4, 5, 'c']],
    seenAtMs: 1,
    durationMs: 1,
    log,
  };
}

test('the last state that was saved of a task counts, until it is forgotten', () => {
  using dir = tempDir();
  const states = new TaskStates(dir.join('.velocity/states'));
  expect(states.load('lib#build')).toBeUndefined();
  states.save(state('lib#build', 'first'));
  states.save(state('app#build', 'other'));
  states.save(state('lib#build', 'second'));
  expect(states.load('lib#build')).toEqual(state('lib#build', 'second'));
  states.forget('lib#build');
  expect([states.load('lib#build'), states.load('app#build')?.log]).toEqual([undefined, 'other']);
  expect(new TaskStates(dir.join('.velocity/states')).load('app#build')?.log).toBe('other');
});

test('what another process adds meanwhile is seen', () => {
  using dir = tempDir();
  const [one, other] = [new TaskStates(dir.join('states')), new TaskStates(dir.join('states'))];
  for (let round = 0; round < 5; round++) {
    one.save(state('lib#build', `one ${round}`));
    expect(other.load('lib#build')?.log).toBe(`one ${round}`);
    other.save(state('lib#build', `other ${round}`));
    expect(one.load('lib#build')?.log).toBe(`other ${round}`);
  }
});

test('a line that was cut off by a crash is nothing, and spoils no other', () => {
  using dir = tempDir();
  const file = dir.join('states');
  const states = new TaskStates(file);
  states.save(state('lib#build', 'kept'));
  const { size } = statSync(file);
  states.save(state('app#build', 'cut'));
  for (let cut = statSync(file).size - 1; cut > size; cut -= 7) {
    truncateSync(file, cut);
    const after = new TaskStates(file);
    expect([after.load('lib#build')?.log, after.load('app#build')]).toEqual(['kept', undefined]);
  }
  const reader = new TaskStates(file);
  expect(reader.load('solo#build')).toBeUndefined();
  states.save(state('solo#build', 'after'));
  expect([reader.load('solo#build')?.log, reader.load('lib#build')?.log]).toEqual(['after', 'kept']);
});

test('no byte of a state can be changed unnoticed', () => {
  using dir = tempDir();
  const file = dir.join('states');
  new TaskStates(file).save(state('lib#build', 'kept'));
  const sound = readFileSync(file);
  for (let at = 0; at < sound.byteLength; at++) {
    const damaged = Buffer.from(sound);
    damaged[at] = (damaged[at] ?? 0) ^ 1;
    writeFileSync(file, damaged);
    const loaded = new TaskStates(file).load('lib#build');
    // Which line feed or space it is that divides lines and words is no part of what they say.
    if (loaded !== undefined) expect([at, loaded]).toEqual([expect.any(Number), state('lib#build', 'kept')]);
  }
  writeFileSync(file, 'garbage\n\n\ngarbage that is a good deal longer than the name of a task');
  expect(new TaskStates(file).load('lib#build')).toBeUndefined();
});

test('a journal that says most things twice is written anew', () => {
  using dir = tempDir();
  const file = dir.join('states');
  const states = new TaskStates(file);
  const log = 'x'.repeat(100_000);
  for (let round = 0; round < 40; round++) states.save(state(`task-${round % 4}`, `${round} ${log}`));
  const { size } = statSync(file);
  const next = new TaskStates(file);
  expect([0, 1, 2, 3].map((task) => next.load(`task-${task}`)?.log?.slice(0, 2))).toEqual(['36', '37', '38', '39']);
  expect(statSync(file).size).toBeLessThan(size / 8);
  appendFileSync(file, '\n');
  expect(states.load('task-1')?.log).toBe(`37 ${log}`);
});
