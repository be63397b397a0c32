// Explains lines of ffmpeg's stderr to the user who sets up a camera. Pure.

type Sentence = (what: string) => string;

const SENTENCES: readonly (readonly [RegExp, Sentence])[] = [
  [
    /401 Unauthorized|403 Forbidden/,
    (what) => `${what} refuses the user or the password: check "username" and "password".`,
  ],
  [/404 |454 |Stream not found/i, (what) => `${what} does not exist on the camera: check the path of "url".`],
  [/Connection refused/, (what) => `${what} cannot be reached: nothing listens on that port.`],
  [/No route to host|Network is unreachable/, (what) => `${what} cannot be reached: there is no route to the camera.`],
  [/Connection timed out|Operation timed out/, (what) => `${what} does not answer.`],
  [
    /Name or service not known|resolve hostname/i,
    (what) => `${what} cannot be reached: the name of the camera is not known.`,
  ],
  [
    /461 |Unsupported Transport|Nonmatching transport/i,
    (what) => `${what} does not offer this transport: try "transport: udp", or "tcp".`,
  ],
  [
    /[Dd]ecoder .*not found|no decoder|Unknown decoder/,
    (what) =>
      `${what} has a codec that this ffmpeg cannot decode: install a complete ffmpeg, or set the camera to H.264.`,
  ],
  [
    /hwaccel|Device creation failed|hardware/i,
    (what) => `${what} cannot be decoded by this hardware: check "hardware", or leave it out.`,
  ],
  [/Unrecognized option 'fps_mode'/, () => 'This ffmpeg is too old: source/rtsp needs ffmpeg 5.1 or newer.'],
];

/** undefined if there is no better explanation than the line itself. */
export function explain(line: string, what: string): string | undefined {
  return SENTENCES.find(([pattern]) => pattern.test(line))?.[1](what);
}
