// Extracts the notes of a release from its section of CHANGELOG.md.

/** The section of this version, or [Unreleased] if there is none. Throws if it has no entry. */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const of = (title: string) => sections.find((section) => section.startsWith(`[${title}]`));
  const section = of(version) ?? of('Unreleased');
  const body = section?.slice(section.indexOf('\n')).trim() ?? '';
  if (!/^- /m.test(body)) {
    throw new Error(`CHANGELOG.md has no entry for ${version}: it needs a section "## [${version}]" with entries`);
  }
  return `# camd ${version}\n\n${unwrapped(body)}\n`;
}

/** Pages with release notes keep line breaks, so each paragraph becomes one line. */
const unwrapped = (text: string): string => text.replace(/([^\n])\n {2}(?=\S)/g, '$1 ');
