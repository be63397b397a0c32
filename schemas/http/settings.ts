// Generated from settings.schema.json by "npm run generate"; change that instead.

/**
 * The page lists the cameras of the nodes that `nodes` names, offers the devices, formats and sizes that their sources list, and shows how the profile would change before it saves. Only options that the reference marks "may be changed from a settings page" can be set; commands, paths, addresses, secrets and all other nodes can only be changed in the file. A change is validated as a whole, written so that a crash leaves the old file or the new one, and reloaded; every byte outside the change stays, the previous file is kept as .bak, and a reload that fails puts it back. If the file has changed meanwhile, the answer is 409 with both texts. The server needs `auth`: the page requires a user or a token even if the server is open for reading, and takes changes from its own origin with the token of its form. Each change is logged with its user. POST add and delete/NAME below `path` take the forms of the Snapshot Server, with the field `token` more. Costs nothing while it is not used.
 */
export interface HttpSettingsOptions {
  /**
   * The http/server to attach to. It needs `auth`.
   */
  on: string;
  /**
   * Nodes whose cameras may be edited: sources, and a transform/exif for its `offsets`.
   *
   * @minItems 1
   */
  nodes: string | string[];
  /**
   * Nodes of service/systemd, so that the form of the Snapshot Server may name a service by its unit.
   *
   * @minItems 1
   */
  services?: string | string[];
  /**
   * Where the page is; what it needs is below.
   */
  path: string;
  /**
   * The title of the page.
   */
  title: string;
}
