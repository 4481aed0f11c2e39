import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { type EvictionEntries, type EvictionPolicy, planEviction } from '@velocity/storage';

const NOW = 1_000_000;
const GRACE = 1000;

const blobNames = ['a', 'b', 'c', 'd', 'e', 'gone'];
const time = fc.integer({ min: NOW - 10_000, max: NOW });
const entries: fc.Arbitrary<EvictionEntries> = fc.record({
  records: fc
    .array(fc.record({ sizeBytes: fc.nat(20), modifiedAtMs: time, blobs: fc.subarray(blobNames, { maxLength: 3 }) }), {
      maxLength: 8,
    })
    .map((records) => records.map((record, index) => ({ ...record, key: `record-${index}` }))),
  blobs: fc
    .array(fc.record({ sizeBytes: fc.nat(100), modifiedAtMs: time }), { minLength: 5, maxLength: 5 })
    .map((blobs) => blobs.map((blob, index) => ({ ...blob, key: blobNames[index] as string }))),
});
const policy: fc.Arbitrary<EvictionPolicy> = fc.record(
  { graceMs: fc.constant(GRACE), maxAgeMs: fc.integer({ min: GRACE, max: 10_000 }), maxTotalBytes: fc.nat(500) },
  { requiredKeys: ['graceMs'] },
);

function carryOut({ records, blobs }: EvictionEntries, chosen: EvictionPolicy) {
  const plan = planEviction({ records, blobs }, chosen, NOW);
  const left: EvictionEntries = {
    records: records.filter((record) => !plan.records.includes(record)),
    blobs: blobs.filter((blob) => !plan.blobs.includes(blob)),
  };
  return { plan, left };
}

function usedBytes({ records, blobs }: EvictionEntries): number {
  const cited = new Set(records.flatMap((record) => record.blobs));
  const all = [...records, ...blobs.filter((blob) => cited.has(blob.key))];
  return all.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

describe('an eviction plan', () => {
  const holds = (check: (given: EvictionEntries, chosen: EvictionPolicy) => void): void =>
    fc.assert(fc.property(entries, policy, check), { numRuns: 1000 });

  test('never takes a blob that a remaining record cites', () => {
    holds((given, chosen) => {
      const { plan, left } = carryOut(given, chosen);
      const cited = new Set(left.records.flatMap((record) => record.blobs));
      expect(plan.blobs.filter((blob) => cited.has(blob.key))).toEqual([]);
    });
  });

  test('never takes what is within its grace', () => {
    holds((given, chosen) => {
      const { plan } = carryOut(given, chosen);
      expect([...plan.records, ...plan.blobs].filter((entry) => entry.modifiedAtMs > NOW - GRACE)).toEqual([]);
    });
  });

  test('leaves nothing that is too old, useless or cited by nobody, but for its grace', () => {
    holds((given, chosen) => {
      const { left } = carryOut(given, chosen);
      const old = left.records.filter((record) => record.modifiedAtMs <= NOW - GRACE);
      expect(old.filter((record) => record.modifiedAtMs < NOW - (chosen.maxAgeMs ?? Infinity))).toEqual([]);
      expect(old.filter((record) => record.blobs.includes('gone'))).toEqual([]);
      const cited = new Set(left.records.flatMap((record) => record.blobs));
      const orphans = left.blobs.filter((blob) => !cited.has(blob.key));
      expect(orphans.filter((blob) => blob.modifiedAtMs <= NOW - GRACE)).toEqual([]);
    });
  });

  test('fits the size, or only records within their grace are left', () => {
    holds((given, chosen) => {
      const { left } = carryOut(given, chosen);
      const isFit = usedBytes(left) <= (chosen.maxTotalBytes ?? Infinity);
      expect(isFit || left.records.every((record) => record.modifiedAtMs > NOW - GRACE)).toBe(true);
    });
  });

  test('takes the least recently used for size, and none more than needed', () => {
    holds((given, chosen) => {
      const withoutSize = carryOut(given, { graceMs: GRACE, maxAgeMs: chosen.maxAgeMs ?? 1e9 });
      const { plan, left } = carryOut(given, chosen);
      const surplus = plan.records.filter((record) => !withoutSize.plan.records.includes(record));
      const newestTaken = Math.max(0, ...surplus.map((record) => record.modifiedAtMs));
      expect(left.records.every((record) => record.modifiedAtMs >= newestTaken)).toBe(true);
      const last = surplus.at(-1);
      if (last === undefined) return;
      const oneLess = { records: [...left.records, last], blobs: given.blobs };
      expect(usedBytes(oneLess)).toBeGreaterThan(chosen.maxTotalBytes ?? Infinity);
    });
  });

  test('has nothing left to do once it was carried out', () => {
    holds((given, chosen) => {
      const { left } = carryOut(given, chosen);
      expect(planEviction(left, chosen, NOW)).toEqual({ records: [], blobs: [] });
    });
  });

  test('has a grace of a day and no other limits by default', () => {
    const day = 86_400_000;
    const blobs = [
      { key: 'old', sizeBytes: 1, modifiedAtMs: NOW - day },
      { key: 'young', sizeBytes: 1, modifiedAtMs: NOW - day + 1 },
    ];
    const records = [{ key: 'ancient', sizeBytes: 1e12, modifiedAtMs: 0, blobs: [] }];
    expect(planEviction({ records, blobs }, {}, NOW)).toEqual({ records: [], blobs: [blobs[0]] });
  });
});
