import { END, honestFile, pax, rawHeader, rawMember, type Forgery, type RawHeader } from '../forge.js';
import { log } from '../support.js';
import { ENTRY, MEMBER, type Cases, type HostileCase } from './hostile-case.js';

const LINK = { path: 'dist/link', type: 'symlink', target: 'a.js' };
const withHeader = (header: Buffer): Forgery => ({
  members: Buffer.concat([header, Buffer.from('a'), Buffer.alloc(511), END]),
});

/** The file's own header, but for what is given. */
const headed = (fields: Partial<RawHeader>): HostileCase => [
  'ARTIFACT_CORRUPT',
  () => withHeader(rawHeader({ name: 'outputs/dist/a.js', mode: '0000644', size: 1, ...fields })),
];
const before = (...headers: readonly Buffer[]): HostileCase => [
  'ARTIFACT_CORRUPT',
  () => ({ members: Buffer.concat([...headers, MEMBER, END]) }),
];
/** A name that does not fit a ustar header, and the pax header that an honest writer gives it. */
const LONG = `${'n'.repeat(120)}.js`;
const longNamed = (...headers: readonly Buffer[]): HostileCase => [
  'ARTIFACT_CORRUPT',
  () => ({
    entries: [honestFile(LONG, 'a')],
    members: Buffer.concat([...headers, rawMember({ name: `outputs/${LONG}`.slice(0, 100) }, 'a'), END]),
  }),
];

