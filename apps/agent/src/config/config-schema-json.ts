import { toJsonSchema } from '@valibot/to-json-schema';
import { RootSchema } from './schema.js';
import { ROOT_SHAPE, type Shape } from './shapes.js';

/** A JSON Schema object, as far as it is looked into here. */
export interface JsonSchema {
  [key: string]: unknown;
  properties?: Record<string, JsonSchema>;
}

/**
 * The JSON Schema (draft 7) of the root's `velocity.yml`, for editors: every accepted spelling, every key described.
 * It judges types only; paths, names and units are checked by `loadConfig`.
 */
export function configSchemaJson(): JsonSchema {
  const schema = toJsonSchema(RootSchema, { typeMode: 'input', errorMode: 'ignore' }) as JsonSchema;
  withSpellings(schema, ROOT_SHAPE);
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    ...schema,
    title: 'velocity.yml',
    description: 'Configuration of VelocityCache.',
  };
}

/** Adds the aliases of the shape to the schema, below every key that the shape knows more about, and lets tasks be empty. */
function withSpellings(schema: JsonSchema, shape: Shape): void {
  const properties = schema.properties ?? {};
  for (const [key, child] of shape.children) {
    const property = properties[key];
    if (property === undefined) continue;
    if (!('each' in child)) withSpellings(property, child);
    else {
      const task = property['additionalProperties'] as JsonSchema;
      withSpellings(task, child.each);
      property['additionalProperties'] = { ...task, type: ['object', 'null'] };
    }
  }
  for (const [alias, key] of shape.aliases) {
    const property = properties[key];
    if (property !== undefined) properties[alias] = { ...property, description: `The same as ${key}.` };
  }
}
