// Generated from list.schema.json by "npm run generate"; change that instead.

/**
 * A registry of the cameras that the profile names, with facts of each when it is a map. Costs nothing.
 */
export interface RegistryListOptions {
  /**
   * A list of camera ids, or a map of camera ids and what is known of each.
   */
  cameras:
    | string[]
    | {
        [k: string]: {
          [k: string]: string | number | boolean | null;
        };
      };
}
