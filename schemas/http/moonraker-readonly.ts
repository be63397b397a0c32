// Generated from moonraker-readonly.schema.json by "npm run generate"; change that instead.

import type { Bytes, Milliseconds } from '../../core/base/units.ts';

/**
 * Forwards only reading requests to a Moonraker: HTTP paths by an exact list, because many of Moonraker's GET paths act (`GET /printer/emergency_stop` stops the printer), and WebSocket traffic message by message. Every JSON-RPC call is parsed, checked and serialised again; a call that is not on the list of reading methods gets an error with its id and never reaches Moonraker. Visitors' keys and tokens are dropped, and the printer's configuration is hidden. Works with Mainsail, Fluidd and Mobileraker: they show a printer that they cannot control. Costs one connection to Moonraker per WebSocket visitor.
 */
export interface HttpMoonrakerReadonlyOptions {
  /**
   * The http/server that serves Moonraker's paths.
   */
  on: string;
  /**
   * The URL of Moonraker.
   */
  moonraker: string;
  /**
   * Moonraker's API key, for a Moonraker that does not trust camd's address. Visitors never see it and get no rights from it.
   */
  api_key?: string;
  /**
   * A path prefix for all of Moonraker's paths, to show several printers on one server. Phone apps expect no prefix.
   */
  under?: string;
  /**
   * Whether to serve /websocket, filtered.
   */
  websocket: boolean;
  /**
   * While Moonraker is unreachable, a minimal built-in one answers over HTTP and WebSocket, so that Mainsail, Fluidd and Mobileraker still show the camera. When the real one is back, apps are disconnected and connect to it.
   */
  fallback: boolean;
  /**
   * `false`: there is no Moonraker on this host; the built-in one always answers.
   */
  printer: boolean;
  /**
   * The name of the camera in the built-in Moonraker.
   */
  webcam_name: string;
  /**
   * The path of an http/webcam on the same server, for the built-in Moonraker.
   */
  webcam_path: string;
  /**
   * Lets visitors read the configuration (server.config, the object configfile) and answers as they are, which may contain passwords of brokers and services. By default `server.config` answers a reduced configuration, and tokens and passwords in answers are masked.
   */
  expose_config: boolean;
  /**
   * Namespaces of Moonraker's database that visitors may read. Default: those of the web interfaces. "mobileraker" is not one of them, because it holds the addresses of phones.
   *
   * Items: One namespace.
   */
  namespaces: string[];
  /**
   * The largest number of WebSocket visitors at one time.
   */
  max_visitors: number;
  /**
   * The largest WebSocket message of a visitor; a larger one closes the connection.
   */
  max_message: Bytes;
  /**
   * The longest time to connect to Moonraker, and until its answer begins.
   */
  timeout: Milliseconds;
}
