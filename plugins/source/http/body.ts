// Reads the payload of an upload: the body itself, or the entries of a form.

import type { HttpRequest } from '../../../core/contract/http.ts';
import type { ParserContext } from '../../../core/contract/plugin.ts';
import type { SourceHttpOptions } from '../../../schemas/source/http.ts';
import { bodyChunks, declaredLength, gathered, type Holding, heldChunks, readDeclared } from '../../kit/http/body.ts';
import { type FormEntry, readForm, readUrlEncodedForm } from '../../kit/http/form.ts';
import { looksUrlEncoded } from '../../kit/http/url-encoded.ts';
import { onePicture } from './one-picture.ts';

type PayloadOptions = Pick<SourceHttpOptions, 'field' | 'max_body' | 'timeout'>;

/** `curl --data-binary` sends the last type if the user declares none; the parser detects the format. */
const PLAIN = ['application/octet-stream', 'application/json', 'text/plain', 'application/x-www-form-urlencoded'];

/** The kind of a body by its Content-Type; undefined if it is not accepted. */
export function kindOf(contentType: string | undefined): 'plain' | 'form' | undefined {
  const type = contentType?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return 'form';
  // `curl -T` sends no Content-Type at all.
  if (type === '' || type.startsWith('image/')) return 'plain';
  return PLAIN.includes(type) ? 'plain' : undefined;
}

export const ACCEPTED_TYPES =
  'Send image/jpeg, image/png, application/octet-stream, application/json, text/plain or multipart/form-data.';

/** Data that may be the picture, and how it is passed to a parser. */
export interface Payload {
  readonly data: Buffer;
  readonly given: ParserContext['given'];
}

/** The payloads of a request that may be the picture, the likeliest first. */
export async function payloadsOf(
  request: HttpRequest,
  options: PayloadOptions,
  holding: Holding,
): Promise<readonly Payload[]> {
  const { field, max_body: max, timeout } = options;
  const type = request.headers['content-type'] ?? '';
  const pieces = () => heldChunks(bodyChunks(request, max, timeout), holding);
  if (kindOf(type) === 'form') return candidates(await readForm(pieces(), type, { maxText: max }), field);
  const isDeclared = declaredLength(request) !== undefined;
  const data = await (isDeclared ? readDeclared(request, max, timeout, holding) : gathered(onePicture(pieces())));
  const isUrlEncoded = /^application\/x-www-form-urlencoded/i.test(type) && looksUrlEncoded(data);
  if (isUrlEncoded) return candidates(await readUrlEncodedForm(data), field);
  return [{ data, given: isDeclared ? 'headroom' : 'bare' }];
}

/** The entries named `field`, or all entries if it is undefined; files before texts. */
function candidates(entries: readonly FormEntry[], field: string | undefined): readonly Payload[] {
  const matching = field === undefined ? entries : entries.filter(({ name }) => name === field);
  const of = (is: FormEntry['is']) =>
    matching.filter((entry) => entry.is === is).map(({ data }) => ({ data, given: 'bare' as const }));
  return [...of('file'), ...of('text')];
}
