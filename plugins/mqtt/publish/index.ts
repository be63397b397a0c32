// mqtt/publish: publishes pictures on a topic per camera, with a heartbeat and Home Assistant discovery.

import { inTime } from '../../../core/base/deadline.ts';
import { defineNode, type Finding, type Frame, type Mqtt, type Release } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { MqttPublishOptions } from '../../../schemas/mqtt/publish.ts';
import { filterFault, topicOf, topicPattern } from '../../kit/mqtt/topic.ts';
import { commandReceiver } from './commands.ts';
import { configFilters, statusTopic } from './discovery.ts';
import { createHomeAssistant, type HomeAssistant } from './home-assistant.ts';
import { heartbeatOf, payloadOf } from './payload.ts';
import { type Sent, throwUnlessSent } from './sent.ts';
import { createSizeGuess } from './size-guess.ts';

/** Limit of cameras that are published at an interval, announced and given a heartbeat. Frames of further cameras are dropped. */
const MAX_CAMERAS = 4096;
/** Cameras with a picture that waits for its PUBACK at the same time, with `send: every`. */
const IN_FLIGHT = 16;
/** Time limit of the last messages when the node stops. */
const FAREWELL_MS = 1000;
/** Retry interval of a heartbeat that could not be sent. */
const SOON_MS = 1000;
/** Interval of the checks of the camera states. */
const CHECK_MS = 1000;

