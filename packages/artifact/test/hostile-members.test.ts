import { ENTRY, MEMBER, testCases, type Cases } from './attempt.js';
import { END, honestFile, pax, rawHeader, rawMember, type Forgery } from './forge.js';
import { log } from './support.js';

const LINK = { path: 'dist/link', type: 'symlink', target: 'a.js' };
const withHeader = (header: Buffer): Forgery => ({
  members: Buffer.concat([header, Buffer.from('a'), Buffer.alloc(511), END]),
});

const CASES: Cases = {
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

testCases(CASES);
