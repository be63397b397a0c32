// Generated from console.schema.json by "npm run generate"; change that instead.

/**
 * A listener of its own with pages for the graph, each node, the profile, its changes, new cameras and the doctor. It reads only, unless `edit` is true; then the profile is edited as text, with its problems and the plan of the reload beside it, and every change can be undone. Options with power over the machine (commands, plugins, services, secrets of other files, listen addresses, passwords, this node itself, paths outside of the state folder) are changed in the file on the machine; the console refuses such a change and names the line. By default it is reachable from this machine only. At another address it needs `users`, and `tls` or `trusted_proxies`. With `edit`, it needs `users` unless it listens on a unix socket. Each change, login and restart is logged with the user and the address. It keeps the counters of the last hour in memory, at most 3 MiB.
 */
export interface HttpConsoleOptions {
  /**
   * Where to listen: host and port, or a unix socket (unix:/path). An empty host means every interface.
   */
  listen: string;
  /**
   * If true, users with the role `edit` may change the profile.
   */
  edit: boolean;
  /**
   * The users that may log in. Without it, every client of the listener has the role `look`, and every client of a unix socket the role `edit`.
   */
  users?: {
    /**
     * A user.
     */
    [k: string]: {
      /**
       * The password. A changed one ends the user's sessions.
       */
      password: string;
      /**
       * look: sees everything but the profile. operate: also restarts nodes, takes pictures and asks the doctor. edit: also sees and changes the profile.
       */
      role: 'look' | 'operate' | 'edit';
      /**
       * The cameras that this user sees and operates, and whose nodes a user with the role `edit` may change. Default: all.
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
   * An http/server whose users may log in here as well, with the passwords, roles and cameras that they have there (`auth.basic` and `auth.rights`). Takes the place of `users`.
   */
  users_of?: string;
  /**
   * Serves HTTPS. Both files are read when the node starts.
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
   * Accepted host names, without port; requests for others get 421. Protects against pages that point a name of their own at the console (DNS rebinding). Default: addresses, localhost and the name of this machine, also with .local.
   *
   * @minItems 1
   *
   * Items: A host name or an address.
   */
  hosts?: string[];
  /**
   * Addresses of reverse proxies that end TLS in front of the console (or "unix" for a proxy over a unix socket). Only their X-Forwarded-For, -Host and -Proto are believed, and without `tls` no other address than theirs and this machine's own is served.
   *
   * Items: An IP address or "unix".
   */
  trusted_proxies: string[];
  /**
   * The title of the pages.
   */
  title: string;
}
