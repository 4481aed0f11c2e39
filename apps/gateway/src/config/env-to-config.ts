import { parseDuration } from '@velocity/core';
import { namespaceSchema } from '@velocity/protocol';
import { isIP } from 'node:net';
import * as v from 'valibot';
import { closest } from '../closest.js';
import type { Environment } from '../env.js';
import { LOG_LEVELS } from '../logger.js';
import type { Checked, ConfigFlags, GatewayConfig, RetentionConfig } from './config.js';
import { parseChoice, parseKey, parsePort, parsePositiveSize, parseUrl, parseWhole } from './parsers.js';
import { SettingsReader } from './problems.js';
import { readStorageConfig } from './storage-config.js';
import { findSharedTokens, readTokenVariables } from './token-config.js';
import { FOREIGN_VARIABLES, VARIABLES } from './variables.js';

const DAY_MS = 86_400_000;
const SECRET_VARIABLES = ['VC_AUTH_TOKEN', 'VC_READ_TOKEN', 'VC_PR_TOKEN', 'VC_TICKET_KEY', 'AWS_SECRET_ACCESS_KEY'];

/** The configuration, or everything that is wrong with it at once. Reads nothing but its arguments. */
export function envToConfig(env: Environment, flags: ConfigFlags): Checked<GatewayConfig> {
  const reader = new SettingsReader(env);
  reportUnknown(reader, env);
  const namespace = readNamespace(reader);
  const grants = readTokenVariables(reader, namespace);
  const tokensFile = reader.text('VC_TOKENS_FILE');
  const config: GatewayConfig = {
    bind: readBind(reader, flags, grants.length > 0 || tokensFile !== undefined),
    port: reader.parsed(reader.setting('VC_PORT', { name: '--port', text: flags.port }), 8080, parsePort),
    baseUrl: reader.parsed(reader.setting('VC_BASE_URL'), undefined, parseUrl),
    namespace,
    storage: readStorageConfig(reader, env, flags),
    grants,
    tokensFile,
    keySource: readKeySource(reader),
    maxArtifactSize: reader.parsed(
      reader.setting('VC_MAX_ARTIFACT_SIZE', { name: '--max-size', text: flags.maxSize }),
      10 * 1024 ** 3,
      parsePositiveSize,
    ),
    maxConnections: reader.parsed(reader.setting('VC_MAX_CONNECTIONS'), 10_000, (text) =>
      parseWhole(text, { what: 'number of connections', min: 1, max: 1_000_000 }),
    ),
    retention: readRetention(reader),
    logLevel: reader.parsed(
      reader.setting('VC_LOG_LEVEL', { name: '--log-level', text: flags.logLevel }),
      'info',
      parseChoice(LOG_LEVELS, { warning: 'warn', trace: 'debug' }),
    ),
    auditFile: reader.text('VC_AUDIT_FILE'),
    secrets: SECRET_VARIABLES.flatMap((name) => env[name] ?? []),
  };
  const problems = [...reader.problems, ...findSharedTokens(grants)];
  return problems.length > 0 ? { ok: false, problems } : { ok: true, value: config };
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}

function reportUnknown(reader: SettingsReader, env: Environment): void {
  for (const name of Object.keys(env)) {
    if (!name.startsWith('VC_') || Object.hasOwn(VARIABLES, name) || FOREIGN_VARIABLES.test(name)) continue;
    const near = closest(name, Object.keys(VARIABLES));
    const hint = near === undefined ? 'drop it; velocity-server --help names those there are' : `did you mean ${near}?`;
    reader.report(name, 'is no variable of the gateway', hint);
  }
}

function readNamespace(reader: SettingsReader): string {
  const given = reader.text('VC_NAMESPACE') ?? 'default';
  const parsed = v.safeParse(namespaceSchema, given);
  if (parsed.success) return parsed.output;
  reader.report('VC_NAMESPACE', `not a namespace: ${given}`, parsed.issues[0].message);
  return 'default';
}

function readBind(reader: SettingsReader, flags: ConfigFlags, hasTokens: boolean): string {
  const setting = reader.setting('VC_BIND', { name: '--bind', text: flags.bind });
  const bind = setting?.text ?? (hasTokens ? '0.0.0.0' : '127.0.0.1');
  if (setting !== undefined && !hasTokens && !isLoopback(bind)) {
    const message = `${bind} is open to others, and no token is set: anyone could write`;
    reader.report(setting.where, message, 'set VC_AUTH_TOKEN, or bind to 127.0.0.1');
  }
  return bind;
}

function readKeySource(reader: SettingsReader): GatewayConfig['keySource'] {
  const ticketKey = reader.setting('VC_TICKET_KEY');
  if (ticketKey !== undefined) {
    return { from: 'VC_TICKET_KEY', bytes: reader.parsed(ticketKey, new Uint8Array(), parseKey) };
  }
  const token = reader.text('VC_AUTH_TOKEN');
  return token === undefined ? undefined : { from: 'VC_AUTH_TOKEN', bytes: Buffer.from(token) };
}

function readRetention(reader: SettingsReader): RetentionConfig {
  return {
    maxAgeMs: reader.parsed(reader.setting('VC_RETENTION_DAYS'), undefined, (text) => {
      return parseWhole(text, { what: 'number of days', min: 1, max: 36_500 }) * DAY_MS;
    }),
    maxStoreSize: reader.parsed(reader.setting('VC_MAX_STORE_SIZE'), undefined, parsePositiveSize),
    sweepIntervalMs: reader.parsed(reader.setting('VC_SWEEP_INTERVAL'), 3_600_000, parseDuration),
  };
}
