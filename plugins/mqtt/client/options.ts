// Converts the options of mqtt/client to those of MQTT.js; reads certificate files again for every connection.

import { readFile } from 'node:fs/promises';
import type { IClientOptions } from 'mqtt';
import { environment } from '../../../core/contract/plugin.ts';
import type { MqttClientOptions } from '../../../schemas/mqtt/client.ts';
import { willOf } from './standby.ts';

export interface ConnectionOptions {
  readonly url: string;
  readonly maxPacket: number;
  /** The broker also publishes the will when camd stops. */
  readonly willAtEnd: boolean;
  readonly mqtt: IClientOptions;
}

export async function connectionOptions(
  options: MqttClientOptions,
  resolve: (path: string) => string,
): Promise<ConnectionOptions> {
  const read = async (option: string, path: string | undefined) => {
    if (path === undefined) return undefined;
    return readFile(resolve(path)).catch((cause: unknown) => {
      throw environment(
        'unreadable-file',
        `The file ${path} of the option "${option}" cannot be read: ${String(cause)}`,
        cause,
      );
    });
  };
  const ca = await read('ca', options.ca);
  const cert = await read('certificate', options.certificate);
  const key = await read('key', options.key);
  const newest = options.version === '5';
  const persistent = options.session === 'persistent';
  const mqtt: IClientOptions = {
    manualConnect: true,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    protocolVersion: newest ? 5 : 4,
    keepalive: Math.round(options.keepalive / 1000),
    connectTimeout: options.connect_timeout,
    clean: !persistent,
    rejectUnauthorized: options.verify,
    ...(options.client_id === undefined ? {} : { clientId: options.client_id }),
    // An empty name means no name, so that a profile may read it from the environment.
    ...(options.username ? { username: options.username } : {}),
    ...(options.password ? { password: options.password } : {}),
    ...(ca ? { ca } : {}),
    ...(cert ? { cert } : {}),
    ...(key ? { key } : {}),
    ...(newest
      ? {
          properties: {
            receiveMaximum: options.in_flight,
            maximumPacketSize: options.max_packet,
            ...(persistent ? { sessionExpiryInterval: Math.round(options.session_expiry / 1000) } : {}),
          },
        }
      : {}),
  };
  if (options.will) {
    const { topic, payload, qos, retain } = options.will;
    mqtt.will = { topic, payload: Buffer.from(payload), qos, retain };
  }
  if (options.standby) mqtt.will = willOf(options.standby.topic);
  return { url: options.url, maxPacket: options.max_packet, willAtEnd: options.standby !== undefined, mqtt };
}
