/** The public declarations of every published package, compared with `etc/<package>.api.md`: a change to them is seen in review. */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { Extractor, ExtractorConfig, ExtractorLogLevel } from '@microsoft/api-extractor';
import { readPackages } from './workspace.mjs';

export async function check({ isUpdate }) {
  return readPackages()
    .filter(({ group, manifest }) => group === 'packages' && manifest.private !== true)
    .flatMap((pack) => entryPoints(pack).flatMap((entry) => compare(pack, entry, isUpdate)));
}

function entryPoints({ short, manifest }) {
  return Object.entries(manifest.exports)
    .filter(([, target]) => typeof target === 'object')
    .map(([path, target]) => ({ types: target.types, report: path === '.' ? short : `${short}-${path.slice(2)}` }));
}

function compare({ name, directory }, { types, report }, isUpdate) {
  const folder = join(directory, 'etc');
  mkdirSync(folder, { recursive: true });
  const config = ExtractorConfig.prepare({
    configObjectFullPath: undefined,
    packageJsonFullPath: join(directory, 'package.json'),
    configObject: {
      projectFolder: directory,
      mainEntryPointFilePath: join(directory, types),
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            module: 'nodenext',
            moduleResolution: 'nodenext',
            target: 'es2022',
            lib: ['es2023', 'esnext.disposable'],
            types: ['node'],
            skipLibCheck: true,
          },
        },
      },
      apiReport: {
        enabled: true,
        reportFolder: folder,
        reportTempFolder: join(directory, 'dist', '.api'),
        reportFileName: `${report}.api.md`,
        includeForgottenExports: true,
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: false },
      tsdocMetadata: { enabled: false },
      newlineKind: 'lf',
      messages: {
        extractorMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
        compilerMessageReporting: { default: { logLevel: ExtractorLogLevel.Error } },
        tsdocMessageReporting: { default: { logLevel: ExtractorLogLevel.None } },
      },
    },
  });
  const file = join(folder, `${report}.api.md`);
  const isKnown = existsSync(file);
  const result = Extractor.invoke(config, {
    localBuild: isUpdate,
    showVerboseMessages: false,
    messageCallback: (message) => {
      if (message.logLevel !== ExtractorLogLevel.Error) message.handled = true;
    },
  });
  if (isUpdate) return result.errorCount > 0 ? [`${name}: ${result.errorCount} errors`] : [];
  if (!isKnown) return [`${name}: etc/${report}.api.md is missing; run \`npm run check -- api --update\``];
  return result.apiReportChanged
    ? [
        `${name}: its public declarations differ from etc/${report}.api.md; run \`npm run check -- api --update\` and look at the difference`,
      ]
    : [];
}
