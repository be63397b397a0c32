// Generated from server.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * One HTTP/1.1 listener, with TLS if you want it. Snapshots, streams, pages and interfaces attach their paths to it and detach them while it runs; a reload cuts no connection. It is reachable from this machine only unless `listen` says otherwise. Without `auth` everybody who can reach it may look; routes that change something then insist on their own tokens or refuse. Costs next to nothing while nobody asks.
 */
export interface HttpServerOptions {
  /**
   * Where to listen: host and port, or a unix socket (unix:/path). An empty host means every interface.
   */
  listen: string;
  /**
   * Serve HTTPS. Both files are read again when they change; if the new ones do not fit, the old ones stay in use.
   */
  tls?: {
    /**
     * File with the certificate and its chain, PEM.
     */
    cert: string;
    /**
     * File with the private key, PEM.
     */
    key: string;
  };
  /**
   * Who may use this server. Connections from this machine are no exception.
   */
  auth?: {
    /**
     * Users with passwords; browsers ask for them.
     */
    basic?: {
      /**
       * Name of each user and the password.
       */
      users: {
        /**
         * The password.
         */
        [k: string]: string;
      };
    };
    /**
     * Tokens for programs, sent as `Authorization: Bearer TOKEN`.
     */
    bearer?: {
      /**
       * Every token that is accepted.
       *
       * @minItems 1
       *
       * Items: A token.
       */
      tokens: string[];
    };
    /**
     * Paths that may be read (GET and HEAD) by everybody. One that ends in /* stands for all below it.
     *
     * Items: A path.
     */
    public: string[];
  };
  /**
   * Lets pages of other origins read from here, as Mainsail and Fluidd do when they stand on another host or port.
   */
  cors?: {
    /**
     * Origins such as https://mainsail.local, or "*" for all. With "*" browsers send no passwords.
     *
     * @minItems 1
     *
     * Items: An origin.
     */
    origins: string[];
  };
  /**
   * Host names under which this server may be addressed (without port); others are refused. Protects a server without `auth` from pages that point their own name at it (DNS rebinding). All names by default.
   *
   * @minItems 1
   *
   * Items: A host name or an address.
   */
  hosts?: string[];
  /**
   * Methods that are let in; others get 405 whatever the routes would take. GET includes HEAD. All by default.
   *
   * @minItems 1
   *
   * Items: A method.
   */
  methods?: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
  /**
   * Addresses of reverse proxies in front of this server (or "unix" for those that come over a unix socket). Only their X-Forwarded-For is believed, and they are not bound by max_connections_per_address: their clients are, by requests.
   *
   * Items: An IP address, a network such as 10.0.0.0/8, or "unix".
   */
  trusted_proxies: string[];
  /**
   * A client must have sent the head of its request within this time.
   */
  header_timeout: Milliseconds;
  /**
   * A client must have sent the whole of its request, body included, within this time.
   */
  request_timeout: Milliseconds;
  /**
   * An idle connection is closed after this time. Behind a proxy it should be longer than the proxy's own.
   */
  keep_alive_timeout: Milliseconds;
  /**
   * Largest body of a request, whatever a route would take.
   */
  max_body: Bytes;
  /**
   * Connections at one time; further ones are answered 503 and closed.
   */
  max_connections: number;
  /**
   * Connections of one client address at one time; further ones are answered 503 and closed.
   */
  max_connections_per_address: number;
}
