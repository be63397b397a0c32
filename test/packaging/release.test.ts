// The files of a release beside its packages: notes from the changelog, and a bill of materials that is equal for two builds.

import { readFileSync } from 'node:fs';
import t from 'tap';
import { releaseNotes } from '../../packaging/release/notes.ts';
import { settledSbom } from '../../packaging/release/sbom.ts';
import { dedent } from '../support/dedent.ts';

const CHANGELOG = dedent`
  # Changelog

  ## [Unreleased]

  ### Added

  - Something new.

  ## [0.1.0] - 2026-11-26

  ### Added

  - The first line,
    which goes on here.
  - Another.

  ## [0.0.9]
`;

t.test('the notes are the section of the version, with one line for each entry', async (t) => {
  t.equal(
    releaseNotes(CHANGELOG, '0.1.0'),
    '# camd 0.1.0\n\n### Added\n\n- The first line, which goes on here.\n- Another.\n',
  );
});

t.test('a version without a section takes its notes from the unreleased changes', async (t) => {
  t.match(releaseNotes(CHANGELOG, '0.2.0'), '- Something new.');
});

t.test('a version that the changelog does not mention cannot be released', async (t) => {
  t.throws(() => releaseNotes(CHANGELOG, '0.0.9'), /CHANGELOG.md has no entry for 0.0.9: it needs a section/);
});

t.test('the changelog of this checkout has notes for its version', async (t) => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };

  t.match(releaseNotes(readFileSync('CHANGELOG.md', 'utf8'), version), /^- /m);
});

t.test('the same dependencies give the same SBOM for any folder, time and random number', async (t) => {
  const sbom = (name: string, timestamp: string, serialNumber: string, version = '5.12.8'): string =>
    JSON.stringify({
      bomFormat: 'CycloneDX',
      serialNumber,
      metadata: { timestamp, component: { name } },
      components: [{ name: 'fastify', version }],
    });

  const one = settledSbom(sbom('checkout', '2026-11-26T10:00:00Z', 'urn:uuid:1'), 'camd', 1_767_312_000);
  const two = settledSbom(sbom('build', '2026-11-27T11:00:00Z', 'urn:uuid:2'), 'camd', 1_767_312_000);
  const other = settledSbom(sbom('build', '', '', '5.12.9'), 'camd', 1_767_312_000);

  t.equal(one, two);
  const { serialNumber, metadata } = JSON.parse(one);
  t.match(serialNumber, /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  t.same(metadata, { timestamp: '2026-01-02T00:00:00.000Z', component: { name: 'camd' } });
  t.not(JSON.parse(other).serialNumber, serialNumber);
});
