// Generated from moonraker-readonly.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Passes what only reads on to a Moonraker: its HTTP paths by an exact list, since many of Moonraker's GET paths act (`GET /printer/emergency_stop` stops the printer), and its WebSocket message by message. Every JSON-RPC call is parsed, checked and written anew; calls that are not on the list of reading methods are answered with an error bearing their id and never reach Moonraker. Visitors' keys and tokens are dropped, the printer's configuration is hidden. Works with Mainsail, Fluidd and Mobileraker, which see a printer that they cannot control. Costs one connection to Moonraker for each WebSocket visitor.
 */
export interface HttpMoonrakerReadonlyOptions {
  /**
   * The http/server on which Moonraker's paths are served.
   */
  on: string;
  /**
   * Where Moonraker listens.
   */
  moonraker: string;
  /**
   * Moonraker's API key, for a Moonraker that does not trust the visitors' addresses. Visitors never see it and gain nothing by it.
   */
  api_key?: string;
  /**
   * A path before all of Moonraker's, to show several printers on one server. Apps on phones expect none.
   */
  under?: string;
  /**
   * Serves /websocket, filtered.
   */
  websocket: boolean;
  /**
   * While no Moonraker is there, /printer/info is answered with a fixed "ready", so that apps still show the camera.
   */
  fallback: boolean;
  /**
   * Lets visitors read the configuration (server.config, the object configfile), which may hold passwords of brokers and services.
   */
  expose_config: boolean;
  /**
   * Namespaces of Moonraker's database that visitors may read: those of the web interfaces. "mobileraker" is not among them, since it holds the addresses of phones.
   *
   * Items: One namespace.
   */
  namespaces: string[];
  /**
   * WebSocket visitors at one time.
   */
  max_visitors: number;
  /**
   * The largest WebSocket message of a visitor; a larger one ends its connection.
   */
  max_message: Bytes;
  /**
   * To connect to Moonraker, and until its answer begins.
   */
  timeout: Milliseconds;
}
