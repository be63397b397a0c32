// Valid names of systemd units as arguments of systemctl (systemd.unit(5)). Pure.

const NAME = /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,249}$/;
const TYPE = /\.(?:service|socket|timer|target|path|scope|mount)$/;

/** Adds ".service" if there is no type; undefined for an invalid name. */
export function unitName(text: string): string | undefined {
  if (!NAME.test(text)) return undefined;
  return TYPE.test(text) ? text : `${text}.service`;
}
