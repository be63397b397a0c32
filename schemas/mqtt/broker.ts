// Generated from broker.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * A small MQTT 3.1.1 broker (aedes) for the demo and for small sites, over TCP and WebSocket. Other nodes use it just like mqtt/client. A publisher gets its PUBACK after every node that subscribes in camd has accepted the message; when one refuses, the connection of the publisher is closed so that it sends again. Sessions and retained messages live in memory: nothing is queued for clients that are away. MQTT 5 clients are refused; use mosquitto and mqtt/client for them. Needs the optional package aedes.
 */
export interface MqttBrokerOptions {
  /**
   * Address for MQTT over TCP.
   */
  listen: string;
  /**
   * Address for MQTT over WebSocket.
   */
  websocket?: string;
  /**
   * Pages of other origins that may connect over WebSocket, such as "https://wall.example.org"; "*" lets all. Programs are not concerned.
   */
  origins: string[];
  /**
   * Who may connect, and what they may do.
   */
  users: {
    /**
     * User name.
     */
    name: string;
    /**
     * Password.
     */
    password: string;
    /**
     * Topic filters that this user may publish to. %u stands for the user name, %c for the client id.
     */
    publish: string[];
    /**
     * Topic filters within which this user may subscribe. %u stands for the user name, %c for the client id.
     */
    subscribe: string[];
  }[];
  /**
   * What clients without a user name may do. Without this option they are refused.
   */
  anonymous?: {
    /**
     * Topic filters that anyone may publish to. %u stands for the user name, %c for the client id.
     */
    publish: string[];
    /**
     * Topic filters within which anyone may subscribe. %u stands for the user name, %c for the client id.
     */
    subscribe: string[];
  };
  /**
   * A connection is cut when it announces a larger packet.
   */
  max_packet: Bytes;
  /**
   * Connections at the same time; further ones are closed at once.
   */
  max_clients: number;
  /**
   * Bytes of retained messages that are kept in memory. Beyond that messages are passed on but not retained.
   */
  max_retained: Bytes;
  /**
   * A publisher whose message has not been accepted within this time is cut off, and sends again.
   */
  handle_within: Milliseconds;
}
