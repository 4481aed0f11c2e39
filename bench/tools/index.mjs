// @ts-check
/** @import { Tool, ToolName } from '../lib/types.d.ts' */
import { floorTool } from '../floor/floor-tool.mjs';
import { Unusable } from '../measure/requirements.mjs';
import { lage } from './lage.mjs';
import { moon } from './moon.mjs';
import { nx, nxCommands, nxDaemon } from './nx.mjs';
import { turbo, turboBinary } from './turbo.mjs';
import { velocityTool } from './velocity.mjs';
import { wireit } from './wireit.mjs';

const PEERS = [turbo, turboBinary, nx, nxDaemon, nxCommands, lage, wireit, moon, floorTool];

/** In the order of the tables. @type {readonly ToolName[]} */
export const TOOL_NAMES = ['velocity', ...PEERS.map(({ name }) => name)];

/** @param {string} name @returns {ToolName} */
export function parseToolName(name) {
  const known = TOOL_NAMES.find((candidate) => candidate === name);
  if (known === undefined) throw new Unusable(`there is no tool ${name}: use some of ${TOOL_NAMES.join(', ')}`);
  return known;
}

/** @param {ToolName} name @param {{ program: string | undefined }} options `program`: VelocityCache's, instead of what npm installs @returns {Tool} */
export function findTool(name, { program }) {
  const peer = PEERS.find((candidate) => candidate.name === name);
  return peer ?? velocityTool(program);
}
