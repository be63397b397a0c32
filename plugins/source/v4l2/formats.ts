// Parses the formats that v4l2-ctl prints: the one that is set, and those that the camera offers.

/** The format that the driver uses, from `--get-fmt-video`. */
export interface VideoFormat {
  readonly width: number;
  readonly height: number;
  /** Four characters: "MJPG", "YUYV". */
  readonly pixels: string;
  /** Bytes from one line to the next; 0 for compressed formats. */
  readonly stride: number;
}

export function parseFormat(text: string): VideoFormat | undefined {
  const [, width, height] = /Width\/Height\s*: (\d+)\/(\d+)/.exec(text) ?? [];
  const pixels = /Pixel Format\s*: '(.{4})'/.exec(text)?.[1];
  if (width === undefined || height === undefined || pixels === undefined) return undefined;
  const stride = Number(/Bytes per Line\s*: (\d+)/.exec(text)?.[1] ?? 0);
  return { width: Number(width), height: Number(height), pixels: pixels.trim(), stride };
}

export interface OfferedSize {
  /** "640x480", or a range such as "16x16 to 1920x1080". */
  readonly size: string;
  /** Frames per second, the highest first; empty when the driver does not list them. */
  readonly rates: readonly number[];
}

export interface OfferedFormat {
  readonly pixels: string;
  readonly description: string;
  readonly sizes: readonly OfferedSize[];
}

/** `--list-formats-ext`. */
export function parseOffers(text: string): OfferedFormat[] {
  const formats: { pixels: string; description: string; sizes: { size: string; rates: number[] }[] }[] = [];
  for (const line of text.split('\n')) {
    const format = formats.at(-1);
    const [, pixels, description] = /^\s*\[\d+\]: '(.{4})' \((.*)\)/.exec(line) ?? [];
    const size = /Size: (?:Discrete (\d+x\d+)|(?:Stepwise|Continuous) (\d+x\d+) - (\d+x\d+))/.exec(line);
    const rate = /Interval: .*?\((\d+(?:\.\d+)?)(?:-\d+(?:\.\d+)?)? fps\)/.exec(line)?.[1];
    if (pixels !== undefined) {
      const [plain = ''] = (description ?? '').split(',');
      formats.push({ pixels: pixels.trim(), description: plain, sizes: [] });
    } else if (size && format) format.sizes.push({ size: size[1] ?? `${size[2]} to ${size[3]}`, rates: [] });
    else if (rate !== undefined) format?.sizes.at(-1)?.rates.push(Math.round(Number(rate) * 100) / 100);
  }
  return formats;
}

/** "MJPG 640x480, 1280x720; YUYV 640x480". */
export function describeOffers(formats: readonly OfferedFormat[]): string {
  const texts = formats.map(({ pixels, sizes }) => `${pixels} ${sizes.map(({ size }) => size).join(', ')}`.trim());
  return texts.length === 0 ? 'no format in its list' : texts.join('; ');
}
