// Generated from server.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * One HTTP/1.1 listener, optionally with TLS. Snapshots, streams, pages and interfaces attach their paths to it and detach them while it runs; a reload cuts no connection. By default it is reachable from this machine only. Without `auth` everyone who can reach it may read; routes that change something then require their own tokens or refuse. Costs almost nothing while there are no requests.
 */
export interface HttpServerOptions {
  /**
   * Where to listen: host and port, or a unix socket (unix:/path). An empty host means every interface.
   */
  listen: string;
  /**
   * Path prefixes below which everything is served as well: with `/camera`, a request for /camera/list gets what /list gets. For clients that expect a prefix, and proxies that keep one.
   */
  also_under: string[];
  /**
   * Serves HTTPS. Both files are read again when they change; if the new ones do not match, the old ones stay in use.
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
   * The users and tokens that this server accepts. Connections from this machine need credentials too.
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
     * The rights of the users of `basic`. A user who is not named here, and every token, may do everything. A change takes effect immediately, also for open streams.
     */
    rights?: {
      /**
       * The rights of the user of this name.
       */
      [k: string]: {
        /**
         * look: reads. operate: also sends commands, takes pictures and has films made. edit: also deletes pictures and changes settings.
         */
        role: 'look' | 'operate' | 'edit';
        /**
         * The cameras that this user sees, on pages, in streams, over WebSockets and in the history; others do not exist for the user. Paths that cannot be limited to some cameras, such as metrics, answer 403. Default: all.
         *
         * @minItems 1
         * @maxItems 10000
         *
         * Items: The id of a camera.
         */
        cameras?: string[];
      };
    };
    /**
     * Paths that everyone may read (GET and HEAD). A path that ends in /* includes all paths below it.
     *
     * Items: A path.
     */
    public: string[];
  };
  /**
   * Lets pages of other origins read from this server, as Mainsail and Fluidd do from another host or port.
   */
  cors?: {
    /**
     * Origins such as https://mainsail.local, or "*" for all. With "*" browsers send no credentials.
     *
     * @minItems 1
     *
     * Items: An origin.
     */
    origins: string[];
  };
  /**
   * Accepted host names, without port; requests for others are refused with 421. Protects a server without `auth` from pages that point a name of their own at it (DNS rebinding). Default without `auth`: addresses, names without a dot, names of the local network (.local, .lan, .home, .internal, .home.arpa) and of this machine, and any name behind `trusted_proxies`. Default with `auth`: all names.
   *
   * @minItems 1
   *
   * Items: A host name or an address.
   */
  hosts?: string[];
  /**
   * Accepted methods; others get 405, whatever the routes accept. GET includes HEAD. Default: all.
   *
   * @minItems 1
   *
   * Items: A method.
   */
  methods?: ('GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE' | 'OPTIONS')[];
  /**
   * Addresses of reverse proxies in front of this server (or "unix" for a proxy over a unix socket). Only their X-Forwarded-For, -Host, -Proto and -Port are trusted, and max_connections_per_address limits the requests of their clients instead of their connections.
   *
   * Items: An IP address, a network such as 10.0.0.0/8, or "unix".
   */
  trusted_proxies: string[];
  /**
   * The longest time for a request's headers to arrive.
   */
  header_timeout: Milliseconds;
  /**
   * The longest time for a whole request, including its body, to arrive.
   */
  request_timeout: Milliseconds;
  /**
   * An idle connection is closed after this time. Behind a proxy, set it longer than the proxy's own timeout.
   */
  keep_alive_timeout: Milliseconds;
  /**
   * The largest request body, whatever a route accepts.
   */
  max_body: Bytes;
  /**
   * The largest number of connections; further ones get 503 and are closed.
   */
  max_connections: number;
  /**
   * The largest number of connections per client address; further ones get 503 and are closed.
   */
  max_connections_per_address: number;
}
