// Reads and writes DNS messages (RFC 1035 §4) as far as mDNS needs them. Pure.

export interface DnsRecord {
  readonly name: string;
  readonly type: 'PTR' | 'SRV' | 'TXT' | 'A';
  /** For PTR and SRV the target name, for A the address, for TXT the strings, one per line. */
  readonly value: string;
  /** For SRV. */
  readonly port?: number;
}

const TYPES: Readonly<Record<number, DnsRecord['type']>> = { 1: 'A', 12: 'PTR', 16: 'TXT', 33: 'SRV' };
const PTR = 12;
const IN = 1;
/** Requests an answer to this socket instead of the group (RFC 6762 §5.4). */
const UNICAST = 0x8000;
const MAX_RECORDS = 200;
/** Limits the labels of a name (at most 255 bytes), because malicious pointers could form a loop. */
const MAX_LABELS = 128;

/** A question for PTR records of `service`, such as "_rtsp._tcp.local". */
export function question(service: string): Buffer {
  const head = Buffer.alloc(12);
  head.writeUInt16BE(1, 4);
  const labels = service.split('.').map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)]));
  const tail = Buffer.alloc(5);
  tail.writeUInt16BE(PTR, 1);
  tail.writeUInt16BE(IN | UNICAST, 3);
  return Buffer.concat([head, ...labels, tail]);
}

/** Skips damaged records and other types. */
export function records(message: Buffer): DnsRecord[] {
  const found: DnsRecord[] = [];
  try {
    let at = 12;
    for (let left = message.readUInt16BE(4); left > 0; left--) at = nameAt(message, at).end + 4;
    const count = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
    for (let left = Math.min(count, MAX_RECORDS); left > 0; left--) {
      const { name, end } = nameAt(message, at);
      const type = TYPES[message.readUInt16BE(end)];
      const length = message.readUInt16BE(end + 8);
      const start = end + 10;
      at = start + length;
      if (type && at <= message.length) found.push(...record(message, name, type, start, length));
    }
  } catch {
    // The message is truncated.
  }
  return found;
}

function record(message: Buffer, name: string, type: DnsRecord['type'], start: number, length: number): DnsRecord[] {
  if (type === 'A')
    return length === 4 ? [{ name, type, value: [...message.subarray(start, start + 4)].join('.') }] : [];
  if (type === 'PTR') return [{ name, type, value: nameAt(message, start).name }];
  if (type === 'SRV')
    return [{ name, type, port: message.readUInt16BE(start + 4), value: nameAt(message, start + 6).name }];
  const texts: string[] = [];
  for (let at = start; at < start + length; at += 1 + (message[at] ?? 0)) {
    texts.push(message.toString('utf8', at + 1, at + 1 + (message[at] ?? 0)));
  }
  return [{ name, type, value: texts.join('\n') }];
}

/** `end`: the offset after the name itself, not after the target of its pointer. */
function nameAt(message: Buffer, start: number): { readonly name: string; readonly end: number } {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  for (let steps = 0; steps < MAX_LABELS; steps++) {
    const length = message.readUInt8(at);
    if (length >= 0xc0) {
      end ??= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
    } else if (length === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    else {
      labels.push(message.toString('utf8', at + 1, at + 1 + length));
      at += 1 + length;
    }
  }
  throw new Error('this name has no end');
}
