// Reads command lines of ustreamer, from a script or a unit: each becomes a camera and a server with /stream and /snapshot.

import type { Draft } from '../draft.ts';
import type { Format } from '../format.ts';
import { deviceSource } from '../sources.ts';
import { commandLines, readOptions } from '../text/words.ts';

/** Options that need no counterpart. */
const SILENT =
  /^(d|device|r|resolution|f|desired-fps|m|format|s|host|p|port|user|passwd|U|unix|q|quality|workers|w|b|buffers|log-level|verbose|debug|perf|no-log-colors|c|encoder|e|drop-same-frames|slowdown|l|persistent|n|dv-timings|T|K|I|io-method|process-name-prefix|tcp-nodelay|allow-origin|static)$/;

export const ustreamer: Format = {
  name: 'ustreamer',
  files: 'a command line, script or unit of ustreamer',
  advice: [
    'Stop ustreamer and the service or script that starts it.',
    'Its port and the paths /stream and /snapshot stay the same; /state does not exist.',
  ],
  recognise: ({ text }) => /(^|[/\s"'])ustreamer(\.bin)?(\s|$)/m.test(text),
  read([source], draft) {
    const lines = commandLines(source?.text ?? '', /ustreamer(?:\.bin)?/).filter((words) => words.length > 0);
    if (lines.length === 0) throw new Error('it has no command line of ustreamer');
    for (const words of lines) readLine(words, draft);
  },
};

function readLine(words: readonly string[], draft: Draft): void {
  const options = readOptions(words);
  const get = (...names: readonly string[]): string | undefined =>
    names.map((name) => options.get(name)).find((value) => value !== undefined);
  const fps = Number(get('f', 'desired-fps') ?? Number.NaN);
  const camera = deviceSource(draft, draft.id('camera'), {
    device: get('d', 'device') ?? '/dev/video0',
    size: get('r', 'resolution') ?? '640x480',
    fps: Number.isFinite(fps) ? fps : undefined,
    format: get('m', 'format'),
  });
  const latest = draft.node(draft.id('latest'), 'cache/latest', { from: camera });
  const unix = get('U', 'unix');
  const host = get('s', 'host') ?? '127.0.0.1';
  const written = get('p', 'port') ?? '8080';
  const port = /^\d{1,5}$/.test(written) ? written : '8080';
  if (port !== written) draft.note('the port is a variable of the original; 8080 was used instead');
  const listen =
    unix === undefined
      ? `${/^\d+(\.\d+){3}$/.test(host) && host !== '0.0.0.0' ? host : ''}:${port}`
      : `unix:${draft.text(unix)}`;
  const user = get('user') ?? 'admin';
  const users = options.has('passwd')
    ? { [draft.text(user)]: draft.secret('WEB_PASSWORD', `the password of ${user}`) }
    : undefined;
  const web = draft.node(draft.id('web'), 'http/server', { listen, auth: users && { basic: { users } } });
  draft.node(draft.id('snapshot'), 'http/snapshot', { on: web, from: latest, path: '/snapshot' });
  draft.node(draft.id('stream'), 'http/stream', { on: web, from: latest, path: '/stream' });
  draft.node(draft.id('webcam'), 'http/webcam', { on: web, from: latest, path: '/' });
  for (const name of options.keys()) if (!SILENT.test(name)) draft.note(`the option --${name} of ustreamer`);
}
