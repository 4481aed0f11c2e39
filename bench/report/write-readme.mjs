// @ts-check
/** @import { Results } from '../lib/types.d.ts' */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeJson } from '../lib/json.mjs';
import { Unusable } from '../measure/requirements.mjs';
import { chart } from './chart.mjs';
import { againstTurbo, readmeSection } from './readme-section.mjs';
import { cellsOf, comparisonsOf } from './summarize.mjs';

const START = '<!-- bench:start -->';
const END = '<!-- bench:end -->';
const PLOT = 'bench/results/performance.svg';
const DATA = 'bench/results/performance.json';
const repository = fileURLToPath(new URL('../../', import.meta.url));

/**
 * Puts the section between the marks of the README, its plot beside it, and the data that both come from.
 * @param {Results} results
 * @param {(line: string) => void} say
 */
export function writeReadme(results, say) {
  const wrong = results.rows.find((row) => row.wrong !== undefined);
  if (wrong !== undefined) {
    throw new Unusable(`these results have a wrong run (${wrong.scenario}, ${wrong.packages} packages, ${wrong.tool})`);
  }
  const readme = join(repository, 'README.md');
  const text = readFileSync(readme, 'utf8');
  const [before, rest] = text.split(START);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined) {
    throw new Unusable(`README.md has no place for the section: put ${START} and ${END} where it belongs`);
  }
  mkdirSync(join(repository, 'bench/results'), { recursive: true });
  writeJson(join(repository, DATA), results);
  writeFileSync(join(repository, PLOT), plotOf(results));
  writeFileSync(readme, `${before}${START}\n\n${readmeSection(results, { plot: PLOT, data: DATA })}\n\n${END}${after}`);
  for (const path of [DATA, PLOT, 'README.md']) say(path);
}

/** Of the Node that comes first. @param {Results} results */
function plotOf(results) {
  const comparisons = againstTurbo(comparisonsOf(cellsOf(results)));
  const node = comparisons[0]?.theirs.node ?? '';
  const title = `VelocityCache's wall-clock time as a share of turbo ${results.versions['turbo'] ?? ''}'s, Node ${node}`;
  return chart(
    comparisons.filter(({ theirs }) => theirs.node === node),
    { title },
  );
}
