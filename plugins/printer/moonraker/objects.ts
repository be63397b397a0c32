// Derives the printer's state and layer from the objects of Klipper that Moonraker reports. Pure except for the stored objects.

import type { PrinterState } from '../../../core/contract/plugin.ts';

/** The objects to subscribe to, with their fields. */
export const OBJECTS = {
  webhooks: ['state'],
  print_stats: ['state', 'filename', 'info'],
  gcode_move: ['gcode_position'],
} as const;

/** Heights in millimetres, as in `server.files.metadata`. */
export interface LayerHeights {
  readonly layer: number;
  readonly first: number;
}

export interface PrinterObjects {
  /** The first reply of a subscription, or a later change; missing fields keep their values. */
  merge(update: unknown): void;
  /** Klipper has disconnected: all values are invalid. */
  clear(): void;
  /** The file of the running print; undefined between prints. */
  filename(): string | undefined;
  /** For files whose slicer reports no layers. */
  setHeights(heights: LayerHeights | undefined): void;
  state(): PrinterState;
}

type Fields = Readonly<Record<string, unknown>>;

export function createPrinterObjects(): PrinterObjects {
  const objects = new Map<string, Fields>();
  let heights: LayerHeights | undefined;
  /** Only the highest layer counts: a nozzle that lifts between two lines comes back down, and does not begin a layer. */
  let highest: number | undefined;

  const field = (object: string, name: string): unknown => objects.get(object)?.[name];
  const isUnderWay = (): boolean => ['printing', 'paused'].includes(String(field('print_stats', 'state')));

  const layer = (): number | undefined => {
    const reported = fieldsOf(field('print_stats', 'info')).current_layer;
    if (typeof reported === 'number') return reported > 0 ? reported : undefined;
    return highest;
  };

  return {
    merge(update) {
      for (const [name, fields] of Object.entries(fieldsOf(update))) {
        objects.set(name, { ...objects.get(name), ...fieldsOf(fields) });
      }
      if (!isUnderWay()) highest = undefined;
      else if (heights && field('print_stats', 'state') === 'printing') {
        const current = layerAt(field('gcode_move', 'gcode_position'), heights);
        if (current !== undefined) highest = Math.max(highest ?? 1, current);
      }
    },
    clear() {
      objects.clear();
      highest = undefined;
      heights = undefined;
    },
    filename() {
      const name = field('print_stats', 'filename');
      return isUnderWay() && typeof name === 'string' && name !== '' ? name : undefined;
    },
    setHeights(given) {
      heights = given;
      highest = undefined;
    },
    state() {
      const klipper = field('webhooks', 'state');
      if (klipper === 'shutdown' || klipper === 'error') return { is: 'error' };
      if (klipper !== 'ready') return { is: 'off' };
      const print = field('print_stats', 'state');
      if (print === 'error') return { is: 'error' };
      if (print !== 'printing' && print !== 'paused') return { is: 'ready' };
      const current = layer();
      return { is: print, ...(current === undefined ? {} : { layer: current }) };
    },
  };
}

/** Counts like Mainsail: the first layer has its own height. `position` is [x, y, z, e] in millimetres. */
function layerAt(position: unknown, { layer, first }: LayerHeights): number | undefined {
  const z: unknown = Array.isArray(position) ? position[2] : undefined;
  if (typeof z !== 'number' || z <= 0) return undefined;
  // Klipper's positions are sums of floating-point numbers.
  return Math.max(1, Math.ceil((z - first) / layer - 0.001) + 1);
}

export function heightsOf(metadata: unknown): LayerHeights | undefined {
  const { layer_height: layer, first_layer_height: first } = fieldsOf(metadata);
  if (typeof layer !== 'number' || layer <= 0) return undefined;
  return { layer, first: typeof first === 'number' && first > 0 ? first : layer };
}

export const fieldsOf = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : {};
