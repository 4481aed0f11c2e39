import * as v from 'valibot';
import { tidyGlob } from './normalize-task.js';
import { HINT_MARK, list, LIST, rule, setting } from './schema-parts.js';
import { fieldRule, globRule, jsonFileRule } from './text-rules.js';

/** Globs, and JSON files of which a part counts: each file once. */
export function inputList() {
  const item = v.union(
    [v.pipe(v.string(), rule(globRule)), JsonInputSchema],
    'a string, or a mapping with json and pick or omit',
  );
  return v.pipe(
    v.array(item, LIST),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const files = dataset.value.map((entry) => (typeof entry === 'string' ? undefined : tidyGlob(entry.json)));
      for (const [key, file] of files.entries()) {
        if (file === undefined || files.indexOf(file) === key) continue;
        const input = dataset.value;
        const path: [v.IssuePathItem] = [{ type: 'array', origin: 'value', input, key, value: input[key] }];
        const message = `${JSON.stringify(file)} stands here twice${HINT_MARK}put all fields into one entry`;
        addIssue({ message, path });
      }
    }),
  );
}

const JsonInputSchema = v.pipe(
  v.strictObject(
    {
      json: v.pipe(v.string('the path of a JSON file'), v.description('The file.'), rule(jsonFileRule)),
      pick: setting(
        v.pipe(list(fieldRule), v.minLength(1, 'the list is empty')),
        'Nothing but these fields counts: dotted paths.',
      ),
      omit: setting(list(fieldRule), 'Everything but these fields counts: dotted paths. [] stands for all of it.'),
    },
    'a mapping',
  ),
  v.check(
    ({ pick, omit }) => pick === undefined || omit === undefined,
    `pick and omit exclude each other${HINT_MARK}keep one`,
  ),
  v.check(
    ({ pick, omit }) => pick !== undefined || omit !== undefined,
    `pick or omit is missing${HINT_MARK}omit: [] counts the whole document`,
  ),
);
