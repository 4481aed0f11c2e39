import { VelocityError } from './errors.js';

/** What {@link encodeCanonical} takes: JSON's shapes without fractions, and bytes. */
export type CanonicalValue =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly CanonicalValue[]
  | { readonly [key: string]: CanonicalValue | undefined };

const TAG = { null: 0, false: 1, true: 2, integer: 3, string: 4, bytes: 5, list: 6, map: 7 } as const;

/**
 * Encodes a value to bytes such that two values have equal bytes only when they are equal.
 *
 * One tag byte (0 null, 1 false, 2 true, 3 integer, 4 string, 5 bytes, 6 list, 7 map), then for
 * integers 8 bytes (signed, big endian), for strings (UTF-8) and bytes a 4-byte big-endian length and the bytes, for lists a
 * 4-byte count and the items, for maps a 4-byte count and the entries (string, value) in the order of
 * their keys' UTF-16 code units. A map entry whose value is `undefined` is absent. The scheme is a plain
 * tag-length-value encoding: since every part says its own length, no two values share an encoding.
 *
 * @throws VelocityError `VALUE_INVALID` for a fraction, an integer beyond ±(2^53 - 1) or a lone surrogate.
 */
export function encodeCanonical(value: CanonicalValue): Uint8Array {
  const writer = new Writer();
  writeValue(writer, value);
  return writer.finish();
}

function writeValue(writer: Writer, value: CanonicalValue): void {
  if (value === null) return writer.byte(TAG.null);
  if (typeof value === 'boolean') return writer.byte(value ? TAG.true : TAG.false);
  if (typeof value === 'number') return writeInteger(writer, value);
  if (typeof value === 'string') return writeString(writer, value);
  if (ArrayBuffer.isView(value)) return writeBytes(writer, value);
  if (Array.isArray(value)) return writeList(writer, value);
  return writeMap(writer, value as Readonly<Record<string, CanonicalValue | undefined>>);
}

function writeInteger(writer: Writer, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw new VelocityError('VALUE_INVALID', `cannot encode ${value}: only whole numbers up to 2^53 - 1`);
  }
  writer.byte(TAG.integer);
  writer.integer(value);
}

function writeString(writer: Writer, value: string): void {
  if (!value.isWellFormed()) {
    throw new VelocityError('VALUE_INVALID', `cannot encode ${JSON.stringify(value)}: not valid Unicode`);
  }
  writer.byte(TAG.string);
  writer.string(value);
}

function writeBytes(writer: Writer, value: Uint8Array): void {
  writer.byte(TAG.bytes);
  writer.length(value.byteLength);
  writer.bytes(value);
}

function writeList(writer: Writer, items: readonly CanonicalValue[]): void {
  writer.byte(TAG.list);
  writer.length(items.length);
  for (const item of items) writeValue(writer, item);
}

function writeMap(writer: Writer, map: Readonly<Record<string, CanonicalValue | undefined>>): void {
  const keys = Object.keys(map)
    .filter((key) => map[key] !== undefined)
    .sort();
  writer.byte(TAG.map);
  writer.length(keys.length);
  for (const key of keys) {
    writeString(writer, key);
    writeValue(writer, map[key] as CanonicalValue);
  }
}

class Writer {
  #buffer = Buffer.allocUnsafe(1024);
  #used = 0;

  byte(value: number): void {
    this.#reserve(1);
    this.#buffer[this.#used++] = value;
  }

  integer(value: number): void {
    this.#reserve(8);
    this.#used = this.#buffer.writeBigInt64BE(BigInt(value), this.#used);
  }

  length(value: number): void {
    this.#reserve(4);
    this.#used = this.#buffer.writeUInt32BE(value, this.#used);
  }

  string(value: string): void {
    const size = Buffer.byteLength(value);
    this.length(size);
    this.#reserve(size);
    this.#used += this.#buffer.write(value, this.#used, size, 'utf8');
  }

  bytes(value: Uint8Array): void {
    this.#reserve(value.byteLength);
    this.#buffer.set(value, this.#used);
    this.#used += value.byteLength;
  }

  finish(): Uint8Array {
    return this.#buffer.subarray(0, this.#used);
  }

  #reserve(size: number): void {
    const needed = this.#used + size;
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(larger, 0, 0, this.#used);
    this.#buffer = larger;
  }
}
