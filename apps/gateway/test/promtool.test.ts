import { spawnSync } from 'node:child_process';
import { expect, test } from '@jest/globals';
import { collectProcessMetrics } from '../src/process-metrics.js';
import { createRig, fetchArtifact, store, TOKENS } from './support/rig.js';

const isInstalled = spawnSync('promtool', ['--version']).error === undefined;
const isRequired = process.env['VC_REQUIRE_REAL'] === '1';

(isInstalled || isRequired ? test : test.skip)(
  'promtool finds nothing to say about /metrics (needs the Debian package prometheus)',
  async () => {
    const rig = await createRig();
    collectProcessMetrics(rig.context.metrics.registry);
    await store(rig, TOKENS.trusted, 'a', ['x']);
    await fetchArtifact(rig, TOKENS.pr, 'a');
    await fetchArtifact(rig, TOKENS.pr, 'b');
    rig.context.metrics.storeSize.set(12);
    const input = await (await rig.app.request('/metrics')).text();
    for (const name of ['vc_cache_hits_total', 'vc_cache_misses_total', 'vc_negotiation_latency_seconds'])
      expect(input).toContain(name);
    const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
    expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: '', stderr: '' });
  },
);
