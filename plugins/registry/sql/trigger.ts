// The statements that make a table of PostgreSQL report its changes on a channel. Pure; all names are checked by the schema.

import { quotedName } from '../../kit/sql/values.ts';

export interface TriggerOptions {
  readonly table: string;
  /** The column with the camera id. */
  readonly column: string;
  /** Columns whose changes are reported. */
  readonly columns: readonly string[];
  readonly channel: string;
}

export function triggerFor({ table, column, columns, channel }: TriggerOptions): readonly string[] {
  const name = `camd_${table.replace('.', '_')}_changed`.slice(0, 63);
  const of = columns.map(quotedName).join(', ');
  return [
    `create or replace function ${quotedName(name)}() returns trigger language plpgsql as $$ begin perform pg_notify('${channel}', coalesce(new.${quotedName(column)}, old.${quotedName(column)})::text); return null; end $$`,
    `drop trigger if exists ${quotedName(name)} on ${quotedName(table)}`,
    `create trigger ${quotedName(name)} after insert or delete or update of ${of} on ${quotedName(table)} for each row execute function ${quotedName(name)}()`,
  ];
}
