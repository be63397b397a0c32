// The shipped server of information screens with a real mosquitto, and one registered screen, "lobby".

import { readFileSync } from 'node:fs';
import { camd } from './cli.ts';
import { type DaemonProcess, startDaemon } from './daemon.ts';
import type { Ending } from './harness.ts';
import { type Mosquitto, type MosquittoOptions, mosquitto } from './mosquitto.ts';
import { until } from './until.ts';

export const INFOSCREEN_TOKEN = 'correct-horse-battery';

export interface InfoscreenServer {
  readonly broker: Mosquitto;
  /** Environment of every camd of the site. */
  readonly env: Readonly<Record<string, string>>;
  readonly server: DaemonProcess;
  /** Address of its API. */
  readonly api: string;
}

/** The text of a shipped profile. */
export const shipped = (name: string): string => readFileSync(`configs/${name}.yaml`, 'utf8');

export async function infoscreenServer(t: Ending, options: MosquittoOptions = {}): Promise<InfoscreenServer> {
  const broker = await mosquitto(t, options);
  const env = { INFOSCREEN_TOKEN, MQTT_URL: broker.url };
  const server = await startDaemon(t, shipped('infoscreen-server'), {
    env: { ...env, API_LISTEN: '127.0.0.1:0' },
  });
  const api = await server.origin('api');
  let refusal = '';
  // On a busy disk the database may not answer in time; a screen that is there already stays.
  const isAdded = async (): Promise<boolean> => {
    const { code, err } = await camd(['clients', 'add', 'lobby', '--config', server.file], { env });
    refusal = err;
    return code === 0;
  };
  await until(isAdded, () => `the screen to be registered: ${refusal}`);
  return { broker, env, server, api };
}
