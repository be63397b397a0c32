// Generated from client.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Connects to an MQTT broker for source/mqtt, mqtt/publish and others, over TCP, TLS or WebSocket, with MQTT 3.1.1 or 5. While the broker is unreachable, the node is degraded, retries with back-off and then subscribes again. A QoS 1 message is acknowledged after every subscriber has accepted it; if one refuses, the client reconnects after a pause so that the broker sends it again, which needs session: persistent.
 */
export interface MqttClientOptions {
  /**
   * The broker: mqtt://host:1883, mqtts://host:8883, ws://host:port/path or wss://host:port/path. User name and password have their own options.
   */
  url: string;
  /**
   * The protocol version. With 5, camd also limits the number of unacknowledged messages.
   */
  version: '3.1.1' | '5';
  /**
   * The user name at the broker.
   */
  username?: string;
  /**
   * The password at the broker.
   */
  password?: string;
  /**
   * The client id at the broker; a second client with the same id disconnects the first. By default each start uses a new id.
   */
  client_id?: string;
  /**
   * The session while camd is disconnected. clean: the broker forgets the subscriptions. persistent: the broker keeps QoS 1 messages and sends them later; this needs a client_id.
   */
  session: 'clean' | 'persistent';
  /**
   * With MQTT 5: how long the broker keeps a persistent session.
   */
  session_expiry: Milliseconds;
  /**
   * Several camd share the session of one client_id, and one of them at a time uses it; when it ends or falls silent, another takes over and gets what the broker has kept, including messages that were under way. Needs session: persistent and the same client_id for all. The node of the others is degraded. It uses the will of the connection.
   */
  standby?: {
    /**
     * The topic on which the active one says so; all must be allowed to read and write it.
     */
    topic: string;
    /**
     * The silence after which another takes over. When the broker sees the connection end, it takes half a second. Each start waits so long for signs of another one.
     */
    takeover_after: Milliseconds;
  };
  /**
   * The keep-alive interval; a broker that is silent for one and a half times as long counts as disconnected.
   */
  keepalive: Milliseconds;
  /**
   * How long a broker may take to accept the connection.
   */
  connect_timeout: Milliseconds;
  /**
   * The longest pause between connection attempts. The first pause is one second.
   */
  reconnect_within: Milliseconds;
  /**
   * The number of messages processed at the same time; further ones stay at the broker or in the socket.
   */
  in_flight: number;
  /**
   * The connection is closed when the broker announces a larger packet.
   */
  max_packet: Bytes;
  /**
   * PEM file with the authority that signed the broker's certificate. Default: the system's authorities.
   */
  ca?: string;
  /**
   * PEM file with camd's client certificate.
   */
  certificate?: string;
  /**
   * PEM file with the private key of that certificate.
   */
  key?: string;
  /**
   * Whether to verify the broker's certificate. Without verification, anyone between camd and the broker can read and change all messages.
   */
  verify: boolean;
  /**
   * The message that the broker publishes for camd when the connection breaks.
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
   * The message that camd publishes after every connect.
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
