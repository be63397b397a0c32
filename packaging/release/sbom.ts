// Makes npm's SBOM the same for each build of a commit: fixed name, time and serial number.

import { createHash } from 'node:crypto';

interface Sbom {
  serialNumber: string;
  readonly metadata: { timestamp: string; readonly component: { name: string } };
}

/** npm uses the folder's name, the current time, and a random serial number. */
export function settledSbom(text: string, name: string, epoch: number): string {
  const sbom = JSON.parse(text) as Sbom;
  sbom.metadata.component.name = name;
  sbom.metadata.timestamp = new Date(epoch * 1000).toISOString();
  sbom.serialNumber = '';
  sbom.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(sbom))}`;
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}

/** UUID version 8 (RFC 9562) from a hash of the content. */
function uuidOf(content: string): string {
  const hex = createHash('sha256').update(content).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
