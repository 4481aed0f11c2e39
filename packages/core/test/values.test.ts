import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import {
  digestOf,
  digestOfStream,
  formatDuration,
  formatSize,
  HashingReader,
  isRelativePath,
  isVelocityError,
  mapBounded,
  parseCacheKey,
  parseDigest,
  parseDuration,
  parseRelativePath,
  parseSize,
  printablePath,
  Semaphore,
  VelocityError,
} from '@velocity/core';

describe('relative paths', () => {
  test.each(['a', 'a/b', '.hidden', 'a b', 'ü/日本', 'line\nbreak', 'a\\b', '...', 'a..b'])('accepts %j', (path) => {
    expect(parseRelativePath(path)).toBe(path);
  });

  test.each(['', '/', '/a', 'a/', 'a//b', '.', './a', 'a/.', '..', '../a', 'a/../b', 'a\0b', 'a/\ud800'])(
    'refuses %j',
    (path) => {
      expect(isRelativePath(path)).toBe(false);
      expect(() => parseRelativePath(path)).toThrow(expect.objectContaining({ code: 'PATH_INVALID' }));
    },
  );

  test('are printed without control characters or changes of direction', () => {
    expect(printablePath('a\nb\u001b[31m\u202ec')).toBe('a\\u000ab\\u001b[31m\\u202ec');
  });
});

describe('digests and keys', () => {
  test('are 64 lowercase hexadecimal digits and nothing else', () => {
    const digest = digestOf('');
    expect(digest).toBe('e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855');
    expect(parseDigest(digest)).toBe(digest);
    expect(parseCacheKey(digest)).toBe(digest);
    for (const bad of ['', digest.slice(1), digest.toUpperCase(), `${digest}\n`, `${digest.slice(0, 63)}g`]) {
      expect(() => parseDigest(bad)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
      expect(() => parseCacheKey(bad)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
    }
  });

  test('of a stream do not depend on how it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 20 })), async (chunks) => {
        const whole = Buffer.concat(chunks);
        expect(await digestOfStream(chunks)).toEqual({ digest: digestOf(whole), size: whole.length });
        const reader = new HashingReader(chunks);
        const passed: Uint8Array[] = [];
        for await (const chunk of reader) passed.push(chunk);
        expect(Buffer.concat(passed).equals(whole)).toBe(true);
        expect(reader.size).toBe(whole.length);
        expect(reader.digest()).toBe(digestOf(whole));
      }),
    );
  });
});

describe('units', () => {
  test.each([
    ['1GiB', 1024 ** 3],
    ['500MB', 500_000_000],
    ['64k', 65_536],
    ['1.5 kib', 1536],
    [10, 10],
    ['0', 0],
  ])('%p is %p bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes));

  test.each([
    ['250ms', 250],
    ['10s', 10_000],
    ['20m', 1_200_000],
    ['30d', 2_592_000_000],
    [5, 5000],
  ])('%p is %p milliseconds', (text, ms) => expect(parseDuration(text)).toBe(ms));

  test.each(['', 'x', '-1', '1 parsec', '1e3', 'constructor'])('%j is neither', (text) => {
    expect(() => parseSize(text)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID', hint: expect.any(String) }));
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: 'VALUE_INVALID' }));
  });

  test('are printed for people', () => {
    expect([0, 999, 1000, 1_234_567, 999_960_000, 5e12].map(formatSize)).toEqual([
      '0 B',
      '999 B',
      '1.0 kB',
      '1.2 MB',
      '1.0 GB',
      '5.0 TB',
    ]);
    expect([0.4, 84, 6100, 59_960, 112_000, 7_500_000].map(formatDuration)).toEqual([
      '0 ms',
      '84 ms',
      '6.1 s',
      '1 m 0 s',
      '1 m 52 s',
      '2 h 5 m',
    ]);
  });
});

describe('bounded work', () => {
  test('keeps the order of results and never runs more than the bound', async () => {
    let running = 0;
    let highest = 0;
    const results = await mapBounded([3, 1, 2, 5, 4], 2, async (item) => {
      highest = Math.max(highest, ++running);
      await Promise.resolve();
      running -= 1;
      return item * 2;
    });
    expect(results).toEqual([6, 2, 4, 10, 8]);
    expect(highest).toBe(2);
  });

  test('rejects with the first failure, once what was running has ended, and starts nothing more', async () => {
    const started: number[] = [];
    const work = mapBounded([1, 2, 3, 4], 2, async (item) => {
      started.push(item);
      await Promise.resolve();
      if (item === 1) throw new Error('first');
      return item;
    });
    await expect(work).rejects.toThrow('first');
    expect(started.length).toBeLessThan(4);
  });

  test('a semaphore gives its permit back after a failure', async () => {
    const semaphore = new Semaphore(1);
    await expect(semaphore.run(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
    await expect(semaphore.run(() => Promise.resolve('yes'))).resolves.toBe('yes');
  });
});

test('an error carries code, hint and cause, and is recognised by its shape', () => {
  const cause = new Error('inner');
  const error = new VelocityError('TIMEOUT', 'too slow', { hint: 'wait', cause });
  expect(error).toMatchObject({ name: 'VelocityError', code: 'TIMEOUT', message: 'too slow', hint: 'wait', cause });
  expect(isVelocityError(error, 'TIMEOUT')).toBe(true);
  expect(isVelocityError(error, 'INTEGRITY')).toBe(false);
  expect(isVelocityError(cause)).toBe(false);
  expect(isVelocityError({ name: 'VelocityError', code: 'TIMEOUT' })).toBe(true);
});
