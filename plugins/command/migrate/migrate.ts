// Turns files of another program into a profile and checks the result. Pure except for the check, which reads no file.

import { createCatalog } from '../../../core/catalog/create.ts';
import type { PluginList } from '../../../core/contract/plugin.ts';
import type { Problem } from '../../../core/contract/problems.ts';
import { sentence } from '../../../core/contract/problems.ts';
import { readProfile } from '../../../core/profile/read.ts';
import { clean, createDraft, type Draft } from './draft.ts';
import type { Format, Source } from './format.ts';
import { formats } from './formats/index.ts';
import { writeProfile } from './write.ts';

export type Migrated =
  | { readonly ok: true; readonly format: Format; readonly draft: Draft; readonly profile: string }
  | { readonly ok: false; readonly message: string };

/** `from`: the name of a format; without it the first file decides the format. */
export function migrate(files: readonly Source[], from: string | undefined): Migrated {
  const sources = files.map(({ name, text }) => ({ name: clean(name), text: clean(text.replace(/^\uFEFF/, '')) }));
  const [first] = sources;
  const format = formats.find((candidate) =>
    from === undefined ? first && candidate.recognise(first) : candidate.name === from,
  );
  if (!format) {
    const names = formats.map(({ name }) => name).join(', ');
    return {
      ok: false,
      message: `${first?.name ?? 'The file'} is not recognised. Name its format with --from: ${names}.`,
    };
  }
  const draft = createDraft();
  try {
    format.read(sources, draft);
  } catch (thrown) {
    // The message of a JSON parser could quote the file.
    const why = thrown instanceof SyntaxError ? 'it is not valid JSON' : sentence(thrown);
    return { ok: false, message: `${first?.name ?? 'The file'} cannot be read as ${format.name}: ${why}.` };
  }
  const names = sources.map(({ name }) => name).join(', ');
  return { ok: true, format, draft, profile: writeProfile(draft, names, format.advice) };
}

/** Value of each variable for the check: long enough for a token, and a URL where one is required. */
const PLACEHOLDER = 'placeholder-20-chars';
const URLS: Readonly<Record<string, string>> = { DATABASE_URL: 'postgres://localhost/camera' };
const FILE = '/profile.yaml';

/** The problems of the written profile; with an error it must not be used. */
export async function problemsOf(profile: string, draft: Draft, builtins: PluginList): Promise<readonly Problem[]> {
  const env = Object.fromEntries(draft.secrets.map(({ variable }) => [variable, URLS[variable] ?? PLACEHOLDER]));
  const reading = await readProfile(FILE, {
    env,
    readFile: async (path) => (path === FILE ? profile : Promise.reject(new Error('the check reads no other file'))),
    catalog: createCatalog(builtins),
  });
  return reading.problems;
}
