import { relativePathProblem } from '@velocity/core';
import { MAX_PATH_BYTES, MAX_SEGMENT_BYTES, MAX_SEGMENTS_IN_PATH } from './limits.js';

/** Device names that Windows finds in every folder, with any extension (Microsoft, "Naming Files, Paths, and Namespaces"). */
const WINDOWS_DEVICE =
  /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])(?:\.|$)/i;
// eslint-disable-next-line no-control-regex -- what Windows refuses in names includes control characters
const WINDOWS_FORBIDDEN = /[\u0000-\u001f<>:"|?*]/;

// eslint-disable-next-line no-control-regex -- ASCII
const ASCII = /^[\u0000-\u007f]*$/;
const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;

/** `PROGRA~1`: a second name that NTFS gives to a file. */
const WINDOWS_SHORT_NAME = /^[^.]{1,6}~[0-9]+(?:\.[^.]{0,3})?$/;

/** Says why `path` cannot name an entry; `undefined` when it can. Newlines, spaces and every script are fine on POSIX. */
export function entryPathProblem(path: string, platform: NodeJS.Platform): string | undefined {
  // Before anything else looks at it: the rest then works on a bounded string.
  if (path.length > MAX_PATH_BYTES || Buffer.byteLength(path) > MAX_PATH_BYTES) {
    return `is longer than ${MAX_PATH_BYTES} bytes`;
  }
  const problem = relativePathProblem(path);
  if (problem !== undefined) return problem;
  if (path.includes('\\')) return 'holds a backslash';
  const segments = path.split('/');
  if (segments.length > MAX_SEGMENTS_IN_PATH) return `has more than ${MAX_SEGMENTS_IN_PATH} segments`;
  for (const segment of segments) {
    if (Buffer.byteLength(segment) > MAX_SEGMENT_BYTES) return `has a segment of more than ${MAX_SEGMENT_BYTES} bytes`;
    if (isDotsInDisguise(segment)) return 'has a segment that some file systems take for "." or ".."';
    if (platform === 'win32') {
      const windows = windowsSegmentProblem(segment);
      if (windows !== undefined) return windows;
    }
  }
  return undefined;
}

/**
 * Says why a link at `path` may not point to `target`; `undefined` when it may.
 *
 * A target is relative, climbs only at its start and at most to the workspace root. `..` after a name is refused even where it
 * stays inside on paper: the name may itself be a link, and two harmless links can then lead out together.
 */
export function linkTargetProblem(path: string, target: string, platform: NodeJS.Platform): string | undefined {
  if (target === '') return 'is a link to nothing';
  if (target.length > MAX_PATH_BYTES || Buffer.byteLength(target) > MAX_PATH_BYTES) {
    return `is a link to a path of more than ${MAX_PATH_BYTES} bytes`;
  }
  if (!target.isWellFormed()) return 'is a link whose target is not valid Unicode';
  if (target.includes('\0')) return 'is a link whose target holds a NUL character';
  if (target.includes('\\')) return 'is a link whose target holds a backslash';
  if (target.startsWith('/')) return 'is a link to an absolute path';
  let climbable = path.split('/').length - 1;
  let hasName = false;
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') {
      hasName = true;
      if (isDotsInDisguise(segment)) return 'is a link whose target some file systems take for ".."';
      if (platform === 'win32' && windowsSegmentProblem(segment) !== undefined) {
        return 'is a link whose target is no Windows path';
      }
    } else {
      if (hasName) return 'is a link whose target has ".." after a name';
      if (climbable === 0) return 'is a link that leaves the workspace';
      climbable -= 1;
    }
  }
  return undefined;
}

/**
 * Equal for two paths that some file system takes for one: characters that HFS+ ignores left out (as in CVE-2014-9390), compatibility
 * decomposition, lower, upper and lower case again, composition: "ẞ" and "ß" meet in the first, "ß" and "SS" in the second. The key of a
 * path is that of its segments, joined.
 */
export function collisionKey(path: string): string {
  if (ASCII.test(path)) return /[A-Z]/.test(path) ? path.toLowerCase() : path;
  const visible = path.replaceAll(IGNORABLE, '');
  return visible.normalize('NFKD').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
}

/** `.` or `..` to a file system that ignores or decomposes characters, and to nobody else. */
function isDotsInDisguise(segment: string): boolean {
  return !ASCII.test(segment) && /^\.{0,2}$/.test(collisionKey(segment));
}

function windowsSegmentProblem(segment: string): string | undefined {
  if (WINDOWS_FORBIDDEN.test(segment)) return 'holds a character that Windows does not allow';
  if (WINDOWS_DEVICE.test(segment)) return 'is the name of a Windows device';
  if (WINDOWS_SHORT_NAME.test(segment)) return 'looks like the short name of another file';
  if (segment.endsWith('.') || segment.endsWith(' ')) return 'has a segment that ends in a dot or space';
  return undefined;
}
