/** How a CI system folds a part of its log. Without `begin` it does not. */
export interface GroupDialect {
  readonly begin?: (title: string) => string;
  readonly end?: (title: string) => string;
}

/** The dialect of the CI that these variables show: GitHub Actions, GitLab, Azure Pipelines or Buildkite. */
export function groupDialect(env: Readonly<Record<string, string | undefined>>): GroupDialect {
  if (env['GITHUB_ACTIONS']) return { begin: (title) => `::group::${title}`, end: () => '::endgroup::' };
  if (env['TF_BUILD']) return { begin: (title) => `##[group]${title}`, end: () => '##[endgroup]' };
  if (env['BUILDKITE']) return { begin: (title) => `--- ${title}` };
  if (env['GITLAB_CI']) {
    const id = (title: string): string => title.replace(/[^A-Za-z0-9_.-]/g, '_');
    return {
      begin: (title) => `\u001b[0Ksection_start:0:${id(title)}[collapsed=true]\r\u001b[0K${title}`,
      end: (title) => `\u001b[0Ksection_end:0:${id(title)}\r\u001b[0K`,
    };
  }
  return {};
}
