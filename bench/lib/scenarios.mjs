// @ts-check
/** @import { Box, Scenario, ScenarioId } from './types.d.ts' */
import { join } from 'node:path';
import { Unusable } from '../measure/requirements.mjs';

/** @type {readonly Scenario[]} */
export const SCENARIOS = [
  {
    id: 'cold',
    title: 'nothing stored, everything built',
    variant: 'standard',
    prepare: forgetAll,
    expectedHits: () => 0,
  },
  {
    id: 'noop',
    title: 'nothing changed, outputs in place',
    variant: 'standard',
    prepare: () => undefined,
    expectedHits: (total) => total,
  },
  {
    id: 'restore',
    title: 'nothing changed, outputs gone',
    variant: 'standard',
    prepare: moveOutputsAside,
    expectedHits: (total) => total,
  },
  {
    id: 'leaf',
    title: 'one file changed that nothing depends on',
    variant: 'standard',
    prepare: (box) => box.edit(box.monorepo.packages.at(-1)?.directory ?? ''),
    expectedHits: (total) => total - 1,
  },
  {
    id: 'root',
    title: 'one file changed that everything depends on',
    variant: 'standard',
    prepare: (box) => box.edit(box.monorepo.packages[0]?.directory ?? ''),
    expectedHits: () => 0,
  },
  {
    id: 'dry',
    title: 'what would run, said only',
    variant: 'standard',
    isDry: true,
    prepare: () => undefined,
    expectedHits: (total) => total,
  },
  {
    id: 'large-save',
    title: '900 MB of outputs built and stored',
    variant: 'large',
    prepare: forgetAll,
    expectedHits: () => 0,
  },
  {
    id: 'large-restore',
    title: '900 MB of outputs restored',
    variant: 'large',
    prepare: moveOutputsAside,
    expectedHits: (total) => total,
  },
  {
    id: 'remote',
    title: 'everything from a server with a disk, local store empty',
    variant: 'standard',
    remote: 'disk',
    prepare: forgetAll,
    expectedHits: (total) => total,
  },
  {
    id: 'remote-rgw',
    title: "the same, VelocityCache's on a Ceph RADOS gateway",
    variant: 'standard',
    remote: 'rgw',
    prepare: forgetAll,
    expectedHits: (total) => total,
  },
];

/** @param {string} id @returns {Scenario} */
export function findScenario(id) {
  const scenario = SCENARIOS.find((candidate) => candidate.id === id);
  const known = SCENARIOS.map((candidate) => candidate.id).join(', ');
  if (scenario === undefined) throw new Unusable(`there is no scenario ${id}: use some of ${known}`);
  return scenario;
}

/** Afterwards the next run is the tool's first. @param {Box} box */
export async function forgetAll(box) {
  await box.tool.stop?.(box);
  box.moveAside(box.tool.state(box));
  moveOutputsAside(box);
}

/** @param {Box} box */
function moveOutputsAside({ root, monorepo, moveAside }) {
  moveAside(monorepo.packages.map(({ directory }) => join(root, 'packages', directory, 'dist')));
}
