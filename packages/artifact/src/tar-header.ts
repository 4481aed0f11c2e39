/** What a tar header says. Owner, group and time are always 0. */
export interface TarMember {
  readonly name: string;
  readonly type: 'file' | 'symlink' | 'directory';
  readonly size: number;
  readonly executable?: boolean;
  readonly target?: string;
}

export const TAR_BLOCK = 512;
/** Two blocks of zeros. */
export const TAR_END = Buffer.alloc(2 * TAR_BLOCK);

/** Sizes from 8 GiB on do not fit the eleven octal digits of the field. */
const MAX_OCTAL_SIZE = 8 * 1024 ** 3 - 1;
const TYPE_FLAGS = { file: '0', symlink: '2', directory: '5', pax: 'x' } as const;

/**
 * The header of one member: POSIX ustar (IEEE Std 1003.1, pax, "ustar Interchange Format"), preceded by a pax extended header where name,
 * target or size need one. A member has exactly one header: readers compare bytes with what they would have written.
 */
export function encodeTarHeader(member: TarMember): Buffer {
  const records = paxRecords(member);
  const header = ustarBlock(member);
  if (records.length === 0) return header;
  const body = Buffer.from(records.join(''));
  return Buffer.concat([paxBlock(body.length), body, Buffer.alloc(paddingOf(body.length)), header]);
}

/** Zeros after `size` bytes of content. */
export function paddingOf(size: number): number {
  return (TAR_BLOCK - (size % TAR_BLOCK)) % TAR_BLOCK;
}

/** The size that a header block of ours states; `undefined` when there is none. The caller compares the whole block. */
export function sizeInHeader(block: Uint8Array): number | undefined {
  const digits = Buffer.from(block.subarray(124, 136)).toString('latin1');
  return /^[0-7]{11}\0$/.test(digits) ? Number.parseInt(digits, 8) : undefined;
}

function paxRecords(member: TarMember): string[] {
  const records: string[] = [];
  if (splitName(storedName(member)) === undefined) records.push(paxRecord('path', storedName(member)));
  if (member.target !== undefined && !fits(member.target, 100)) records.push(paxRecord('linkpath', member.target));
  if (member.size > MAX_OCTAL_SIZE) records.push(paxRecord('size', String(member.size)));
  return records;
}

/** `LENGTH key=value\n`, where LENGTH counts the whole record with its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function paxBlock(size: number): Buffer {
  return block({ name: 'PaxHeader', prefix: '', mode: 0o644, size, flag: TYPE_FLAGS.pax, target: '' });
}

function ustarBlock(member: TarMember): Buffer {
  // Where a pax record has the true name or target, a reader that knows no pax gets one it can at least write.
  const [prefix, name] = splitName(storedName(member)) ?? ['', toAscii(storedName(member)).slice(0, 100)];
  return block({
    name,
    prefix,
    mode: member.type === 'file' && member.executable !== true ? 0o644 : 0o755,
    size: member.size > MAX_OCTAL_SIZE ? 0 : member.size,
    flag: TYPE_FLAGS[member.type],
    target: toAscii(member.target ?? '').slice(0, 100),
  });
}

function block(fields: {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly size: number;
  readonly flag: string;
  readonly target: string;
}): Buffer {
  const header = Buffer.alloc(TAR_BLOCK);
  header.write(fields.name, 0, 100, 'latin1');
  header.write(`${octal(fields.mode, 7)}\0${octal(0, 7)}\0${octal(0, 7)}\0`, 100, 'latin1');
  header.write(`${octal(fields.size, 11)}\0${octal(0, 11)}\0`, 124, 'latin1');
  header.write(`        ${fields.flag}`, 148, 'latin1');
  header.write(fields.target, 157, 100, 'latin1');
  header.write('ustar\u000000', 257, 'latin1');
  header.write(`${octal(0, 7)}\0${octal(0, 7)}\0`, 329, 'latin1');
  header.write(fields.prefix, 345, 155, 'latin1');
  let sum = 0;
  for (const byte of header) sum += byte;
  header.write(`${octal(sum, 6)}\0 `, 148, 'latin1');
  return header;
}

function storedName(member: TarMember): string {
  return member.type === 'directory' ? `${member.name}/` : member.name;
}

/** As prefix and name of at most 155 and 100 ASCII bytes, cut at a slash; `undefined` when it does not fit. */
function splitName(name: string): readonly [prefix: string, name: string] | undefined {
  if (fits(name, 100)) return ['', name];
  if (!fits(name, 256)) return undefined;
  const slash = name.indexOf('/', name.length - 101);
  if (slash <= 0 || slash > 155 || slash === name.length - 1) return undefined;
  return [name.slice(0, slash), name.slice(slash + 1)];
}

function fits(text: string, bytes: number): boolean {
  return text.length <= bytes && /^[\u0020-\u007e]*$/.test(text);
}

function toAscii(text: string): string {
  return text.replaceAll(/[^\u0020-\u007e]/g, '_');
}

function octal(value: number, digits: number): string {
  return value.toString(8).padStart(digits, '0');
}
