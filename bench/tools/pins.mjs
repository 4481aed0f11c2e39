// @ts-check

/**
 * What is installed from npm, each into a folder of its own in `.tools`, and at exactly this version.
 * @type {Readonly<Record<string, { npm: string, version: string }>>}
 */
export const PINS = {
  turbo: { npm: 'turbo', version: '2.11.11' },
  nx: { npm: 'nx', version: '24.0.6' },
  lage: { npm: 'lage', version: '2.17.0' },
  wireit: { npm: 'wireit', version: '0.14.13' },
  moon: { npm: '@moonrepo/cli', version: '2.5.5' },
  /** What turbo and wireit start scripts with. */
  pnpm: { npm: 'pnpm', version: '12.21.0' },
  'turborepo-remote-cache': { npm: 'turborepo-remote-cache', version: '2.12.0' },
  /** Brings a binary of that version, for `--node 24`. */
  'node-24': { npm: 'node', version: '24.21.0' },
};
