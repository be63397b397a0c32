// Names of systemd units, as they may be handed to systemctl (systemd.unit(5)). Pure.

const NAME = /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,249}$/;
const TYPE = /\.(?:service|socket|timer|target|path|scope|mount)$/;

/** With ".service" where no type is given; undefined for what is no name of a unit. */
export function unitName(text: string): string | undefined {
  if (!NAME.test(text)) return undefined;
  return TYPE.test(text) ? text : `${text}.service`;
}
