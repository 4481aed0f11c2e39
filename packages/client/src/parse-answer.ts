import { printablePath, VelocityError } from '@velocity/core';
import * as v from 'valibot';

const MAX_PATH = 100;

/** @throws VelocityError `PROTOCOL` that says where the answer is not as agreed, and nothing of its values: some are permissions */
export function parseAnswer<T>(schema: v.GenericSchema<unknown, T>, value: unknown, route: string): T {
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const where = printablePath((v.getDotPath(issue) ?? 'its top').slice(0, MAX_PATH));
  const expected = issue.expected === null ? `another ${issue.type}` : issue.expected;
  throw new VelocityError('PROTOCOL', `${route}: unexpected answer at ${where}: expected ${expected}`);
}

/** Undefined for what is not JSON: callers say what that means for them. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // The only thing that JSON.parse throws is "not JSON", with an excerpt of the text.
    return undefined;
  }
}
