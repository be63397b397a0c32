// Generated from image.schema.json by "npm run generate"; change that instead.

/**
 * Changes every frame once, for all who read from it. Pictures that need no change pass as they are, without loss. Of a camera that is faster than the work only the newest frame is changed, the others are skipped and counted; frames of sources that wait for an acknowledgement (MQTT, HTTP uploads) are all changed, in order, and are acknowledged when those behind have taken them. Truncated pictures and those with too many pixels are refused. Needs the package sharp. A 1280x720 JPEG costs some 5 to 10 ms of one core and 10 to 20 MB while it is worked on.
 */
export interface TransformImageOptions {
  /**
   * Where the frames come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * Pixels. With height it is a box; alone, the height follows.
   */
  width?: number;
  /**
   * Pixels. With width it is a box; alone, the width follows.
   */
  height?: number;
  /**
   * How a picture is fitted into width and height: whole within them (inside), whole with bars (contain), cut to fill them (cover), or out of proportion (fill).
   */
  fit: 'inside' | 'contain' | 'cover' | 'fill';
  /**
   * Also make small pictures larger.
   */
  enlarge: boolean;
  /**
   * Degrees clockwise.
   */
  rotate: 0 | 90 | 180 | 270;
  /**
   * Mirror: left and right (horizontal), top and bottom (vertical), or both. After turning.
   */
  flip: 'none' | 'horizontal' | 'vertical' | 'both';
  /**
   * The format that comes out; keep leaves JPEG and PNG as they are.
   */
  format: 'keep' | 'jpeg' | 'png';
  /**
   * JPEG quality. When it is set, every JPEG is encoded anew; otherwise those that change get 80.
   */
  quality?: number;
  /**
   * Remove EXIF (position, times, camera), XMP and comments. Without any other change this is lossless.
   */
  strip_metadata: boolean;
  /**
   * Pictures with more pixels are refused before they are decoded.
   */
  max_pixels: number;
  /**
   * Pictures worked on at the same time, each of another camera. Memory grows with it.
   */
  parallel: number;
  /**
   * "always" changes every frame that comes; "on_demand" only while somebody watches, and for each picture that is asked for.
   */
  mode: 'always' | 'on_demand';
}
