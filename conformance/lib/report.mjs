// @ts-check
/** @import { Probe, Report, Status, Verdict } from './types.d.ts' */

/** @type {Readonly<Record<Status, string>>} */
const WORDS = { passed: 'passed', failed: 'FAILED', 'not-applicable': 'n/a', information: 'info', error: 'ERROR' };
/** @type {Readonly<Record<Status, string>>} */
const CELLS = { passed: 'pass', failed: '**fail**', 'not-applicable': 'n/a', information: '', error: 'error' };

/** One line for people. @param {Verdict} verdict */
export function verdictLine({ id, title, status, seen }) {
  return `${WORDS[status].padEnd(6)}  ${id.padEnd(4)}  ${title}${seen === '' ? '' : `\n              ${seen}`}`;
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

/** A row for each probe, a column for each runner. @param {readonly Report[]} reports @param {readonly Probe[]} probes */
export function markdownTable(reports, probes) {
  const row = (/** @type {string[]} */ cells) => `| ${cells.join(' | ')} |`;
  const rows = probes.map(({ id, title }) => row([`${id} ${title}`, ...reports.map((report) => cell(report, id))]));
  const totals = reports.map(({ verdicts }) => {
    const { passed, failed } = countVerdicts(verdicts);
    return `**${passed} of ${passed + failed}**`;
  });
  return [
    row(['', ...reports.map(({ runner, version }) => `${runner} ${version}`)]),
    row(['---', ...reports.map(() => '---')]),
    ...rows,
    row(['passed', ...totals]),
    '',
    `Measured on ${reports[0]?.date ?? ''} with Node ${process.versions.node} on ${process.platform}-${process.arch}; local caches only.`,
  ].join('\n');
}

/** What was seen where runners did not pass, for the notes under the table. @param {readonly Report[]} reports */
export function findings(reports) {
  return reports.flatMap(({ runner, verdicts }) =>
    verdicts
      .filter(({ status }) => status === 'failed' || status === 'error')
      .map(({ id, seen }) => `- ${runner} ${id}: ${seen.split('\n')[0]}`),
  );
}

/** @param {Report} report @param {string} id */
function cell({ verdicts }, id) {
  const verdict = verdicts.find((candidate) => candidate.id === id);
  if (verdict === undefined) return '';
  return verdict.status === 'information' ? verdict.seen : CELLS[verdict.status];
}
