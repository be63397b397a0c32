// Generated from broker.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * A small MQTT 3.1.1 broker (aedes) for demos on one machine, over TCP and WebSocket, without TLS. For clients in a network use mosquitto and mqtt/client; docs/infoscreen.md has a tested configuration with TLS and a user for each client. Other nodes use it like mqtt/client. A publisher gets its PUBACK after every subscribing node in camd has accepted the message; if one refuses, the publisher is disconnected so that it sends again. Sessions and retained messages are kept in memory: nothing is queued for absent clients. MQTT 5 clients are refused. Needs the optional package aedes.
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
   * Origins whose pages may connect over WebSocket, such as "https://wall.example.org"; "*" allows all. Programs are not affected.
   */
  origins: string[];
  /**
   * The users that may connect, and their rights.
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
     * Prefixes of the client ids that this user may use, and no other user; %u is the user name. Default: any id that no other user reserves. A user can never take over the client of another user.
     *
     * Items: A prefix.
     */
    client_ids: string[];
    /**
     * Topic filters that this user may publish to. %u is the user name, %c the client id.
     */
    publish: string[];
    /**
     * Topic filters that this user may subscribe to. %u is the user name, %c the client id.
     */
    subscribe: string[];
  }[];
  /**
   * The rights of clients without a user name. Without this option they are refused.
   */
  anonymous?: {
    /**
     * Topic filters that anyone may publish to. %u is the user name, %c the client id.
     */
    publish: string[];
    /**
     * Topic filters that anyone may subscribe to. %u is the user name, %c the client id.
     */
    subscribe: string[];
  };
  /**
   * The largest packet. A larger message is dropped while it comes, without using memory: the broker acknowledges it, because MQTT 3.1.1 knows no other answer but the end of the connection, counts it as too_large_total, and logs it once for each connection. A larger packet of another kind ends its connection.
   */
  max_packet: Bytes;
  /**
   * The largest number of connections; further ones are closed.
   */
  max_clients: number;
  /**
   * The largest number of connections per client address; further ones are closed.
   */
  max_clients_per_address: number;
  /**
   * A connection that has not logged in within this time is closed. Until then it may send packets of at most 4 KiB.
   */
  connect_timeout: Milliseconds;
  /**
   * Memory for retained messages. Further messages are delivered but not retained.
   */
  max_retained: Bytes;
  /**
   * A publisher whose message is not accepted within this time is disconnected, so that it sends again.
   */
  handle_within: Milliseconds;
}
