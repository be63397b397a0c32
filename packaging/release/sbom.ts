// Makes the SBOM that npm writes the same for each build of a commit: its own name, time and serial number.

import { createHash } from 'node:crypto';

interface Sbom {
  serialNumber: string;
  readonly metadata: { timestamp: string; readonly component: { name: string } };
}

/** npm takes the name from the folder, the time from the clock, and the serial number from chance. */
export function settledSbom(text: string, name: string, epoch: number): string {
  const sbom = JSON.parse(text) as Sbom;
  sbom.metadata.component.name = name;
  sbom.metadata.timestamp = new Date(epoch * 1000).toISOString();
  sbom.serialNumber = '';
  sbom.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(sbom))}`;
  return `${JSON.stringify(sbom, undefined, 2)}\n`;
}

/** Version 8 of RFC 9562: of the content. */
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
