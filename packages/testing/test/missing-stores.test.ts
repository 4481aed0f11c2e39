import { afterEach, beforeEach, expect, jest, test } from '@jest/globals';
import { isStoreInstalled, realStore, sharedStore } from '@velocity/testing';

const before = { ...process.env };
beforeEach(() => {
  process.env['PATH'] = '/nowhere';
  delete process.env['VC_REQUIRE_REAL'];
});
afterEach(() => {
  jest.restoreAllMocks();
  process.env = { ...before };
});

test('a store that is not installed is skipped, with one line that says how to install it', async () => {
  const written: unknown[] = [];
  jest.spyOn(process.stdout, 'write').mockImplementation((text) => written.push(text) > 0);
  expect(isStoreInstalled('ceph')).toBe(false);
  expect(await realStore('ceph')).toBeUndefined();
  expect(await sharedStore('swift')).toBeUndefined();
  expect(written).toHaveLength(2);
  expect(written[0]).toMatch(/^skipped: Ceph RGW not installed \(apt-get install .*radosgw.*\)\n$/);
  expect(written[1]).toMatch(/^skipped: OpenStack Swift not installed \(apt-get install .*swift-proxy.*\)\n$/);
});

test('with VC_REQUIRE_REAL=1 it is an error', async () => {
  process.env['VC_REQUIRE_REAL'] = '1';
  await expect(realStore('ceph')).rejects.toThrow('VC_REQUIRE_REAL=1, but Ceph RGW not installed');
  await expect(sharedStore('swift')).rejects.toThrow('VC_REQUIRE_REAL=1, but OpenStack Swift not installed');
});
