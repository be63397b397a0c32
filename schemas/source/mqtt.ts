// Generated from mqtt.schema.json by "npm run generate"; change that instead.

import type { Bytes, PerSecond } from '../../core/base/units.ts';

/**
 * Takes one picture from each message of the topics it subscribes to; {camera} in a topic names the camera, so one node feeds thousands. Raw JPEG or PNG, base64, data URLs and JSON are recognised. Messages of QoS 1 are acknowledged when every consumer that takes every frame (a store) has the picture, and come again when one refused. Bad pictures, unknown cameras and messages over a limit are acknowledged, dropped and counted. Costs a few hundred bytes per camera.
 */
export interface SourceMqttOptions {
  /**
   * The connection or broker.
   */
  via: string;
  /**
   * One topic or a list: filters in which {camera} stands for the camera id, such as infoscreen/{camera}/screenshot. Several camd share one load with $share/group/infoscreen/{camera}/screenshot.
   *
   * @minItems 1
   */
  topic: string | string[];
  /**
   * Camera id for topics without {camera}; the id of this node by default.
   */
  camera?: string;
  /**
   * Quality of service to subscribe with: 0 at most once, 1 at least once.
   */
  qos: 0 | 1;
  /**
   * How pictures are found in a message.
   */
  parse: string | Record<string, unknown>;
  /**
   * A registry: pictures of cameras that it does not know are dropped.
   */
  only?: string;
  /**
   * Retained messages, which the broker repeats at every connect. once: each picture is taken once. never: they are dropped.
   */
  retained: 'once' | 'never';
  /**
   * Larger messages are dropped.
   */
  max_message: Bytes;
  /**
   * Pictures of one camera over this rate are dropped; a burst of one second (at least one picture) may pass. No limit by default.
   */
  max_rate?: PerSecond;
  /**
   * Cameras whose last picture and rate are remembered; the one that was silent for longest is forgotten first.
   */
  max_cameras: number;
}
