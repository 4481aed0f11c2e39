import { errorMessage, isVelocityError } from '@velocity/core';
import * as v from 'valibot';
import type { TextRule } from './text-rules.js';

/** Stands between message and hint in an issue of a rule. */
export const HINT_MARK = '\nhint: ';

export const LIST = 'a list of strings';

export function setting<const S extends v.GenericSchema>(schema: S, description: string) {
  return v.exactOptional(v.pipe(schema, v.description(description)));
}

export function text() {
  return v.string('a string');
}

export function bool() {
  return v.boolean('true or false');
}

export function name(check: TextRule) {
  return v.pipe(v.string(), rule(check));
}

export function list(check: TextRule) {
  return v.array(v.pipe(v.string('a string'), rule(check)), LIST);
}

export function rule(check: TextRule) {
  return v.rawCheck<string>(({ dataset, addIssue }) => {
    const complaint = dataset.typed ? check(dataset.value) : undefined;
    if (complaint === undefined) return;
    addIssue({ message: complaint.message + (complaint.hint === undefined ? '' : HINT_MARK + complaint.hint) });
  });
}

/** The description stands before the transformation: behind it, it would speak of the number of bytes or milliseconds. */
export function units(expected: string, parse: (value: string | number) => number, description: string) {
  return v.exactOptional(
    v.pipe(
      v.union([v.string(), v.number()], expected),
      v.description(description),
      v.rawTransform<string | number, number>(({ dataset, addIssue, NEVER }) => {
        try {
          return parse(dataset.value);
        } catch (error) {
          if (!isVelocityError(error, 'VALUE_INVALID')) throw error;
          addIssue({ message: errorMessage(error) + (error.hint === undefined ? '' : HINT_MARK + error.hint) });
          return NEVER;
        }
      }),
    ),
  );
}
