// Connects to each NATS server once as the profile says, under a separate name, so that a running camd keeps its connection.

import { reason } from '../../../core/base/reason.ts';
import { redactUrl } from '../../../core/base/redact.ts';
import { type ExamineView, isFault, type Observation } from '../../../core/contract/plugin.ts';
import type { NatsClientOptions } from '../../../schemas/nats/client.ts';
import { examinePackage } from '../../kit/examine/packages.ts';
import { connectionOptions, serversOf } from './options.ts';

/** Longest time for each server to accept the connection, even if the profile allows more. */
const CONNECT_MS = 4_000;

export async function* examineServers(options: NatsClientOptions, view: ExamineView): AsyncGenerator<Observation> {
  for await (const found of examinePackage('@nats-io/transport-node', () => import('@nats-io/transport-node'))) {
    yield found;
    if (found.is !== 'fine') return;
  }
  const library = await import('@nats-io/transport-node');
  for (const url of serversOf(options)) {
    const what = `The NATS server ${redactUrl(url)}`;
    try {
      const timeout = Math.min(options.connect_timeout, CONNECT_MS);
      const single = { ...options, servers: url, connect_timeout: timeout };
      const connection = await library.connect(await connectionOptions(library, single, 'camd doctor', view.resolve));
      const version = connection.info?.version ?? 'of an unknown version';
      await connection.close();
      const message = `${what} (${version}) accepts this client.`;
      yield { is: 'fine', code: 'reachable', option: 'servers', message };
    } catch (cause) {
      if (isFault(cause)) {
        yield { is: 'wrong', code: cause.code, option: 'credentials', message: cause.message };
        return;
      }
      const code = cause instanceof library.errors.AuthorizationError ? 'credentials-refused' : 'unreachable';
      const option = code === 'unreachable' ? 'servers' : wayOf(options);
      yield { is: 'wrong', code, option, message: `${what} did not accept the connection: ${reason(cause)}.` };
    }
  }
}

const wayOf = (options: NatsClientOptions): string =>
  (['user', 'token', 'nkey', 'credentials'] as const).find((name) => options[name] !== undefined) ?? 'user';
