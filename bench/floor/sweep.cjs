// @ts-check
/**
 * `sweep.cjs WORKSPACE BUNDLE`: loads the bundle with V8's code cache, which it leaves beside it; then one stat for every file of
 * every package, and its manifest. By hand, because Node 20 has no compile cache of its own.
 */
const { lstatSync, readdirSync, readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { Script } = require('node:vm');

const [workspace = '', bundle = ''] = process.argv.slice(2);
loadBundle(bundle);
const folders = readdirSync(path.join(workspace, 'packages')).map((name) => path.join(workspace, 'packages', name));
const sizes = folders.map((folder) => {
  JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8'));
  return [folder, path.join(folder, 'src'), path.join(folder, 'dist')].flatMap(statAll).length;
});
process.stdout.write(`${folders.length} packages, ${sizes.reduce((sum, count) => sum + count, 0)} files\n`);

/** @param {string} folder */
function statAll(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => lstatSync(path.join(folder, entry.name), { bigint: true }).mtimeNs);
}

/** @param {string} file */
function loadBundle(file) {
  const cacheFile = file.replace(/\.cjs$/, '.cache');
  const cachedData = readIfThere(cacheFile);
  const source = `(function (exports) {${readFileSync(file, 'utf8')}})`;
  const script = new Script(source, { filename: file, ...(cachedData !== undefined && { cachedData }) });
  script.runInThisContext()({});
  if (cachedData === undefined || script.cachedDataRejected === true)
    writeFileSync(cacheFile, script.createCachedData());
}

/** @param {string} file */
function readIfThere(file) {
  try {
    return readFileSync(file);
  } catch {
    // The first run has no cache.
    return undefined;
  }
}
