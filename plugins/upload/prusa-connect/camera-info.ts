// The body of `PUT /c/info`, and when it must be sent again. Pure.

import type { NetworkInfo } from './network-info.ts';

export interface CameraFacts {
  readonly name: string;
  /** Pixels. */
  readonly width: number;
  readonly height: number;
  readonly network: NetworkInfo;
  /** camd's version. */
  readonly version: string;
}

/** Prusa Connect's Camera API: all fields belong under `config`; a flat object gets 400; nulls are never sent. */
export function cameraInfo({ name, width, height, network, version }: CameraFacts): string {
  const resolution = { width, height };
  const known = width > 0 && height > 0;
  return JSON.stringify({
    config: {
      name: [...name].slice(0, 64).join(''),
      ...(known ? { resolution } : {}),
      ...(Object.keys(network).length > 0 ? { network_info: network } : {}),
      firmware: `camd ${version}`,
    },
    ...(known ? { options: { available_resolutions: [resolution] } } : {}),
  });
}
