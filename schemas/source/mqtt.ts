// Generated from mqtt.schema.json by "npm run generate"; change that instead.

import type { Bytes, PerSecond } from '../../core/base/units.ts';

/**
 * Reads one picture from each message of its topics; {camera} in a topic is the camera's id, so one node can serve thousands of cameras. Raw JPEG or PNG, base64, data URLs and JSON are recognised. QoS 1 messages are acknowledged after every consumer that takes every frame (a store) has the picture, and are sent again after a refusal. Invalid pictures, unknown cameras and messages over a limit are acknowledged, dropped, counted and logged; `rejects` keeps messages that are no pictures and pictures that were refused finally. Costs a few hundred bytes per camera.
 */
export interface SourceMqttOptions {
  /**
   * The connection or broker.
   */
  via: string;
  /**
   * One topic filter or a list, with {camera} as the placeholder of the camera id, such as infoscreen/{camera}/screenshot. Several camd share the load with $share/group/infoscreen/{camera}/screenshot. Without it the node receives no pictures: it follows the state of screens whose pictures come from another node, and passes on commands to them.
   *
   * @minItems 1
   */
  topic?: string | string[];
  /**
   * Camera id for topics without {camera}; the id of this node by default.
   */
  camera?: string;
  /**
   * Quality of service to subscribe with: 0 at most once, 1 at least once.
   */
  qos: 0 | 1;
  /**
   * The parser that finds the picture in a message.
   */
  parse: string | Record<string, unknown>;
  /**
   * A registry: pictures of unknown cameras are dropped.
   */
  only?: string;
  /**
   * The topic of the screens' status, such as infoscreen/{camera}/status; the last one of each is kept and shown by http/screens.
   */
  status_topic?: string;
  /**
   * The topic of the screens' heartbeats; the time of the last one of each is kept and shown by http/screens.
   */
  heartbeat_topic?: string;
  /**
   * The topic to which a request for a picture is published, such as infoscreen/{camera}/command, as {"name":"capture"}.
   */
  command_topic?: string;
  /**
   * Retained messages, which the broker repeats at every connect. once: each picture is accepted once. never: they are dropped.
   */
  retained: 'once' | 'never';
  /**
   * Larger messages are dropped.
   */
  max_message: Bytes;
  /**
   * The highest rate per camera, after a burst of one second (at least one picture). `over_rate` says what happens to further pictures. No limit by default.
   */
  max_rate?: PerSecond;
  /**
   * `hold`: a QoS 1 message above max_rate waits for its turn and is acknowledged only then, so none is lost; on a shared connection a camera that never slows down delays the others. `drop`: it is acknowledged, dropped and counted. Messages of QoS 0 are always dropped.
   */
  over_rate: 'hold' | 'drop';
  /**
   * A folder for messages that were acknowledged and then refused: those without a usable picture, and pictures that a consumer refuses for good. The log names the file and the reason. The folder is created if missing; it holds files of camd alone. Without it such messages are counted and logged only.
   */
  rejects?: string;
  /**
   * The largest number of files in `rejects`; the oldest ones make room.
   */
  max_rejects: number;
  /**
   * The largest size of all files in `rejects`; the oldest ones make room, and a larger message is not kept.
   */
  max_rejects_bytes: Bytes;
  /**
   * The largest number of cameras whose last picture and rate are remembered; the camera with the longest silence is forgotten first.
   */
  max_cameras: number;
}
