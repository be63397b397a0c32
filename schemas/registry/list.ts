// Generated from list.schema.json by "npm run generate"; change that instead.

/**
 * A registry of the cameras in the profile; a map also adds facts about each camera. It can also hold or make the cameras' tokens. Costs nothing.
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
  /**
   * The token of each camera: camera id to token.
   */
  tokens?: {
    /**
     * The token.
     */
    [k: string]: string;
  };
  /**
   * Makes the tokens from the camera's id and `secret` instead. `hmac`: HMAC-SHA256. `derived`: plain SHA-256 of id and secret, as existing camera servers have it; weak, for cameras that cannot be given a new token. `camd token` prints them.
   */
  token?: 'derived' | 'hmac';
  /**
   * The secret from which tokens are made.
   */
  secret?: string;
}
