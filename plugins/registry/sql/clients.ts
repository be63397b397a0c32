// `camd clients`: shows, adds and removes the known cameras of a registry/sql.

import { randomBytes } from 'node:crypto';
import { CAMERA_ID } from '../../../core/base/formats.ts';
import { misuse, type PluginCommand } from '../../../core/contract/plugin.ts';
import type { RegistrySqlOptions } from '../../../schemas/registry/sql.ts';
import { cameraToken } from '../../kit/ingest/camera-token.ts';
import { createTable } from './table.ts';

const USAGE = 'clients add ID… [COLUMN=VALUE…] | clients list | clients remove ID…';
/** Size of a generated token in bytes. */
const TOKEN_BYTES = 24;

export const clients: PluginCommand<RegistrySqlOptions> = {
  summary: 'List, add and remove known cameras',
  usage: USAGE,
  async run(options, [action, ...words], resolve) {
    const ids = words.filter((word) => !word.includes('='));
    const values = Object.fromEntries(words.filter((word) => word.includes('=')).map(pairOf));
    const wrong = ids.find((id) => !CAMERA_ID.test(id));
    if (wrong !== undefined) {
      throw misuse('bad-id', `"${wrong}" is not a camera id: at most 128 letters, digits, ".", "_" and "-".`);
    }
    const fits = action === 'list' ? words.length === 0 : action === 'add' || action === 'remove';
    if (!fits || (action !== 'list' && ids.length === 0) || (action === 'remove' && ids.length < words.length)) {
      throw misuse('bad-usage', `Usage: camd ${USAGE} --config PROFILE`);
    }
    const table = createTable(options, resolve);
    try {
      if (action === 'list') return await table.list();
      const lines: string[] = [];
      for (const id of ids) {
        if (action === 'remove') {
          lines.push((await table.remove(id)) ? `removed ${id}` : `${id} is not in the table`);
          continue;
        }
        const token = tokenOf(options, id);
        const stored = options.token === 'stored' && token !== undefined ? { [options.token_column]: token } : {};
        const added = await table.add(id, { ...stored, ...values });
        if (!added) lines.push(`${id} is already in the table`);
        else
          lines.push(
            `added ${id}${token === undefined ? '' : `; its token is ${values[options.token_column] ?? token}`}`,
          );
      }
      return lines;
    } finally {
      await table.close();
    }
  },
};

/** A new camera's token; undefined if the registry has no tokens. */
function tokenOf({ token, secret }: RegistrySqlOptions, id: string): string | undefined {
  if (token === undefined) return undefined;
  return token === 'stored' ? randomBytes(TOKEN_BYTES).toString('hex') : cameraToken(token, id, secret ?? '');
}

function pairOf(word: string): [string, string] {
  const at = word.indexOf('=');
  return [word.slice(0, at), word.slice(at + 1)];
}
