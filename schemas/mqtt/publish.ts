// Generated from publish.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Publishes pictures to one topic per camera: every picture, changed pictures, or the newest at an interval. While the broker is unreachable, pictures are dropped and counted; with `send: every` they are refused, so that a store/spool keeps them. With discovery, Home Assistant creates a camera and an image entity for each camera automatically, shows a silent camera as unavailable, and drops a camera that has left the profile; the user of the broker must be allowed to subscribe below the prefix. With an interval, it costs one picture of memory per camera.
 */
export interface MqttPublishOptions {
  /**
   * Where the frames come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The connection or broker.
   */
  via: string;
  /**
   * The topic of the pictures; {camera} is the placeholder of the camera id.
   */
  topic: string;
  /**
   * raw: the picture itself. base64: as text. json: an object with image (base64), camera, type, time, seq, width and height.
   */
  encoding: 'raw' | 'base64' | 'json';
  /**
   * Quality of service: 0 at most once, 1 at least once.
   */
  qos: 0 | 1;
  /**
   * Whether the broker keeps the newest picture for later subscribers.
   */
  retain: boolean;
  /**
   * `live`: a picture that cannot be published now is dropped. `every`: every picture, in order for each camera, acknowledged after the broker's PUBACK; a store/spool before it keeps what cannot be published. Needs `qos: 1`.
   */
  send: 'live' | 'every';
  /**
   * Publishes the newest picture of each camera at this interval. Default: every picture.
   */
  every?: Milliseconds;
  /**
   * Skips pictures that are identical to the previous one.
   */
  on_change: boolean;
  /**
   * A small JSON message that shows that a camera is alive, whether or not its picture changed.
   */
  heartbeat?: {
    /**
     * The topic of the heartbeat; {camera} is the placeholder of the camera id.
     */
    topic: string;
    /**
     * Interval of the heartbeat.
     */
    every: Milliseconds;
    /**
     * Quality of service: 0 at most once, 1 at least once.
     */
    qos: 0 | 1;
    /**
     * Whether the broker keeps the newest heartbeat.
     */
    retain: boolean;
  };
  /**
   * Messages on this topic, "capture" or {"name":"capture"}, have the camera take a picture at once; {camera} is the placeholder of the camera id, and a topic without it is for every camera. Sources that take single pictures answer it.
   */
  command_topic?: string;
  /**
   * Home Assistant MQTT discovery.
   */
  discovery?: {
    /**
     * Discovery prefix of Home Assistant.
     */
    prefix: string;
    /**
     * The entities of each camera in Home Assistant.
     *
     * @minItems 1
     */
    entities: ('camera' | 'image')[];
    /**
     * Name of the device to which the entities belong.
     */
    device: string;
    /**
     * The topic on which this node publishes online and offline. Give mqtt/client a will of "offline" on the same topic, so that a crash is reported too. The state of each camera is published below it, as TOPIC/NODE/CAMERA. Each camd needs a topic of its own.
     */
    availability: string;
    /**
     * A camera that has sent no picture for this long is unavailable in Home Assistant.
     */
    stale_after: Milliseconds;
    /**
     * After a start, a camera that an earlier run has announced is removed from Home Assistant when no source lists it and it sends no picture for this long. A camera that leaves by a reload is removed at once.
     */
    forget_after: Milliseconds;
  };
}
