// registry/http: requests the known cameras from another application over HTTP.

import { redactUrl } from '../../core/base/redact.ts';
import { defineNode, environment, type Finding, misuse } from '../../core/contract/plugin.ts';
import { sentence } from '../../core/contract/problems.ts';
import type { RegistryHttpOptions } from '../../schemas/registry/http.ts';
import { reach } from '../kit/examine/reach.ts';
import { createHttpClient } from '../kit/http/fetch.ts';
import { pageOf } from '../kit/ingest/page.ts';
import { createRegistryCache, type Facts } from '../kit/ingest/registry-cache.ts';

const MAX_REPLY = 64 * 1024;
const MAX_LIST = 16 * 1024 * 1024;

export default defineNode<RegistryHttpOptions>({
  check({ url, list_url: listUrl }) {
    const findings: Finding[] = [];
    if (!url.includes('{camera}') || !isHttp(url.replaceAll('{camera}', 'x'))) {
      const message = 'url: this must be an http or https URL with {camera} as the placeholder of the camera id.';
      findings.push({ option: 'url', code: 'wrong-value', message });
    } else if (new URL(url.replaceAll('{camera}', 'x')).host !== new URL(url.replaceAll('{camera}', 'y')).host) {
      const message = 'url: {camera} is allowed only in the path and the query, not in the host.';
      findings.push({ option: 'url', code: 'wrong-value', message });
    }
    if (listUrl !== undefined && !isHttp(listUrl)) {
      findings.push({
        option: 'list_url',
        code: 'wrong-value',
        message: 'list_url: this must be an http or https URL.',
      });
    }
    return findings;
  },
  examine: ({ url }, view) => reach(view, { option: 'url', url }),
  start(node) {
    const { options } = node;
    const client = createHttpClient({ connections: 4, connectTimeout: options.timeout });
    node.defer(client.close);
    const get = (url: string, maxBytes: number) =>
      client.fetch({
        url: new URL(url),
        headers: {
          accept: 'application/json',
          ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
        },
        deadline: options.timeout,
        signal: node.signal,
        maxBytes,
      });
    const answers = createRegistryCache({
      fresh: options.cache,
      most: options.max_cameras,
      clock: node.clock,
      async ask(camera) {
        node.metrics.count('queries_total');
        const url = options.url.replaceAll('{camera}', encodeURIComponent(camera));
        const { status, body } = await get(url, MAX_REPLY);
        if (status === 404 || status === 410) return undefined;
        if (status < 200 || status > 299) throw unexpected(url, status);
        return factsOf(body);
      },
      onOutcome(cause) {
        if (cause === undefined) return node.healthy();
        node.metrics.count('failed_queries_total');
        node.degraded(`${sentence(cause)} Cameras that were looked up before keep their last answer.`);
      },
    });
    const { list_url: listUrl } = options;
    const list =
      listUrl === undefined
        ? async () => undefined
        : answers.lastGood(async () => {
            const { status, body } = await get(listUrl, MAX_LIST);
            if (status < 200 || status > 299) throw unexpected(listUrl, status);
            return idsOf(body, listUrl);
          });
    return {
      registry: {
        lookup: answers.lookup,
        async list(page) {
          const ids = await list();
          return ids && pageOf(ids, page);
        },
        async verify() {
          throw misuse('no-tokens', `${node.id} has no tokens: an HTTP registry only reports which cameras are known.`);
        },
        watch: () => () => {},
      },
    };
  },
});

const isHttp = (text: string): boolean => URL.canParse(text) && /^https?:$/.test(new URL(text).protocol);

const unexpected = (url: string, status: number) =>
  environment('registry-answer', `${redactUrl(url)} answered with the status ${status}.`);

/** The plain values of a JSON object; any other 2xx response only means that the camera is known. */
function factsOf(body: Buffer): NonNullable<Facts> {
  const value = parsed(body);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {};
  const facts: Record<string, string | number | boolean | null> = {};
  for (const [name, fact] of Object.entries(value)) {
    if (fact === null || ['string', 'number', 'boolean'].includes(typeof fact)) facts[name] = fact as string;
  }
  return facts;
}

function idsOf(body: Buffer, url: string): readonly string[] {
  const value = parsed(body);
  if (!Array.isArray(value)) throw environment('registry-answer', `${redactUrl(url)} did not answer with a JSON list.`);
  const ids = value.map((entry: unknown) => {
    if (typeof entry === 'string') return entry;
    if (typeof entry !== 'object' || entry === null) return undefined;
    const fields = new Map(Object.entries(entry));
    return fields.get('uuid') ?? fields.get('id') ?? fields.get('camera');
  });
  return ids.filter((id): id is string => typeof id === 'string').sort();
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'));
  } catch {
    return undefined;
  }
}
