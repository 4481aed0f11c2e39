import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MIB, type Cases, type HostileCase } from './cases/hostile-case.js';
import { bundleWitness, observe, type Observation, type Witness } from './observe.js';
import { codecs } from './support.js';

/** What one artifact may take, whatever it is; said in the README. */
const MAX_EXTRA_MIB = 64;
const TIMEOUT_MS = 300_000;

/** Each case as a test, with each codec: refused with its code, within its bounds, and with nothing changed around it. */
export function testCases(cases: Cases): void {
  describe.each(codecs)('with the $name codec', (codec) => {
    let observations: ReadonlyMap<string, Observation> = new Map();

    beforeAll(async () => {
      using witness = bundleWitness();
      observations = await observe(witness.path, codec, cases);
    }, TIMEOUT_MS);

    test.each(Object.entries(cases))('%s', (name, hostile) => expectRefused(observations.get(name), hostile));
  });
}

/** The same in a process for each: for those that are made to take much, and leave a heap behind that others would be charged with. */
export function testCasesApart(cases: Cases): void {
  describe.each(codecs)('with the $name codec', (codec) => {
    let witness: Witness;
    beforeAll(() => {
      witness = bundleWitness();
    });
    afterAll(() => witness[Symbol.dispose]());

    test.each(Object.entries(cases))(
      '%s',
      async (name, hostile) => {
        const observations = await observe(witness.path, codec, { [name]: hostile });
        expectRefused(observations.get(name), hostile);
      },
      TIMEOUT_MS,
    );
  });
}

function expectRefused(seen: Observation | undefined, [code, , options]: HostileCase): void {
  expect(seen).toMatchObject({ code, escaped: false, links: 0 });
  expect(seen?.writtenBytes).toBeLessThanOrEqual((options?.honestBytes ?? 0) + MIB);
  expect(seen?.extraMib).toBeLessThanOrEqual(MAX_EXTRA_MIB);
}