export default defineNode<MqttPublishOptions>({
  check({ discovery, encoding, send, qos, every, command_topic: command }) {
    const wrong = (option: string, message: string): Finding => ({ option, code: 'wrong-value', message });
    const found: Finding[] = [];
    if (discovery && encoding === 'json') {
      const needed = 'Home Assistant cannot read a picture from JSON; set "encoding" to "raw" or "base64".';
      found.push(wrong('discovery', `discovery: ${needed}`));
    }
    if (send === 'every' && qos !== 1) {
      found.push(wrong('send', 'send: "every" needs "qos: 1"; with QoS 0 the broker acknowledges nothing.'));
    }
    if (send === 'every' && every !== undefined) {
      found.push(wrong('every', 'every: an interval leaves pictures out; with "send: every" remove it.'));
    }
    const fault = command === undefined ? undefined : filterFault(topicPattern(command).filter);
    if (fault !== undefined) found.push(wrong('command_topic', `command_topic: "${command}" ${fault}.`));
    return found;
  },
  async start(node) {
    const { options, metrics } = node;
    const { discovery, heartbeat } = options;
    const via = node.ref('via', 'mqtt');
    const input = node.input();
    // A successor with the same availability is already online when this instance stops, and has the arrival times of each camera.
    const presence = await node.durable('presence', {
      same: [discovery?.availability ?? null],
      create: () => ({ instances: 0, seen: new Map<string, number>() }),
      dispose: () => {},
    });
    /** The newest frame of each camera, and whether it has been published. */
    const newest = new Map<string, { frame: Frame; sent: boolean }>();
    const last = new Map<string, Buffer>();

    let isRefused = false;
    const sizes = createSizeGuess(node.clock.monotonic);
    const send = async (mqtt: Mqtt, ...message: Parameters<Mqtt['publish']>): Promise<Sent> => {
      try {
        await mqtt.publish(...message);
        if (isRefused && mqtt.connected) node.healthy();
        isRefused = false;
        return 'sent';
      } catch (cause) {
        metrics.count('unsent_total');
        // The connection itself reports an unreachable broker; in this branch the broker is reachable but refuses.
        if (mqtt.connected) {
          isRefused = true;
          node.degraded(sentence(cause));
        } else sizes.cut(Buffer.byteLength(message[1]));
        node.log.warn('a message could not be published', { topic: message[0], cause: sentence(cause) });
        return { why: sentence(cause) };
      }
    };
    const publish = async (frame: Frame): Promise<Sent> => {
      const mqtt = via.current();
      if (!mqtt?.connected) {
        metrics.count('unsent_total');
        return { why: `The broker of ${options.via} is unreachable.` };
      }
      if (options.on_change && last.get(frame.camera)?.equals(frame.data)) {
        metrics.count('unchanged_total');
        return 'sent';
      }
      const payload = payloadOf(frame, options.encoding);
      const guess = sizes.tooLarge(Buffer.byteLength(payload));
      if (guess !== undefined) {
        metrics.count('too_large_total');
        isRefused = true;
        node.degraded(guess);
        return { why: guess };
      }
      const sent = await send(mqtt, topicOf(options.topic, frame.camera), payload, options);
      if (sent !== 'sent') return sent;
      metrics.count('published_total');
      if (options.on_change) last.set(frame.camera, frame.data);
      return sent;
    };
    const cameras = () => [...new Set([...input.cameras(), ...newest.keys()])].slice(0, MAX_CAMERAS);
    const home: HomeAssistant | undefined =
      discovery &&
      createHomeAssistant({
        options,
        discovery,
        node: node.id,
        version: node.daemon.version,
        name: node.cameras.name,
        cameras,
        seenAt: (camera) => presence.seen.get(camera),
        now: node.clock.monotonic,
        async send(...message) {
          const mqtt = via.current();
          // No message follows the final one.
          return mqtt?.connected === true && !node.signal.aborted && (await send(mqtt, ...message)) === 'sent';
        },
      });
    /** An empty retained message removes the picture that the broker keeps. */
    const withdraw = async (camera: string): Promise<void> => {
      if (home) return home.withdraw(camera);
      const mqtt = via.current();
      if (mqtt?.connected) await send(mqtt, topicOf(options.topic, camera), '', { qos: 1, retain: true });
    };

    if (home) node.cameras.onNames(() => node.task(home.announceAll));
    input.onLeft((cameras) => {
      for (const camera of cameras) {
        newest.delete(camera);
        last.delete(camera);
        presence.seen.delete(camera);
        if (home || options.retain) node.task(() => withdraw(camera));
      }
    });
    /** Records the camera of the frame; false for a camera beyond the limit. */
    const record = async (frame: Frame): Promise<boolean> => {
      if (!newest.has(frame.camera) && newest.size >= MAX_CAMERAS) {
        metrics.count('over_limit_total');
        return false;
      }
      newest.set(frame.camera, { frame, sent: options.every === undefined });
      presence.seen.set(frame.camera, frame.arrived);
      await home?.announce(frame.camera);
      return true;
    };
    if (options.send === 'every') {
      input.each(
        async (frame) => {
          await record(frame);
          throwUnlessSent(await publish(frame));
        },
        { delivery: 'every', parallel: IN_FLIGHT },
      );
    } else {
      input.each(
        async (frame) => {
          if ((await record(frame)) && options.every === undefined) await publish(frame);
        },
        { delivery: 'live' },
      );
    }
    const { every } = options;
    if (every !== undefined) {
      node.task((signal) =>
        repeat(node.clock, signal, async () => {
          // The newest frame of each camera waits here while the broker is unreachable.
          for (const entry of via.current()?.connected ? newest.values() : []) {
            if (entry.sent) continue;
            entry.sent = true;
            await publish(entry.frame);
          }
          return every;
        }),
      );
    }
    if (heartbeat) {
      node.task((signal) =>
        repeat(node.clock, signal, async () => {
          const mqtt = via.current();
          const known = cameras();
          if (!mqtt?.connected || known.length === 0) return Math.min(heartbeat.every, SOON_MS);
          for (const camera of known) {
            const payload = heartbeatOf(camera, node.clock.now(), newest.get(camera)?.frame);
            await send(mqtt, topicOf(heartbeat.topic, camera), payload, heartbeat);
          }
          return heartbeat.every;
        }),
      );
    }

    const commands =
      options.command_topic === undefined ? undefined : commandReceiver(node, input, options.command_topic);
    via.bind((mqtt) => {
      const releases: Release[] = [
        ...(commands ? [commands(mqtt)] : []),
        mqtt.onConnection((connected) => {
          if (!connected) return node.degraded(`${node.id} is waiting for the broker of ${options.via}.`);
          node.healthy();
          if (home) node.task(home.announceAll);
        }),
      ];
      if (discovery && home) {
        releases.push(
          mqtt.subscribe(statusTopic(discovery), 0, async ({ payload }) => {
            if (payload.toString() === 'online') await home.announceAll();
          }),
          ...configFilters(discovery).map((filter) => mqtt.subscribe(filter, 1, home.found)),
        );
      }
      return () => {
        for (const release of releases) release();
      };
    });
    if (!discovery || !home) return;
    node.task((signal) =>
      repeat(node.clock, signal, async () => {
        await home.refresh();
        return CHECK_MS;
      }),
    );
    presence.instances++;
    node.defer(async () => {
      const mqtt = via.current();
      if (--presence.instances > 0 || !mqtt?.connected) return;
      await inTime(FAREWELL_MS, send(mqtt, discovery.availability, 'offline', { qos: 1, retain: true }));
    });
  },
});

interface Sleeper {
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Runs `work` immediately and then after each pause that it returns, until the signal is aborted. */
async function repeat(clock: Sleeper, signal: AbortSignal, work: () => Promise<number>): Promise<void> {
  while (!signal.aborted) {
    const ms = await work();
    await clock.sleep(ms, signal).catch(() => {});
  }
}
