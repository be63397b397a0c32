// Generated from exif.schema.json by "npm run generate"; change that instead.

/**
 * Writes tags into the JPEG without encoding it anew: the pixels stay byte for byte what they were, and tags that the camera wrote stay too. DateTimeOriginal is the capture time with milliseconds and offset. With `readings`, UserComment holds the values as JSON, in UTF-16 as the EXIF standard asks. A picture whose tags cannot be written passes without them and is counted. PNG pictures pass unchanged. Costs 0.1 ms a picture.
 */
export interface TransformExifOptions {
  /**
   * Where frames come from.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The sensor whose values are written into UserComment.
   */
  readings?: string;
  /**
   * Added to the sensor's values, by camera: left: { roll: 1.5 }.
   */
  offsets: {
    [k: string]: {
      [k: string]: number;
    };
  };
  /**
   * Values are angles in degrees: after the offset they are brought into -180 to 180.
   */
  wrap: boolean;
  /**
   * A reading that is out of date is left out, or written with its age in seconds.
   */
  stale: 'omit' | 'mark';
  /**
   * Writes DateTimeOriginal, SubSecTimeOriginal and OffsetTimeOriginal.
   */
  time: boolean;
  /**
   * The zone of that local time.
   */
  timezone: string;
  /**
   * The program that made the picture.
   */
  software: string;
  /**
   * Maker of the camera.
   */
  make?: string;
  /**
   * Model of the camera.
   */
  model?: string;
  /**
   * How the picture is turned to be shown upright: 1 not at all, 3 by 180°, 6 by 90° clockwise, 8 by 90° anticlockwise.
   */
  orientation?: number;
  /**
   * Removes the metadata of the camera (EXIF with thumbnail, XMP, IPTC, comments) first.
   */
  strip: boolean;
}
