// The plugins that a command lists or describes.

import type { Catalog } from '../../../core/catalog/catalog.ts';
import { createCatalog } from '../../../core/catalog/create.ts';
import type { Io } from '../../../core/cli/command.ts';
import { read } from '../../../core/cli/reading.ts';
import { renderProblems } from '../../../core/profile/show/render.ts';

/** The catalog of a profile, or of camd alone without one. */
export async function catalogFor(io: Io, file: string | undefined): Promise<Catalog> {
  if (file === undefined) return createCatalog(io.builtins);
  const { catalog, problems, sources } = await read(io, { file });
  const broken = problems.filter(({ code }) => code === 'bad-plugin' || code === 'bad-yaml');
  if (broken.length > 0) {
    io.err(`${renderProblems(broken, sources, { format: 'text', cwd: io.cwd, color: io.tty.err })}\n`);
  }
  return catalog;
}
