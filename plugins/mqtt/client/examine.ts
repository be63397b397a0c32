// Connects to the broker once as the profile says, under a separate client id, so that a running camd keeps its connection.

import { randomBytes } from 'node:crypto';
import { redactUrl } from '../../../core/base/redact.ts';
import { type ExamineView, isFault, type Observation } from '../../../core/contract/plugin.ts';
import type { MqttClientOptions } from '../../../schemas/mqtt/client.ts';
import { quoted } from '../../kit/examine/connection.ts';
import { reach } from '../../kit/examine/reach.ts';
import { openConnection } from './connection.ts';
import { connectionOptions } from './options.ts';

/** Longest time for the broker to accept the connection, even if the profile allows more. */
const CONNECT_MS = 8_000;
const REFUSED = /not authorized|bad user ?name|identifier rejected|banned|authentication/i;

export async function* examineBroker(options: MqttClientOptions, view: ExamineView): AsyncGenerator<Observation> {
  const what = `The broker ${redactUrl(options.url)}`;
  // The connection check reports an unreachable broker.
  const { ca, verify } = options;
  for await (const found of reach(view, { option: 'url', url: options.url, what, tls: { ca, verify } })) {
    if (found.is === 'fine') continue;
    yield isLocal(options.url) && found.code === 'unreachable'
      ? { ...found, fix: 'sudo apt install mosquitto' }
      : found;
    return;
  }
  const timeout = Math.min(options.connect_timeout, CONNECT_MS);
  const control = new AbortController();
  const stop = (): void => control.abort();
  view.signal.addEventListener('abort', stop, { once: true });
  try {
    const made = await connectionOptions({ ...options, connect_timeout: timeout }, view.resolve);
    const { will: _will, ...mqtt } = made.mqtt;
    const clientId = `camd-doctor-${randomBytes(6).toString('hex')}`;
    const opened = await openConnection({ ...made, mqtt: { ...mqtt, clientId, clean: true } }, timeout, control.signal);
    if ('connection' in opened) {
      yield { is: 'fine', code: 'reachable', option: 'url', message: `${what} accepts this client.` };
      control.abort();
      await opened.connection.ended;
      return;
    }
    const { hostname, port } = new URL(options.url);
    const user = options.username ? ` -u ${quoted(options.username)} -P PASSWORD` : '';
    const fix = `mosquitto_sub -h ${quoted(hostname)}${port === '' ? '' : ` -p ${port}`}${user} -t '#' -C 1 -d`;
    const code = REFUSED.test(opened.why) ? 'credentials-refused' : 'unreachable';
    const option = code === 'unreachable' ? 'url' : options.username === undefined ? 'username' : 'password';
    yield { is: 'wrong', code, option, message: `${what} did not accept the connection: ${opened.why}.`, fix };
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    yield { is: 'wrong', code: cause.code, option: 'ca', message: cause.message };
  } finally {
    view.signal.removeEventListener('abort', stop);
    control.abort();
  }
}

const isLocal = (url: string): boolean => /^(?:localhost|127\.|\[::1\])/.test(new URL(url).hostname);
