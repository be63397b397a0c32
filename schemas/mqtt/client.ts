// Generated from client.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Connects to an MQTT broker for source/mqtt, mqtt/publish and others, over TCP, TLS or WebSocket, with MQTT 3.1.1 or 5. A broker that is away is no failure: the node is degraded, tries again with back-off and subscribes anew. A message of QoS 1 is acknowledged when everything that uses it has accepted it; when something refuses it, the connection is made anew after a pause so that the broker sends it again, which needs session: persistent.
 */
export interface MqttClientOptions {
  /**
   * The broker: mqtt://host:1883, mqtts://host:8883, ws://host:port/path or wss://host:port/path. User name and password have options of their own.
   */
  url: string;
  /**
   * Version of the protocol. With 5, camd also bounds what the broker may have under way.
   */
  version: '3.1.1' | '5';
  /**
   * User name at the broker.
   */
  username?: string;
  /**
   * Password at the broker.
   */
  password?: string;
  /**
   * Name of this client at the broker; a second client of the same name puts the first one off. By default a new name is made at every start.
   */
  client_id?: string;
  /**
   * What the broker does while camd is away. clean: it forgets the subscriptions. persistent: it keeps messages of QoS 1 and sends them later; needs a client_id.
   */
  session: 'clean' | 'persistent';
  /**
   * With MQTT 5: how long the broker keeps a persistent session.
   */
  session_expiry: Milliseconds;
  /**
   * A broker that is silent for one and a half times as long counts as gone.
   */
  keepalive: Milliseconds;
  /**
   * How long a broker may take to accept the connection.
   */
  connect_timeout: Milliseconds;
  /**
   * The longest pause between two tries to reach the broker. The first is one second.
   */
  reconnect_within: Milliseconds;
  /**
   * Messages that are worked on at the same time; further ones stay with the broker or in the socket.
   */
  in_flight: number;
  /**
   * The connection is cut when the broker announces a larger packet.
   */
  max_packet: Bytes;
  /**
   * PEM file with the authority that signed the certificate of the broker; the authorities of the system by default.
   */
  ca?: string;
  /**
   * PEM file with the certificate that camd shows to the broker.
   */
  certificate?: string;
  /**
   * PEM file with the private key of that certificate.
   */
  key?: string;
  /**
   * Whether the certificate of the broker must be right. Without this anyone on the way can read and change everything.
   */
  verify: boolean;
  /**
   * What the broker publishes for camd when the connection breaks.
   */
  will?: {
    /**
     * Topic of the message.
     */
    topic: string;
    /**
     * Text of the message.
     */
    payload: string;
    /**
     * Quality of service: 0 at most once, 1 at least once.
     */
    qos: 0 | 1;
    /**
     * Whether the broker keeps the message for later subscribers.
     */
    retain: boolean;
  };
  /**
   * What camd publishes after every connect.
   */
  birth?: {
    /**
     * Topic of the message.
     */
    topic: string;
    /**
     * Text of the message.
     */
    payload: string;
    /**
     * Quality of service: 0 at most once, 1 at least once.
     */
    qos: 0 | 1;
    /**
     * Whether the broker keeps the message for later subscribers.
     */
    retain: boolean;
  };
}
