// The private file that passes the URL to ffmpeg, so that the password is not in the list of processes; removed once the stream runs.

import { rmSync } from 'node:fs';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SourceRtspOptions } from '../../../schemas/source/rtsp.ts';

export interface InputFile {
  readonly path: string;
  /** Removes the file; ffmpeg reads it once, when it starts. */
  forget(): void;
}

/** With the user and the password of the options. */
export function streamUrl({ url, username, password }: SourceRtspOptions): URL {
  const full = new URL(url);
  if (username !== undefined) full.username = encoded(username);
  if (password !== undefined) full.password = encoded(password);
  return full;
}

/** ffmpeg decodes percent signs; a URL object leaves some characters as they are. */
const encoded = (text: string): string => encodeURIComponent(text).replaceAll("'", '%27');

/** https://ffmpeg.org/ffmpeg-formats.html#concat: a list of one input, with options of its own. */
export async function createInputFile(
  url: URL,
  { transport, timeout }: Pick<SourceRtspOptions, 'transport' | 'timeout'>,
): Promise<InputFile> {
  const folder = await mkdtemp(join(tmpdir(), 'camd-rtsp-'));
  const path = join(folder, 'input');
  const lines = [
    'ffconcat version 1.0',
    `file '${url.href.replaceAll("'", '%27')}'`,
    `option rtsp_transport ${transport}`,
    `option timeout ${timeout * 1000}`,
    'option analyzeduration 1000',
    '',
  ];
  await writeFile(path, lines.join('\n'), { mode: 0o600 });
  let exists = true;
  return {
    path,
    forget() {
      if (exists) rmSync(folder, { recursive: true, force: true });
      exists = false;
    },
  };
}
