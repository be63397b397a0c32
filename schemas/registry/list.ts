// Generated from list.schema.json by "npm run generate"; change that instead.

/**
 * A registry of the cameras in the profile; a map also adds facts about each camera. Costs nothing.
 */
export interface RegistryListOptions {
  /**
   * A list of camera ids, or a map from camera id to facts about the camera.
   */
  cameras:
    | string[]
    | {
        [k: string]: {
          [k: string]: string | number | boolean | null;
        };
      };
}
