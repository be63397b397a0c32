// Checks the addresses that a profile listens on: in use by another process, below 1024, or not an address of this machine.

import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { dirname } from 'node:path';
import { ownUid } from '../../../core/base/own-uid.ts';
import type { Observation } from '../../../core/contract/examine.ts';
import { examineFolder } from '../examine/folder.ts';
import { type Listening, listening, nextFree, ownersOf, takersOf } from '../examine/ports.ts';
import type { Holder } from '../process/holders.ts';
import { about, type Check } from './check.ts';

/** CAP_NET_BIND_SERVICE of capabilities(7), as a bit of CapEff. */
const BIND_SERVICE = 1n << 10n;
/** systemd itself holds the sockets of socket units. */
const SYSTEMD = 1;

/** A claim of a node, as in `Kernel.claims`. */
export interface Held {
  readonly node: string;
  readonly kind: string;
  readonly name: string;
}

/** `running`: the process that already runs this profile, which may hold the addresses. */
export async function examineAddresses(claims: readonly Held[], running: number | undefined): Promise<Check[]> {
  const all = listening();
  const found: Check[] = [];
  for (const { node, kind, name } of claims) {
    if (kind === 'socket')
      found.push(...[...examineFolder({ option: 'listen', path: dirname(name) })].map(about(node)));
    if (kind !== 'address') continue;
    const colon = name.lastIndexOf(':');
    const host = name.slice(0, colon).replace(/^\[|\]$/g, '');
    found.push(about(node)(await examineAddress(host, Number(name.slice(colon + 1)), all, running)));
  }
  return found;
}

async function examineAddress(
  host: string,
  port: number,
  all: readonly Listening[],
  running: number | undefined,
): Promise<Observation> {
  const shown = `${host === '*' ? '' : host.includes(':') ? `[${host}]` : host}:${port}`;
  const takers = takersOf(host, port, all);
  const owners = takers.length === 0 ? [] : await ownersOf(takers);
  if (owners.some(({ pid }) => pid === running)) {
    return { is: 'fine', code: 'address', message: `${shown} is served by this profile, which is running.` };
  }
  if (owners.some(({ pid }) => pid === SYSTEMD)) {
    return { is: 'fine', code: 'address', message: `${shown} is held by systemd for a socket unit.` };
  }
  if (takers.length > 0) return taken(shown, host, port, all, owners);
  if (port < firstOpenPort() && !mayBindLow()) {
    const message = `${shown} is below ${firstOpenPort()}, where only root and socket units may listen.`;
    const fix = `sudo sysctl net.ipv4.ip_unprivileged_port_start=${port}`;
    return { is: 'wrong', code: 'low-port', message, fix };
  }
  if (isIP(host) && !isOwn(host)) {
    const message = `No interface of this machine has the address ${host} at present.`;
    return { is: 'wrong', code: 'no-address', message, fix: 'ip -brief address' };
  }
  return { is: 'fine', code: 'address', message: `${shown} is free.` };
}

function taken(
  shown: string,
  host: string,
  port: number,
  all: readonly Listening[],
  owners: readonly Holder[],
): Observation {
  const free = nextFree(host, port + 1, all);
  const [owner] = owners;
  const who =
    owner === undefined
      ? 'a process of another user'
      : `${owner.name} (process ${owner.pid}${owner.unit ? `, ${owner.unit}` : ''})`;
  const message = `${shown} is taken by ${who}.${free === undefined ? '' : ` Port ${free} is free.`}`;
  const unit = owner?.unit?.endsWith('.service') ? owner.unit : undefined;
  const fix = unit ? `sudo systemctl stop ${unit}` : owner ? `kill ${owner.pid}` : `sudo ss -ltnp 'sport = :${port}'`;
  return { is: 'wrong', code: 'port-taken', message, fix };
}

const firstOpenPort = (): number => Number(read('/proc/sys/net/ipv4/ip_unprivileged_port_start')) || 1024;

function mayBindLow(): boolean {
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(read('/proc/self/status'))?.[1];
  return effective === undefined ? ownUid() === 0 : (BigInt(`0x${effective}`) & BIND_SERVICE) !== 0n;
}

function isOwn(host: string): boolean {
  if (/^127\./.test(host) || host === '0.0.0.0' || host === '::') return true;
  return Object.values(networkInterfaces()).some((addresses) => addresses?.some(({ address }) => address === host));
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
