// This machine's addresses in the form of Prusa Connect's `network_info`. Pure.

import type { NetworkInterfaceInfo } from 'node:os';

export type NetworkInfo = Readonly<Record<string, string>>;

/** Wi-Fi interfaces by the names from systemd and the kernel: wlan0, wlp2s0, wlx…. */
const WIFI = /^wl/;
const WIRED = /^(?:en|eth)/;

/**
 * The first wired and the first wireless interface with an address. Bridges, containers, tunnels and unknown values are left out
 * (the API accepts no nulls).
 */
export function networkInfo(
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): NetworkInfo {
  return { ...describe('lan', WIRED, interfaces), ...describe('wifi', WIFI, interfaces) };
}

function describe(
  prefix: 'lan' | 'wifi',
  names: RegExp,
  interfaces: Readonly<Record<string, readonly NetworkInterfaceInfo[] | undefined>>,
): NetworkInfo {
  for (const name of Object.keys(interfaces).sort()) {
    const addresses = (interfaces[name] ?? []).filter(({ internal }) => !internal);
    if (!names.test(name) || addresses.length === 0) continue;
    const ipv4 = addresses.find(({ family }) => family === 'IPv4')?.address;
    // A link-local address is useless outside its link.
    const ipv6 = addresses.find(({ family, address }) => family === 'IPv6' && !/^fe[89ab]/i.test(address))?.address;
    return {
      ...(addresses[0] ? { [`${prefix}_mac`]: addresses[0].mac } : {}),
      ...(ipv4 === undefined ? {} : { [`${prefix}_ipv4`]: ipv4 }),
      ...(ipv6 === undefined ? {} : { [`${prefix}_ipv6`]: ipv6 }),
    };
  }
  return {};
}
