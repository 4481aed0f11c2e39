import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isErrno, replaceFile, VelocityError } from '@velocity/core';
import type { AgentContext } from '../agent-context.js';

/** Variables of which each may name a gateway: whoever sets the environment may send its token there. */
const URL_VARIABLES = ['VELOCITY_REMOTE_CACHE_URL', 'VC_REMOTE_URL', 'VC_SERVER_URL'];

/**
 * Whether a token that came from the environment may be sent to this URL although a file of the repository named it: anyone who can
 * propose a change can edit that file. Loopback may, what the environment names itself, and what the user has allowed on this machine.
 */
export function mayReceiveToken(url: string, context: AgentContext): boolean {
  const origin = originOf(url);
  if (origin === undefined || isLoopback(new URL(url).hostname)) return true;
  const { env } = context;
  const listed = (env['VELOCITY_REMOTE_ORIGINS'] ?? '').split(/[\s,]+/);
  const named = URL_VARIABLES.map((name) => env[name] ?? '');
  return [...listed, ...named, ...readAllowed(context)].some((text) => originOf(text) === origin);
}

/** Remembers for this user that tokens may go to the URL's origin. @returns the origin @throws VelocityError `USAGE` */
export function allowOrigin(url: string, context: AgentContext): string {
  const origin = originOf(url);
  if (origin === undefined) {
    throw new VelocityError('USAGE', `not a URL: ${JSON.stringify(url)}`, {
      hint: 'write it as https://cache.example.com',
    });
  }
  const known = readAllowed(context);
  if (!known.includes(origin)) replaceFile(allowedFile(context), `${[...known, origin].join('\n')}\n`);
  return origin;
}

/** What is said when a token stays at home. */
export function originNotAllowed(url: string): VelocityError {
  const origin = originOf(url) ?? url;
  return new VelocityError(
    'FORBIDDEN',
    `the token of the environment is not sent to ${origin}, which a file of the repository names`,
    {
      hint: `run \`velocity remote allow ${origin}\` once, or set VELOCITY_REMOTE_ORIGINS=${origin} in CI`,
    },
  );
}

function readAllowed(context: AgentContext): string[] {
  try {
    return readFileSync(allowedFile(context), 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR', 'EACCES')) return [];
    throw error;
  }
}

function allowedFile({ env, homeDirectory, platform }: AgentContext): string {
  const roaming = platform === 'win32' ? env['APPDATA'] : undefined;
  return join(env['XDG_CONFIG_HOME'] ?? roaming ?? join(homeDirectory, '.config'), 'velocity', 'origins');
}

function originOf(text: string): string | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, origin } = new URL(text);
  return protocol === 'http:' || protocol === 'https:' ? origin : undefined;
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
