// Builds the body of `PUT /c/info` and parses its response. Pure.

import type { NetworkInfo } from './network-info.ts';

export interface CameraFacts {
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly network: NetworkInfo;
  /** Milliseconds between two pictures; undefined if they follow the printer's layers. */
  readonly everyMs: number | undefined;
  /** camd's version. */
  readonly version: string;
}

/** Schemes that are intervals, in milliseconds; the other schemes (by layer, by G-code) are only for cameras of printers. */
const SCHEMES: Readonly<Record<string, number>> = { TEN_SEC: 10_000, THIRTY_SEC: 30_000, SIXTY_SEC: 60_000 };

export interface CameraAnswer {
  /** Name of the camera in Prusa Connect. */
  readonly name?: string;
  /** Milliseconds between two pictures, as set in Prusa Connect. */
  readonly everyMs?: number;
  readonly deleted: boolean;
}

/** Parses the response to `PUT /c/info`, which describes the camera. Unreadable fields are left out. */
export function readAnswer(body: Buffer): CameraAnswer {
  const answer = fieldsOf(parsed(body.toString('utf8')));
  const config = fieldsOf(answer.config);
  const name = [answer.name, config.name].find((one) => typeof one === 'string' && one !== '');
  const everyMs = SCHEMES[String(config.trigger_scheme)];
  return {
    ...(typeof name === 'string' ? { name } : {}),
    ...(everyMs === undefined ? {} : { everyMs }),
    deleted: answer.deleted === true,
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const fieldsOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null ? { ...value } : {};

/** Prusa Connect's Camera API: all fields belong under `config`; a flat object gets 400; nulls are never sent. */
export function cameraInfo({ name, width, height, network, everyMs, version }: CameraFacts): string {
  const resolution = { width, height };
  const known = width > 0 && height > 0;
  const scheme = Object.keys(SCHEMES).find((one) => SCHEMES[one] === everyMs);
  return JSON.stringify({
    config: {
      name: [...name].slice(0, 64).join(''),
      ...(scheme === undefined ? {} : { trigger_scheme: scheme }),
      ...(known ? { resolution } : {}),
      ...(Object.keys(network).length > 0 ? { network_info: network } : {}),
      firmware: `camd ${version}`,
    },
    ...(known ? { options: { available_resolutions: [resolution] } } : {}),
  });
}
