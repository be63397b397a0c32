// The commands of built-in plugins for profiles that use them: the schemas have their names, the plugins the rest.

import { createCatalog } from '../catalog/create.ts';
import type { PluginList } from '../contract/plugin.ts';

export interface ProfileCommand {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  /** The plugin that a profile must use. */
  readonly use: string;
}

/** Loads only the plugins that have commands. */
export async function profileCommands(builtins: PluginList): Promise<ProfileCommand[]> {
  const catalog = createCatalog(builtins);
  const found = catalog.entries.map(async ({ use }) => {
    const names = catalog.schema(use)?.commands ?? [];
    if (names.length === 0) return [];
    const { commands = {} } = await catalog.node(use);
    return names.flatMap((name) => {
      const command = commands[name];
      return command ? [{ name, summary: command.summary, usage: `${command.usage} --config PROFILE`, use }] : [];
    });
  });
  return (await Promise.all(found)).flat();
}
