// Generated from mqtt.schema.json by "npm run generate"; change that instead.

import type { Milliseconds } from '../../core/base/units.ts';

/**
 * Keeps the numbers of the last second, so that each picture can carry those nearest to its capture time. A message counts only when every field is a finite number; others are counted and dropped. The node is degraded while no reading comes. Retained messages are dropped, because their age is unknown.
 */
export interface ReadingMqttOptions {
  /**
   * The connection or broker.
   */
  via: string;
  /**
   * The topic, or a filter.
   */
  topic: string;
  /**
   * Quality of service to subscribe with: 0 at most once, 1 at least once.
   */
  qos: 0 | 1;
  /**
   * The name of each value and its position in the JSON message, such as roll: imu.angles.roll.
   */
  fields: {
    [k: string]: string;
  };
  /**
   * A reading further than this from a picture's capture time is out of date.
   */
  max_age: Milliseconds;
}
