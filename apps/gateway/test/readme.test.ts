import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { ROUTES } from '@velocity/protocol';
import { VARIABLES } from '../src/config/variables.js';
import { createMetrics } from '../src/metrics.js';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');

test('the README names every variable, and none that there is not', () => {
  const named = new Set(readme.match(/\bVC_[A-Z0-9_]*[A-Z0-9]\b/g));
  expect([...named].sort()).toEqual(Object.keys(VARIABLES).sort());
});

test('the README names every route', () => {
  for (const route of Object.values(ROUTES)) expect(readme).toContain(route);
});

test('the README names every metric, and none that there is not', () => {
  const named = new Set(readme.match(/\bvc_[a-z_]+\b/g));
  const real = createMetrics()
    .registry.getMetricsAsArray()
    .map(({ name }) => name);
  expect([...named].sort()).toEqual(real.sort());
});
