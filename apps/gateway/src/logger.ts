import { errorMessage, isVelocityError } from '@velocity/core';
import type { AuditTrail } from './audit/audit-trail.js';

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFields = Readonly<Record<string, unknown>>;

/** Writes one JSON object a line: `time`, `level`, `msg`, then the fields. */
export interface Logger {
  debug(msg: string, fields?: LogFields): void;
  info(msg: string, fields?: LogFields): void;
  warn(msg: string, fields?: LogFields): void;
  error(msg: string, fields?: LogFields): void;
}

export interface LoggerOptions {
  readonly level: LogLevel;
  readonly write: (line: string) => void;
  readonly now: () => number;
  /** Values that must not appear, whatever part of the program lets them slip into a message. */
  readonly secrets?: readonly string[];
  /** Chains the lines with the field `audit: true`, and keeps them below the level too where it has a file. */
  readonly audit?: AuditTrail;
}

export function createLogger(options: LoggerOptions): Logger {
  const threshold = LOG_LEVELS.indexOf(options.level);
  const redact = redactor(options.secrets ?? []);
  const at =
    (level: LogLevel) =>
    (msg: string, fields: LogFields = {}): void => {
      const isWritten = LOG_LEVELS.indexOf(level) >= threshold;
      const audit = fields['audit'] === true ? options.audit : undefined;
      if (!isWritten && audit?.hasFile !== true) return;
      const line = { time: new Date(options.now()).toISOString(), level, msg, ...fields };
      const text = audit === undefined ? redact(line) : audit.add((link) => redact({ ...line, ...link }));
      if (isWritten) options.write(`${text}\n`);
    };
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}

/** An error as log fields: its code and the chain of messages; the stack only of what is a bug. */
export function errorFields(error: unknown): LogFields {
  const causes: string[] = [];
  for (let cause = causeOf(error); cause !== undefined && causes.length < 5; cause = causeOf(cause)) {
    causes.push(errorMessage(cause));
  }
  return {
    error: errorMessage(error),
    ...(causes.length > 0 && { causes }),
    ...(isVelocityError(error) ? { code: error.code } : { stack: stackOf(error) }),
  };
}

const SECRET_NAME = /^(?:authorization|cookie|token|ticket|signature|secret|password)$/i;
/** The query of a URL: signed ones carry their permission there. */
const URL_QUERY = /(https?:\/\/[^\s?"']+|\/v1\/proxy\/[^\s?"']+)\?[^\s"']*/g;
/** Also where the rest of the URL is missing. */
const SIGNATURE = /((?:X-Amz-(?:Signature|Credential|Security-Token)|signature)=)[^&\s"']+/gi;
const BEARER = /\b(bearer\s+)[^\s"',]+/gi;
/** Of `velocity-server token create`, whole or cut off, whichever gateway it is for. */
const MADE_TOKEN = /\bvct_[0-9A-Za-z]{8,}/g;

/** Every one of the words and signs that the patterns above need. */
const SUSPICIOUS = /\?|authorization|cookie|token|ticket|signature|secret|password|bearer|x-amz-|vct_/i;

/** A line as JSON, without what must not be in it. */
function redactor(secrets: readonly string[]): (line: LogFields) => string {
  // A secret of a few letters would black out ordinary words.
  const long = secrets.filter((secret) => secret.length >= 6);
  const escaped = long.map((secret) => JSON.stringify(secret).slice(1, -1));
  const redactValue = (key: string, value: unknown): unknown => {
    if (typeof value !== 'string') return value;
    if (SECRET_NAME.test(key)) return '[redacted]';
    const known = long.reduce((text, secret) => text.replaceAll(secret, '[redacted]'), value);
    return known
      .replace(URL_QUERY, '$1?[redacted]')
      .replace(SIGNATURE, '$1[redacted]')
      .replace(BEARER, '$1[redacted]')
      .replace(MADE_TOKEN, '[redacted]');
  };
  return (line) => {
    const text = JSON.stringify(line);
    // Most lines are those of ordinary requests: one look at the whole costs a fraction of a look at each value.
    const isClean = !SUSPICIOUS.test(text) && !escaped.some((secret) => text.includes(secret));
    return isClean ? text : JSON.stringify(line, redactValue);
  };
}

function causeOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'cause' in error ? error.cause : undefined;
}

function stackOf(error: unknown): unknown {
  return typeof error === 'object' && error !== null && 'stack' in error ? error.stack : undefined;
}
