// Parses the requests of mjpg-streamer clients. Pure.

export type Action =
  | { readonly is: 'stream' | 'snapshot'; readonly index: number }
  /** An unsupported action, such as mjpg-streamer's "command". */
  | { readonly is: 'unknown' };

/**
 * mjpg-streamer finds "action=stream" and "action=snapshot" anywhere in the query, and apps rely on that: they put parameters before
 * and after it, and some start them with a second "?". `_N` is the number of the camera, from 0.
 */
export function readAction(target: string): Action {
  const mark = target.indexOf('?');
  const query = mark < 0 ? '' : target.slice(mark);
  const action = /[?&]action=([^&?#]*)/.exec(query)?.[1];
  if (action === undefined || action === '') return { is: 'stream', index: 0 };
  const known = /^(stream|snapshot)(?:_(\d{1,2}))?$/.exec(action);
  if (!known) return { is: 'unknown' };
  return { is: known[1] === 'stream' ? 'stream' : 'snapshot', index: Number(known[2] ?? 0) };
}
