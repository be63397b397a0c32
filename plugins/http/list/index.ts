// http/list: the list of cameras as JSON, with a small preview of each.

import { defineNode } from '../../../core/contract/plugin.ts';
import type { HttpListOptions } from '../../../schemas/http/list.ts';
import { json } from '../../kit/http/json.ts';
import { maySee } from '../../kit/http/people.ts';
import { registryOf } from '../../kit/ingest/known.ts';
import { createPreviews } from './previews.ts';
import { createRates } from './rates.ts';

/** A registry's entry for a camera. */
type Facts = Readonly<Record<string, string | number | boolean | null>>;

/** The original database's value for a camera that never sent anything. */
const NEVER = '0001-01-01T00:00:00.0000000Z';

export default defineNode<HttpListOptions>({
  start(node) {
    const { options, clock } = node;
    const [only] = node.refs('only', 'registry');
    const stills = node.ref('from', 'stills');
    const previews = createPreviews(options.preview, options.preview_width);
    const rates = createRates();
    node.input().each((frame) => rates.arrived(frame.camera, frame.arrived), { delivery: 'live', demand: 'none' });

    const known = async (): Promise<readonly (readonly [string, Facts])[]> => {
      const registry = only && registryOf(only);
      const ids = (await registry?.list()) ?? stills.current()?.cameras() ?? [];
      return Promise.all([...ids].sort(byNumber).map(async (id) => [id, (await registry?.lookup(id)) ?? {}] as const));
    };
    const entry = async ([id, facts]: readonly [string, Facts]): Promise<object> => {
      const still = stills.current()?.latest(id);
      return {
        id: isNumber(id) ? Number(id) : id,
        name: facts.name ?? node.cameras.name(id),
        description: facts.description ?? null,
        lastActive: still ? withTicks(new Date(still.frame.time)) : timeOf(facts),
        preview: still ? await previews.of(still.frame) : '',
        online: still !== undefined && !still.stale,
        size: still?.frame.data.length ?? 0,
        rate: rates.of(id, clock.monotonic()),
      };
    };

    node.ref('on', 'server').bind((server) =>
      server.route({
        methods: ['GET'],
        path: options.path,
        cameras: 'own',
        async handler(request, reply) {
          const cameras = await known();
          const ids = new Set(cameras.map(([id]) => id));
          previews.forget(ids);
          rates.forget(ids);
          return json(reply, 200, await Promise.all(cameras.filter(([id]) => maySee(request.person, id)).map(entry)));
        },
      }),
    );
  },
});

const isNumber = (id: string): boolean => /^(0|[1-9]\d{0,14})$/.test(id);

/** Numbers by value, before names. */
function byNumber(a: string, b: string): number {
  if (isNumber(a) && isNumber(b)) return Number(a) - Number(b);
  if (isNumber(a) !== isNumber(b)) return isNumber(a) ? -1 : 1;
  return a < b ? -1 : 1;
}

/** With seven decimals, like the original server. */
const withTicks = (time: Date): string => time.toISOString().replace('Z', '0000Z');

/** The time in the registry's table, which is UTC with or without a zone. */
function timeOf(facts: Facts): string {
  const text = String(facts.last_active ?? facts.lastActive ?? '');
  const time = new Date(/[zZ]|[+-]\d\d:?\d\d$/.test(text) ? text : `${text.replace(' ', 'T')}Z`);
  return Number.isNaN(time.getTime()) ? NEVER : withTicks(time);
}
