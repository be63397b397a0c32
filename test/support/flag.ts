// A small picture whose corners show its rotation.

import sharp from 'sharp';

/** Red left half, blue right half, and a black upper left corner: 64 by 48. */
export async function flag(metadata: { orientation?: number } = {}): Promise<Buffer> {
  const part = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 3, background } })
      .png()
      .toBuffer();
  return sharp(await part(64, 48, '#0000ff'))
    .composite([
      { input: await part(32, 48, '#ff0000'), left: 0, top: 0 },
      { input: await part(16, 12, '#000000'), left: 0, top: 0 },
    ])
    .jpeg({ quality: 100, chromaSubsampling: '4:4:4' })
    .withMetadata(metadata)
    .toBuffer();
}

/** Position of the black corner, such as "top right". */
export async function corner(data: Buffer): Promise<string> {
  const { data: pixels, info } = await sharp(data).raw().toBuffer({ resolveWithObject: true });
  const dark = (x: number, y: number): boolean => {
    const at = (y * info.width + x) * info.channels;
    return (pixels[at] ?? 255) + (pixels[at + 1] ?? 255) + (pixels[at + 2] ?? 255) < 120;
  };
  const names: string[] = [];
  for (const [y, row] of [
    [3, 'top'],
    [info.height - 4, 'bottom'],
  ] as const) {
    for (const [x, column] of [
      [3, 'left'],
      [info.width - 4, 'right'],
    ] as const)
      if (dark(x, y)) names.push(`${row} ${column}`);
  }
  return names.join(', ');
}
