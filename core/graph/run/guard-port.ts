// Wraps a port for its consumer: an error in a callback of the consumer fails the consumer, not the provider that calls it.

import type { Mqtt, Nats, Ports, Route, Server, Upgrade } from '../../contract/ports.ts';
import { isFault } from '../../contract/problems.ts';
import type { Guard } from './guard.ts';

/** Ports without callbacks are returned unchanged. */
export function guardPort<P extends keyof Ports>(name: P, port: Ports[P], guard: Guard): Ports[P] {
  if (name === 'server') return over(port, serverCalls(port as Server, guard));
  if (name === 'mqtt') return over(port, mqttCalls(port as Mqtt, guard));
  if (name === 'nats') return over(port, natsCalls(port as Nats, guard));
  return port;
}

function serverCalls(server: Server, guard: Guard): Pick<Server, 'route' | 'upgrade'> {
  return {
    route: (route) =>
      server.route({
        ...route,
        handler: routeHandler(route, guard),
        ...(route.ready && { ready: readyOf(route.ready, guard) }),
      }),
    upgrade: (upgrade) => server.upgrade({ ...upgrade, handler: upgradeHandler(upgrade, guard) }),
  };
}

/** The server answers a failed request with an error status. A failed request must not restart a node that serves many. */
function routeHandler(route: Route, guard: Guard): Route['handler'] {
  const timed = guard.timed('route', route.handler);
  const note = (cause: unknown): never => {
    if (!isAnswer(cause)) guard.noted('route', cause);
    throw cause;
  };
  return (request, reply, params) => {
    try {
      const answer = timed(request, reply, params);
      // A reply has a `then` method that requires both functions: it is returned, not awaited.
      return answer !== reply && isPromise(answer) ? answer.then(undefined, note) : answer;
    } catch (cause) {
      return note(cause);
    }
  };
}

/** If `ready` throws, the handler answers instead. */
function readyOf(ready: NonNullable<Route['ready']>, guard: Guard): NonNullable<Route['ready']> {
  const timed = guard.timed('route', ready);
  return (request) => {
    try {
      return timed(request);
    } catch (cause) {
      guard.noted('route', cause);
      return undefined;
    }
  };
}

function upgradeHandler(upgrade: Upgrade, guard: Guard): Upgrade['handler'] {
  const timed = guard.timed<Parameters<Upgrade['handler']>, unknown>('upgrade', upgrade.handler);
  return (...args) => {
    const [, socket] = args;
    const failed = (cause: unknown): void => {
      guard.noted('upgrade', cause);
      socket.destroy();
    };
    try {
      const done = timed(...args);
      if (isPromise(done)) done.then(undefined, failed);
    } catch (cause) {
      failed(cause);
    }
  };
}

function mqttCalls(mqtt: Mqtt, guard: Guard): Pick<Mqtt, 'subscribe' | 'onConnection'> {
  return {
    subscribe(filter, qos, onMessage) {
      const timed = guard.timed('message', onMessage);
      return mqtt.subscribe(filter, qos, async (message) => {
        try {
          await timed(message);
        } catch (cause) {
          // A Fault is the answer to one message; anything else is a bug of the consumer.
          if (!isFault(cause)) guard.failed('message', cause);
          throw cause;
        }
      });
    },
    onConnection: (listener) => mqtt.onConnection((connected) => guard.call('message', () => listener(connected))),
  };
}

function natsCalls(nats: Nats, guard: Guard): Pick<Nats, 'subscribe' | 'inbox' | 'onConnection'> {
  return {
    subscribe: (subject, onMessage, options) =>
      nats.subscribe(subject, (message) => guard.call('message', () => onMessage(message)), options),
    inbox: (onAnswer) => nats.inbox((answer) => guard.call('message', () => onAnswer(answer))),
    onConnection: (listener) => nats.onConnection((connected) => guard.call('message', () => listener(connected))),
  };
}

/** The port with these members replaced; its other methods keep their `this`. */
function over<P extends object>(port: P, calls: object): P {
  const own = new Map<PropertyKey, unknown>(Object.entries(calls));
  return new Proxy(port, {
    get(target, key) {
      const known = own.get(key);
      if (known !== undefined) return known;
      const value: unknown = Reflect.get(target, key, target);
      if (typeof value !== 'function') return value;
      const bound: unknown = value.bind(target);
      own.set(key, bound);
      return bound;
    },
  });
}

const isPromise = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === 'object' && value !== null && 'then' in value && typeof value.then === 'function';

/** An error with a status below 500 is an answer to the client, not a failure. */
const isAnswer = (cause: unknown): boolean =>
  typeof cause === 'object' && cause !== null && 'statusCode' in cause && Number(cause.statusCode) < 500;
