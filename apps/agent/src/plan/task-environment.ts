import { hashEnvValue, type FingerprintEnv } from '@velocity/core';
import type { LoadedDotenv } from './dotenv.js';

type Env = Readonly<Record<string, string | undefined>>;

/** What programs need to work at all and what says nothing about a result: handed to every task, never part of a key. */
const ALWAYS_PASSED: readonly string[] = [
  'PATH', 'HOME', 'USER', 'LOGNAME', 'SHELL', 'TERM', 'COLORTERM', 'LANG', 'LC_*', 'TZ', 'TMPDIR', 'TMP', 'TEMP', 'CI',
  'NO_COLOR', 'FORCE_COLOR', 'DISPLAY', 'XDG_*', 'SSH_AUTH_SOCK', 'DOCKER_HOST', 'LD_LIBRARY_PATH', 'DYLD_*',
  'HTTP_PROXY', 'HTTPS_PROXY', 'NO_PROXY', 'http_proxy', 'https_proxy', 'no_proxy', 'NODE_EXTRA_CA_CERTS', 'SSL_CERT_*',
  'COREPACK_*', 'PNPM_HOME', 'NVM_*', 'VOLTA_HOME', 'CARGO_HOME', 'RUSTUP_HOME', 'RUSTUP_TOOLCHAIN', 'GOPATH', 'GOCACHE', 'GOMODCACHE',
  'GOROOT', 'PYENV_*', 'VIRTUAL_ENV', 'UV_*', 'JAVA_HOME',
  'SystemRoot', 'SYSTEMROOT', 'SystemDrive', 'SYSTEMDRIVE', 'windir', 'WINDIR', 'ComSpec', 'COMSPEC', 'PATHEXT', 'APPDATA', 'LOCALAPPDATA',
  'PROGRAMDATA', 'ProgramFiles*', 'USERPROFILE', 'USERNAME', 'NUMBER_OF_PROCESSORS', 'PROCESSOR_*', 'OS', 'Path',
]; // prettier-ignore

/** Ours and the CI's proofs of identity: no task ever sees them, whatever the configuration says. */
const NEVER_PASSED: readonly string[] = [
  'VC_*',
  'VELOCITY_*',
  'ACTIONS_ID_TOKEN_REQUEST_*',
  'ACTIONS_RUNTIME_TOKEN',
  'CI_JOB_JWT*',
  'CI_JOB_TOKEN',
];

export interface TaskEnvironmentOptions {
  readonly env: Env;
  /** Names and patterns of what decides the result: passed on and part of the key. */
  readonly declared: readonly string[];
  /** Passed on, not part of the key. */
  readonly passed: readonly string[];
  /** `loose`: everything is passed on. */
  readonly mode: 'strict' | 'loose';
}

/** The variables that a task sees. */
export function taskEnvironment(options: TaskEnvironmentOptions): Record<string, string> {
  const { env, declared, passed, mode } = options;
  const isPassed =
    mode === 'loose' ? () => true : anyOf(matchNames([...ALWAYS_PASSED]), matchNames(declared), matchNames(passed));
  const isForbidden = matchNames(NEVER_PASSED);
  const result: Record<string, string> = {};
  for (const [name, value] of Object.entries(env)) {
    if (value !== undefined && isPassed(name) && !isForbidden(name)) result[name] = value;
  }
  return result;
}

/**
 * The declared variables as the fingerprint holds them. A name without a wildcard is there even when it is not set: absent and empty
 * differ. What a pattern matches counts only when it is set.
 */
export function fingerprintEnvironment(env: Env, declared: readonly string[], project: string): FingerprintEnv {
  const matches = matchNames(declared);
  const literal = declared.filter((pattern) => !pattern.includes('*') && !pattern.startsWith('!'));
  const names = new Set([
    ...literal.filter(matches),
    ...Object.keys(env).filter((name) => env[name] !== undefined && matches(name)),
  ]);
  const result: Record<string, string | null> = {};
  for (const name of [...names].sort()) {
    const value = env[name];
    result[name] = value === undefined ? null : hashEnvValue(project, name, value);
  }
  return result;
}

/** The variables of dotenv files as the fingerprint holds them. */
export function fingerprintDotenv({ values }: LoadedDotenv, project: string): FingerprintEnv {
  const entries = Object.entries(values);
  return Object.fromEntries(entries.map(([name, value]) => [name, hashEnvValue(project, name, value)]));
}

/** Ordered names with `*` and `!`: the last pattern that matches decides. */
export function matchNames(patterns: readonly string[]): (name: string) => boolean {
  const rules = patterns.map((pattern) => {
    const isNegated = pattern.startsWith('!');
    const source = (isNegated ? pattern.slice(1) : pattern).split('*').map(escapeRegExp).join('.*');
    return { isNegated, expression: new RegExp(`^${source}$`, 's') };
  });
  return (name) => {
    let isMatch = false;
    for (const { isNegated, expression } of rules) if (expression.test(name)) isMatch = !isNegated;
    return isMatch;
  };
}

function anyOf(...tests: readonly ((name: string) => boolean)[]): (name: string) => boolean {
  return (name) => tests.some((test) => test(name));
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
