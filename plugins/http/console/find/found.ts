// Converts a found camera to an answer of the API, with a free id and the node that already uses it. Pure.

import type { FoundCamera } from '../api/machine.ts';

/** A search result for one camera. */
export interface Seen {
  readonly name: string;
  /** A path, a URL or an address, which the options of a node that uses the camera contain. */
  readonly at: string;
  readonly detail?: string;
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

/** A node of the running profile. */
export interface Known {
  readonly id: string;
  readonly use: string;
  readonly options: Readonly<Record<string, unknown>>;
}

const LONGEST_ID = 24;

export function foundCameras(seen: readonly Seen[], nodes: readonly Known[]): FoundCamera[] {
  const taken = new Set(nodes.map(({ id }) => id));
  return seen.map(({ name, at, detail, use, options }) => {
    const id = freeId(name, taken);
    taken.add(id);
    const node = nodes.find((one) => has(one, use, at, options));
    return {
      name: printable(name),
      at: printable(at),
      ...(detail === undefined ? {} : { detail: printable(detail) }),
      ...(node ? { node: node.id } : {}),
      draft: { id, use, options },
    };
  });
}

/** "HD Pro Webcam C920" → "hd-pro-webcam-c920", with -2 for the second camera of that name. */
function freeId(name: string, taken: ReadonlySet<string>): string {
  const words = name.toLowerCase().match(/[a-z0-9]+/g) ?? ['camera'];
  const base = words.join('-').slice(0, LONGEST_ID).replace(/-+$/, '');
  let id = base;
  for (let number = 2; taken.has(id); number++) id = `${base}-${number}`;
  return id;
}

/** Compares the path of the device, the host of the URL, or the number at the Raspberry Pi. */
function has(node: Known, use: string, at: string, { camera_number }: Seen['options']): boolean {
  if (camera_number !== undefined) return node.use === use && (node.options.camera_number ?? 0) === camera_number;
  const place = hostOf(at) ?? at;
  return textsOf(node.options).some((text) => text === at || text === place || hostOf(text) === place);
}

function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsOf) : [];
}

const hostOf = (text: string): string | undefined =>
  /^[a-z][a-z0-9+.-]*:\/\/(?:[^@/]*@)?(\[[^\]]+\]|[^/:?#]+)/i.exec(text)?.[1];

/** Devices send arbitrary text: removes control and direction characters, and truncates. */
const printable = (text: string): string => text.replaceAll(/\p{Cc}|\p{Bidi_Control}/gu, ' ').slice(0, 200);
