import { digestOf, type Digest } from '@velocity/core';
import type { JsonInput } from '../config/types.js';

type JsonObject = Readonly<Record<string, unknown>>;

/** The part of a JSON document that counts. A path leads through objects only: a list counts, or is left out, as a whole. */
export function viewOfJson(document: unknown, { mode, fields }: Pick<JsonInput, 'mode' | 'fields'>): unknown {
  if (!isObject(document)) return document;
  return mode === 'pick' ? pick(document, '', fields) : omit(document, '', fields);
}

/**
 * Stands for a view of a document. `kind` says which view: two that show the same by different rules do not count as the same.
 * The order of keys counts.
 */
export function digestOfView(kind: readonly string[], view: unknown): Digest {
  return digestOf(`velocity/json-input/v1\0${JSON.stringify(kind)}\0${JSON.stringify(view)}`);
}

/** Paths are compared as text, so that a key with dots in it can be named, too. */
function pick(object: JsonObject, prefix: string, fields: readonly string[]): JsonObject {
  const entries = Object.entries(object).flatMap(([key, value]) => {
    const path = prefix + key;
    if (fields.includes(path)) return [[key, value] as const];
    if (!fields.some((field) => field.startsWith(`${path}.`))) return [];
    if (!isObject(value)) return [[key, value] as const];
    const picked = pick(value, `${path}.`, fields);
    return Object.keys(picked).length === 0 ? [] : [[key, picked] as const];
  });
  return Object.fromEntries(entries);
}

function omit(object: JsonObject, prefix: string, fields: readonly string[]): JsonObject {
  const entries = Object.entries(object).flatMap(([key, value]) => {
    const path = prefix + key;
    if (fields.includes(path)) return [];
    const isInside = isObject(value) && fields.some((field) => field.startsWith(`${path}.`));
    return [[key, isInside ? omit(value, `${path}.`, fields) : value] as const];
  });
  return Object.fromEntries(entries);
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