export const MEMBER_CASES: Cases = {
  'a log of another size': ['ARTIFACT_CORRUPT', () => ({ logMember: rawMember({ name: 'log' }, log.subarray(1)) })],
  'a log with other bytes': [
    'ARTIFACT_CORRUPT',
    () => ({ logMember: rawMember({ name: 'log' }, Buffer.from(log).fill(0x78, 8, 12)) }),
  ],
  'a log that is not framed': ['ARTIFACT_CORRUPT', () => ({ log: Buffer.from('plain text') })],
  'a log that ends within a frame': ['ARTIFACT_CORRUPT', () => ({ log: log.subarray(0, -1) })],
  'a log by another name': ['ARTIFACT_CORRUPT', () => ({ logMember: rawMember({ name: '../log' }, log) })],
  'a log that is a link': [
    'ARTIFACT_CORRUPT',
    () => ({ logMember: rawMember({ name: 'log', type: '2', target: '/etc/passwd', size: log.length }, log) }),
  ],
  'a member by another name': ['ARTIFACT_CORRUPT', () => withHeader(rawHeader({ name: 'outputs/dist/b.js', size: 1 }))],
  'a member outside of outputs': ['ARTIFACT_CORRUPT', () => withHeader(rawHeader({ name: '../../precious', size: 1 }))],
  'a member with a prefix': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', prefix: '/', size: 1 })),
  ],
  'a name hidden behind a NUL': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js\0../x', size: 1 })),
  ],
  'a link instead of a file': [
    'ARTIFACT_CORRUPT',
    () =>
      withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '2', target: '/etc/passwd', mode: '0000644', size: 1 })),
  ],
  'a hard link instead of a file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '1', target: 'log', mode: '0000644', size: 1 })),
  ],
  'a device instead of a file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '3', mode: '0000644', size: 1 })),
  ],
  'a FIFO instead of a file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: '6', mode: '0000644', size: 1 })),
  ],
  'an unknown type': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: 'Z', mode: '0000644', size: 1 })),
  ],
  'a sparse file': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', type: 'S', mode: '0000644', size: 1 })),
  ],
  'a setuid bit': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', mode: '0004755', size: 1 })),
  ],
  'a setgid bit': headed({ mode: '0002755' }),
  'a sticky bit': headed({ mode: '0001644' }),
  'a mode that all may write': headed({ mode: '0000666' }),
  'a mode in base 256': headed({ mode: '\u0080\0\0\0\0\u0001\u00ed' }),
  'a block device instead of a file': headed({ type: '4', device: '0000010\u00000000000' }),
  'a contiguous file': headed({ type: '7' }),
  'a folder instead of a file': headed({ type: '5' }),
  'a file of the old kind (NUL as type)': headed({ type: '\0' }),
  'numbers of a device on a file': headed({ device: '0000001\u00000000003' }),
  'a user by name': headed({ user: 'root' }),
  'a group by name': headed({ group: 'wheel' }),
  'a header of the old kind (no magic)': headed({ magic: '\0\0\0\0\0\0\0\0' }),
  'a header of GNU': headed({ magic: 'ustar  \0' }),
  'a header of star': headed({ prefix: `${'\0'.repeat(146)}tar\0` }),
  'a link target on a file': headed({ target: '/etc/passwd' }),
  'a name that climbs by a backslash': headed({ name: 'outputs\\..\\..\\precious' }),
  'a name of a drive': headed({ name: 'C:outputs/dist/a.js' }),
  'a name with a slash more': headed({ name: 'outputs//dist/a.js' }),
  'a name with a current segment': headed({ name: './outputs/dist/a.js' }),
  'a name with a slash behind it': headed({ name: 'outputs/dist/a.js/' }),
  'a name in another case': headed({ name: 'outputs/dist/A.js' }),
  'a name with a control character': headed({ name: 'outputs/dist/a.js\u0007' }),
  'a name with a line end': headed({ name: 'outputs/dist/a.js\n' }),
  'a name that runs on into the mode': headed({ name: 'x'.repeat(107) }),
  'no name': headed({ name: '' }),
  'a size in base 256': headed({ size: Buffer.from('800000000000000000000001', 'hex') }),
  'a negative size in base 256': headed({ size: Buffer.alloc(12, 0xff) }),
  'a size with blanks': headed({ size: '          1 ' }),
  'a size without its end': headed({ size: '000000000001' }),
  'a size with a sign': headed({ size: '-0000000001' }),
  'a size of 8 GiB': headed({ size: '77777777777' }),
  'a size in decimal': headed({ size: '00000000009' }),
  'a checksum with a sign': headed({ checksum: '-001234\0' }),
  'an executable bit': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', mode: '0000755', size: 1 })),
  ],
  'an owner': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', owner: '0001750', size: 1 })),
  ],
  'a time': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', time: '14000000000', size: 1 })),
  ],
  'a larger size in the header': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', size: 2 })),
  ],
  'a size of 0 in the header': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', size: 0 })),
  ],
  'a wrong header checksum': [
    'ARTIFACT_CORRUPT',
    () => withHeader(rawHeader({ name: 'outputs/dist/a.js', size: 1, checksum: '0000000\0' })),
  ],
  'a pax path': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ path: '../../precious' }), MEMBER, END]) }),
  ],
  'a pax size': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([pax({ size: '1000' }), MEMBER, END]) })],
  'a pax link path': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ linkpath: '/etc/passwd' }), MEMBER, END]) }),
  ],
  'a pax path with a NUL': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ path: 'dist/a\0/../x' }), MEMBER, END]) }),
  ],
  'a pax header for a pax header': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([pax({ size: '1024' }), pax({ path: 'x' }), MEMBER, END]) }),
  ],
  'a pax size of 0': before(pax({ size: '0' })),
  'a negative pax size': before(pax({ size: '-1' })),
  'a pax size beyond 2^64': before(pax({ size: '99999999999999999999' })),
  'a pax size in another form': before(pax({ size: '1e3' })),
  'a numeric pax path': before(pax({ path: '12345' })),
  'an empty pax path': before(pax({ path: '' })),
  'an absolute pax path': before(pax({ path: '/etc/passwd' })),
  'a pax path with a line end and a record in it': before(pax({ path: 'x\n20 path=../precious' })),
  'a pax path twice': before(rawMember({ name: 'PaxHeader', type: 'x' }, '10 path=a\n17 path=../../b\n')),
  'a pax record that is longer than it says': before(rawMember({ name: 'PaxHeader', type: 'x' }, '9 path=a\n')),
  'a pax record of no length': before(rawMember({ name: 'PaxHeader', type: 'x' }, '0 path=a\n')),
  'a pax record of 10^15 bytes': before(rawMember({ name: 'PaxHeader', type: 'x' }, '999999999999999 path=a\n')),
  'a pax record without an equals sign': before(rawMember({ name: 'PaxHeader', type: 'x' }, '7 path\n')),
  'a pax mode': before(pax({ mode: '4755' })),
  'a pax owner': before(pax({ uid: '0', uname: 'root' })),
  'pax attributes': before(pax({ 'SCHILY.xattr.security.capability': 'x' })),
  'a pax sparse file': before(
    pax({ 'GNU.sparse.major': '1', 'GNU.sparse.minor': '0', 'GNU.sparse.name': '../precious' }),
  ),
  'a pax sparse size': before(pax({ 'GNU.sparse.size': '1099511627776', 'GNU.sparse.numblocks': '0' })),
  'a pax character set': before(pax({ hdrcharset: 'BINARY' })),
  'an empty pax header': before(rawMember({ name: 'PaxHeader', type: 'x' }, '')),
  'a pax header of a megabyte': before(pax({ comment: 'x'.repeat(1_000_000) })),
  'a global pax header': before(rawMember({ name: 'PaxHeader', type: 'g' }, '13 path=../x\n')),
  'an old pax header of Solaris': before(rawMember({ name: 'PaxHeader', type: 'X' }, '10 path=x\n')),
  'a GNU long link': before(rawMember({ name: '././@LongLink', type: 'K' }, '/etc/passwd\0')),
  'two GNU long names': before(
    rawMember({ name: '././@LongLink', type: 'L' }, 'outputs/dist/a.js\0'),
    rawMember({ name: '././@LongLink', type: 'L' }, '../precious\0'),
  ),
  'a GNU long name of 8 GiB': before(rawHeader({ name: '././@LongLink', type: 'L', size: '77777777777' })),
  'a GNU volume': before(rawMember({ name: 'volume', type: 'V' })),
  'a GNU folder list': before(rawMember({ name: 'outputs/', type: 'D' }, 'Yprecious\0\0')),
  'a GNU part of a file': before(rawMember({ name: 'outputs/dist/a.js', type: 'M' }, 'a')),
  'a GNU list of renames': before(rawMember({ name: 'x', type: 'N' }, 'Rename a to ../precious\n')),
  'a long name without its pax header': longNamed(),
  'a long name with another in its pax header': longNamed(pax({ path: '../../precious' })),
  'a long name that climbs in its pax header': longNamed(pax({ path: `outputs/../${LONG}` })),
  'a long name with a record more': longNamed(pax({ path: `outputs/${LONG}`, size: '1000' })),
  'a long name by way of GNU': longNamed(rawMember({ name: '././@LongLink', type: 'L' }, `outputs/${LONG}\0`)),
  'a long name in two pax headers': longNamed(pax({ path: `outputs/${LONG}` }), pax({ path: `outputs/${LONG}` })),
  'a GNU long name': [
    'ARTIFACT_CORRUPT',
    () => ({
      members: Buffer.concat([rawMember({ name: '././@LongLink', type: 'L' }, '../../precious\0'), MEMBER, END]),
    }),
  ],
  'a member twice': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([MEMBER, MEMBER, END]) })],
  'a member more': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([MEMBER, rawMember({ name: 'outputs/../x' }, 'evil'), END]) }),
  ],
  'a link to a file that is there, then a file through it': [
    'ARTIFACT_CORRUPT',
    ({ precious }) => ({
      members: Buffer.concat([rawMember({ name: 'outputs/dist/a.js', type: '2', target: precious }), MEMBER, END]),
    }),
  ],
  'a hard link to a file that is there, then a file through it': [
    'ARTIFACT_CORRUPT',
    ({ precious }) => ({
      members: Buffer.concat([rawMember({ name: 'outputs/dist/a.js', type: '1', target: precious }), MEMBER, END]),
    }),
  ],
  'a hard link to the log, and content for it': before(
    rawMember({ name: 'outputs/dist/a.js', type: '1', target: 'log' }, 'evil'),
  ),
  'a folder first, then a link by its name': before(
    rawMember({ name: 'outputs/dist/', type: '5' }),
    rawMember({ name: 'outputs/dist', type: '2', target: '../../outside' }),
  ),
  'a chain of links, then a file through it': before(
    rawMember({ name: 'outputs/x', type: '2', target: '..' }),
    rawMember({ name: 'outputs/dist', type: '2', target: 'x/../outside' }),
  ),
  'a member by an absolute path that is there': [
    'ARTIFACT_CORRUPT',
    ({ precious }) => withHeader(rawHeader({ name: precious, size: 1 })),
  ],
  'a second velocity.json': before(rawMember({ name: 'velocity.json' }, '{}')),
  'a second log': before(rawMember({ name: 'log' }, log)),
  'a link first, then a file through it': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([rawMember({ name: 'outputs/dist', type: '2', target: '/tmp' }), MEMBER, END]) }),
  ],
  'a member less': ['ARTIFACT_CORRUPT', () => ({ members: END })],
  'members in another order': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [ENTRY, honestFile('dist/b.js', 'b')],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/b.js' }, 'b'), MEMBER, END]),
    }),
  ],
  'no end mark': ['ARTIFACT_CORRUPT', () => ({ members: MEMBER })],
  'half an end mark': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([MEMBER, END.subarray(512)]) })],
  'an end mark too early': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([END, MEMBER]) })],
  'something behind the end mark': ['ARTIFACT_CORRUPT', () => ({ members: Buffer.concat([MEMBER, END, MEMBER]) })],
  'something in the padding': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([MEMBER.subarray(0, -1), Buffer.from('x'), END]) }),
  ],
  'other content': [
    'ARTIFACT_CORRUPT',
    () => ({ members: Buffer.concat([rawMember({ name: 'outputs/dist/a.js' }, 'b'), END]) }),
  ],
  'a link with another target': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [LINK],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/link', type: '2', target: '/etc/passwd' }), END]),
    }),
  ],
  'a folder that is a link': [
    'ARTIFACT_CORRUPT',
    () => ({
      entries: [{ path: 'dist/x', type: 'directory' }],
      members: Buffer.concat([rawMember({ name: 'outputs/dist/x/', type: '2', target: '/tmp' }), END]),
    }),
  ],
};
