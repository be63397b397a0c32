// Generated from publish.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Publishes the pictures of its cameras to a topic of each: every one, those that changed, or the newest at an interval. While the broker is away pictures are dropped and counted. With discovery, Home Assistant finds a camera and an image entity for each camera by itself. Costs one picture per camera in memory when it publishes at an interval.
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
   * Topic of the pictures; {camera} stands for the camera id.
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
   * Publish the newest picture of each camera at this interval; every picture by default.
   */
  every?: Milliseconds;
  /**
   * Leave out pictures whose bytes are those of the one before.
   */
  on_change: boolean;
  /**
   * A small JSON message that tells that a camera is alive, whether or not its picture changed.
   */
  heartbeat?: {
    /**
     * Topic of the heartbeat; {camera} stands for the camera id.
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
   * Home Assistant MQTT discovery.
   */
  discovery?: {
    /**
     * Discovery prefix of Home Assistant.
     */
    prefix: string;
    /**
     * What each camera becomes in Home Assistant.
     *
     * @minItems 1
     */
    entities: ('camera' | 'image')[];
    /**
     * Name of the device to which the entities belong.
     */
    device: string;
    /**
     * Topic on which this node says online and offline. Give mqtt/client a will of "offline" on the same topic, so that a crash is seen too.
     */
    availability: string;
  };
}
