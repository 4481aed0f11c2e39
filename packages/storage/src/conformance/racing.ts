import assert from 'node:assert/strict';
import { assertSameBytes, bytesOf, contentOf, put, testWithTarget } from './context.js';
import type { ConformanceOptions } from './profile.js';

const WRITERS = 16;
const ROUNDS = 15;

/** create against create, and against what reads and removes */
export function racing(options: ConformanceOptions): void {
  testWithTarget(options, `of ${WRITERS} writers exactly one wins, and its body is what is stored`, async (target) => {
    const { driver, key, another } = target;
    const isShared = options.profile.supports.atomicCreate && another !== undefined;
    const second = isShared ? await another() : driver;
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        const bodies = Array.from({ length: WRITERS }, (_, index) => bytesOf(`${round}/${index}`, 20_000 + index));
        const name = key(`race/${round}`);
        const results = await Promise.all(
          bodies.map((body, index) => put(index % 2 === 0 ? driver : second, name, body)),
        );
        const winners = results.flatMap((result, index) => (result === 'created' ? [index] : []));
        assert.equal(winners.length, 1, `round ${round}: ${winners.length} writers were told 'created'`);
        assertSameBytes(await contentOf(driver, name), bodies[winners[0] as number] as Uint8Array, `round ${round}`);
      }
    } finally {
      if (second !== driver) await second[Symbol.asyncDispose]();
    }
  });

  testWithTarget(options, 'a reader sees nothing or the whole object while it is being written', async (target) => {
    const { driver, key } = target;
    const bytes = bytesOf('whole', 400_000);
    for (let round = 0; round < 5; round += 1) {
      const name = key(`torn/${round}`);
      const written = new AbortController();
      const writing = put(driver, name, bytes).finally(() => written.abort());
      do {
        const body = await driver.read(name);
        if (body === undefined) continue;
        const chunks: Uint8Array[] = [];
        for await (const chunk of body.chunks) chunks.push(chunk);
        assertSameBytes(Buffer.concat(chunks), bytes, 'a read during the write');
      } while (!written.signal.aborted);
      await writing;
    }
  });
}
