// @ts-check
/** @import { Probe, Report, Status, Verdict } from './types.d.ts' */
import { alignTable } from './align-table.mjs';

/** @type {Readonly<Record<Status, string>>} */
const WORDS = { passed: 'passed', failed: 'FAILED', 'not-applicable': 'n/a', information: 'info', error: 'ERROR' };
/** @type {Readonly<Record<Status, string>>} */
const CELLS = { passed: 'pass', failed: '**fail**', 'not-applicable': 'n/a', information: '', error: 'error' };

/** @typedef {Pick<Probe, 'id' | 'title' | 'original'>} Row */

/** One line for people. @param {Verdict} verdict */
export function verdictLine({ id, title, status, seen, explanation }) {
  const notes = [seen, explanation ?? ''].filter((note) => note !== '').map((note) => `\n              ${note}`);
  return `${WORDS[status].padEnd(6)}  ${id.padEnd(4)}  ${title}${notes.join('')}`;
}

/** What did not pass counts as failed, whoever is to blame. @param {readonly Verdict[]} verdicts */
export function countVerdicts(verdicts) {
  const count = (/** @type {Status[]} */ ...statuses) =>
    verdicts.filter(({ status }) => statuses.includes(status)).length;
  return {
    passed: count('passed'),
    failed: count('failed', 'error'),
    other: count('not-applicable', 'information'),
  };
}

/** A row for each probe, a column for each runner. @param {readonly Report[]} reports @param {readonly Row[]} probes */
export function fullTable(reports, probes) {
  const rows = probes.map((probe) => [label(probe), ...reports.map((report) => cell(report, probe.id))]);
  return alignTable([['', ...headings(reports)], ...rows, totals(reports)]);
}

/** A row for each group of probes, and one for the eleven that the comparison began with. @param {readonly Report[]} reports @param {readonly { title: string, probes: readonly Row[] }[]} groups */
export function shortTable(reports, groups) {
  const originals = groups.flatMap(({ probes }) => probes).filter(({ original }) => original !== undefined);
  const rows = groups.map(({ title, probes }) => [
    title,
    ...reports.map((report) => share(verdictsOf(report, probes).map(({ status }) => [status]))),
  ]);
  const first = reports.map((report) => {
    const numbers = [...new Set(originals.map(({ original }) => original))];
    return share(
      numbers.map((number) =>
        verdictsOf(
          report,
          originals.filter(({ original }) => original === number),
        ).map(({ status }) => status),
      ),
    );
  });
  return alignTable([
    ['', ...headings(reports)],
    ['the eleven probes of the first comparison', ...first],
    ...rows,
    totals(reports),
  ]);
}

/** When and where, under the tables. @param {readonly Report[]} reports */
export function circumstances(reports) {
  return `Measured on ${reports[0]?.date ?? ''} with Node ${process.versions.node} on ${process.platform}-${process.arch}; local caches only.`;
}

/** Why runners did not pass, and where nothing could be asked of them: a line for all probes that have the same reason. @param {readonly Report[]} reports */
export function findings(reports) {
  return reports.flatMap(({ runner, verdicts }) => {
    const failed = verdicts.filter(({ status }) => status === 'failed' || status === 'error');
    const absent = verdicts.filter(({ status }) => status === 'not-applicable');
    return [
      ...linesOf(failed.map(({ id, seen, explanation }) => [explanation ?? firstLine(seen), id])).map(
        ([why, ids]) => `- ${runner} fails ${ids}: ${why}`,
      ),
      ...linesOf(absent.map(({ id, seen }) => [firstLine(seen), id])).map(
        ([why, ids]) => `- ${runner} n/a ${ids}: ${why}`,
      ),
    ];
  });
}

/** @param {readonly (readonly [why: string, id: string])[]} pairs @returns {[why: string, ids: string][]} */
function linesOf(pairs) {
  return [...new Set(pairs.map(([why]) => why))].map((why) => {
    const ids = pairs.filter(([other]) => other === why).map(([, id]) => id);
    return [why, ids.join(', ')];
  });
}

/** @param {string} text */
function firstLine(text) {
  return text.split('\n')[0] ?? '';
}

/** @param {Row} probe */
function label({ id, original, title }) {
  return `${id}${original === undefined ? '' : ` [${original}]`} ${title}`;
}

/** @param {readonly Report[]} reports */
function headings(reports) {
  return reports.map(({ runner, version }) => `${runner} ${version}`);
}

/** @param {readonly Report[]} reports */
function totals(reports) {
  const cells = reports.map(({ verdicts }) => {
    const { passed, failed } = countVerdicts(verdicts);
    return `**${passed} of ${passed + failed}**`;
  });
  return ['passed', ...cells];
}

/** Of some things, how many passed in all their parts. @param {readonly (readonly Status[])[]} things */
function share(things) {
  const judged = things.filter((statuses) => statuses.some((status) => ['passed', 'failed', 'error'].includes(status)));
  const passed = judged.filter((statuses) => !statuses.some((status) => status === 'failed' || status === 'error'));
  return judged.length === 0 ? 'n/a' : `${passed.length} of ${judged.length}`;
}

/** @param {Report} report @param {readonly Row[]} probes */
function verdictsOf({ verdicts }, probes) {
  return verdicts.filter(({ id }) => probes.some((probe) => probe.id === id));
}

/** @param {Report} report @param {string} id */
function cell({ verdicts }, id) {
  const verdict = verdicts.find((candidate) => candidate.id === id);
  if (verdict === undefined) return '';
  return verdict.status === 'information' ? verdict.seen : CELLS[verdict.status];
}
