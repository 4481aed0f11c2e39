import { parseYamlStrings } from '../documents/parse-document.js';
import { asDocument, asString, stringEntries } from '../documents/shape.js';
import { describedGraph, type DescribedEntry } from './descriptor-graph.js';
import type { LockGraph, LockScope } from './lock-graph.js';
import { digestOfSource } from './lock-values.js';
import { unwrap } from './unwrap.js';

/** yarn.lock of Yarn 2 and later: YAML with `__metadata`. Its entries for the workspace's own packages are not needed. */
export function parseYarnBerryLock(text: string, scope: LockScope): LockGraph {
  const document = unwrap(parseYamlStrings(text));
  const entries = Object.entries(document).flatMap(([key, value]): DescribedEntry[] => {
    const entry = asDocument(value);
    const resolution = asString(entry?.['resolution']);
    if (entry === undefined || resolution === undefined || /^@?[^@]+@workspace:/.test(resolution)) return [];
    return [
      {
        descriptors: key.split(', '),
        name: resolution.slice(0, resolution.indexOf('@', 1)),
        version: asString(entry['version']) ?? '',
        value: asString(entry['checksum']) ?? digestOfSource(resolution),
        dependencies: [...stringEntries(entry['dependencies']), ...stringEntries(entry['optionalDependencies'])],
      },
    ];
  });
  return describedGraph(entries, scope.members);
}
