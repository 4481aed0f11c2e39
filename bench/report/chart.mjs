// @ts-check
/** @import { Comparison } from '../lib/types.d.ts' */
import { SCENARIOS } from '../lib/scenarios.mjs';
import { grouped } from './format.mjs';
import { isMet } from './summarize.mjs';

const WIDTH = 760;
const LEFT = 210;
const RIGHT = 56;
const TOP = 58;
const BAR = 14;
const GAP = 8;
const GROUP_GAP = 14;
/** Longer bars are cut off here and say their number. */
const MAX_RATIO = 1.5;

/** Readable on a light and on a dark page. */
const STYLE = `
  text { font: 12px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 14px; font-weight: 600; }
  .quiet { fill: #59636e; }
  .line { stroke: #59636e; stroke-width: 1; }
  .goal { stroke: #1f2328; stroke-width: 2; }
  .met { fill: #2da44e; }
  .missed { fill: #bf8700; }
  .slower { fill: #cf222e; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .quiet { fill: #9198a1; }
    .line { stroke: #9198a1; }
    .goal { stroke: #e6edf3; }
    .met { fill: #3fb950; }
    .missed { fill: #d29922; }
    .slower { fill: #f85149; }
  }
`;

/**
 * Bars of VelocityCache's time as a share of turbo's, with each goal as a tick and turbo as the line at 1.
 * @param {readonly Comparison[]} comparisons of one Node, against turbo
 * @param {{ title: string }} options
 * @returns {string} an SVG document
 */
export function chart(comparisons, { title }) {
  const groups = SCENARIOS.map(({ id, title: label }) => ({
    label,
    bars: comparisons.filter(({ theirs }) => theirs.scenario === id),
  })).filter(({ bars }) => bars.length > 0);
  let y = TOP;
  const parts = groups.map(({ label, bars }) => {
    const part = [
      text({ x: 0, y: y + 11, content: label }),
      ...bars.map((bar, index) => drawBar(bar, y + 18 + index * (BAR + GAP))),
    ];
    y += 18 + bars.length * (BAR + GAP) + GROUP_GAP;
    return part.join('\n');
  });
  const one = position(1);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" width="${WIDTH}" height="${y}" role="img">`,
    `<title>${escape(title)}</title>`,
    `<style>${STYLE}</style>`,
    text({ x: 0, y: 16, content: title, kind: 'title' }),
    text({ x: 0, y: 34, content: 'Shorter is faster. The line is turbo, the ticks are our goals.', kind: 'quiet' }),
    `<line class="line" x1="${one}" y1="${TOP - 8}" x2="${one}" y2="${y - GROUP_GAP}"/>`,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

/** @param {Comparison} comparison @param {number} y */
function drawBar(comparison, y) {
  const { theirs, ratio, goal } = comparison;
  const end = position(Math.min(ratio.median, MAX_RATIO));
  const kind = ratio.median > 1 ? 'slower' : isMet(comparison) === false ? 'missed' : 'met';
  const middle = y + BAR - 3;
  return [
    text({ x: LEFT - 8, y: middle, content: `${grouped(theirs.packages)} packages`, kind: 'quiet', anchor: 'end' }),
    `<rect class="${kind}" x="${LEFT}" y="${y}" width="${round(end - LEFT)}" height="${BAR}" rx="2"/>`,
    ...(goal === undefined ? [] : [tick(position(goal), y)]),
    text({ x: Math.max(end, position(goal ?? 0)) + 6, y: middle, content: ratio.median.toFixed(2) }),
  ].join('\n');
}

/** @param {number} x @param {number} y */
function tick(x, y) {
  return `<line class="goal" x1="${x}" y1="${y - 2}" x2="${x}" y2="${y + BAR + 2}"/>`;
}

/** @param {{ x: number, y: number, content: string, kind?: string, anchor?: string }} label */
function text({ x, y, content, kind, anchor }) {
  const attributes = [
    kind === undefined ? '' : ` class="${kind}"`,
    anchor === undefined ? '' : ` text-anchor="${anchor}"`,
  ];
  return `<text x="${round(x)}" y="${y}"${attributes.join('')}>${escape(content)}</text>`;
}

/** @param {number} ratio */
function position(ratio) {
  return round(LEFT + (ratio / MAX_RATIO) * (WIDTH - LEFT - RIGHT));
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 10) / 10;
}

/** @param {string} content */
function escape(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
