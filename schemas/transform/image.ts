// Generated from image.schema.json by "npm run generate"; change that instead.

/**
 * Changes every frame once for all consumers. Pictures that need no change pass unchanged, without loss. If a camera is faster than the processing, only the newest frame is changed; the others are skipped and counted. Frames of sources that wait for an acknowledgement (MQTT, HTTP uploads) are all changed, in order, and are acknowledged after the consumers have accepted them. Truncated pictures and those with too many pixels are refused. Rotating and mirroring alone are lossless where jpegtran is installed. All else needs the package sharp, or ffmpeg (see encoder). Several nodes that resize the same frame with sharp decode it once; with ffmpeg, put the smaller size behind the larger one. A 1280x720 JPEG costs about 5 to 10 ms of one core, and 10 to 20 MB while it is processed.
 */
export interface TransformImageOptions {
  /**
   * Where the frames come from: one node or a list.
   *
   * @minItems 1
   */
  from: string | string[];
  /**
   * The width in pixels. Together with height it is a box; alone, the height follows.
   */
  width?: number;
  /**
   * The height in pixels. Together with width it is a box; alone, the width follows.
   */
  height?: number;
  /**
   * How a picture fits into width and height: completely inside (inside), inside with bars (contain), cropped to fill them (cover), or stretched (fill).
   */
  fit: 'inside' | 'contain' | 'cover' | 'fill';
  /**
   * Whether to enlarge smaller pictures.
   */
  enlarge: boolean;
  /**
   * Rotation in degrees clockwise.
   */
  rotate: 0 | 90 | 180 | 270;
  /**
   * How a JPEG is turned and mirrored that needs no other change. "lossless" moves its blocks by jpegtran (package libjpeg-turbo-progs) without any loss; without that program, or when width or height are no multiple of the blocks (8 or 16 pixels), it is encoded again. "tag" only sets the EXIF orientation, at no cost: browsers and viewers turn it, other programs may not. "encode" always decodes and encodes. Thumbnails inside are left out.
   */
  rotate_by: 'lossless' | 'tag' | 'encode';
  /**
   * Mirrors left and right (horizontal), top and bottom (vertical), or both, after the rotation.
   */
  flip: 'none' | 'horizontal' | 'vertical' | 'both';
  /**
   * The output format; keep leaves JPEG and PNG as they are.
   */
  format: 'keep' | 'jpeg' | 'png';
  /**
   * JPEG quality. If set, every JPEG is re-encoded; otherwise changed pictures get 80.
   */
  quality?: number;
  /**
   * The program or library that decodes, resizes and encodes. "sharp" is the package sharp. "ffmpeg" keeps a running ffmpeg for each size of picture, which needs about half of the CPU time and 55 MB of memory each. "vaapi" and "qsv" encode by the graphics hardware of AMD and Intel (mjpeg_vaapi, mjpeg_qsv) and decode in software; camd checks at the start that ffmpeg has the encoder and that the device is there. PNG goes through sharp. ffmpeg has no JPEG encoder for the hardware of a Raspberry Pi.
   */
  encoder: 'sharp' | 'ffmpeg' | 'vaapi' | 'qsv';
  /**
   * "compact" makes the smaller files: Huffman tables computed for each picture, a sharp filter for resizing. "fast" takes standard tables and a simpler filter: about a fifth less CPU time and a fifth more bytes. Both store colours at half the resolution (4:2:0).
   */
  encoding: 'compact' | 'fast';
  /**
   * The graphics device of the encoders vaapi and qsv.
   */
  device: string;
  /**
   * Removes EXIF (position, times, camera), XMP and comments. Without other changes this is lossless.
   */
  strip_metadata: boolean;
  /**
   * Pictures with more pixels are refused before they are decoded.
   */
  max_pixels: number;
  /**
   * The number of pictures processed at the same time, each of another camera. Memory grows with it.
   */
  parallel: number;
  /**
   * "always" changes every frame; "on_demand" only while a viewer watches, and for each requested picture.
   */
  mode: 'always' | 'on_demand';
}
