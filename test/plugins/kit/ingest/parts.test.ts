// Small parts of ingest: tokens, pages of a list, single pictures, known cameras, and the registry cache.

import t from 'tap';
import type { ParserFactory, Ref, Registry, Stills } from '../../../../core/contract/plugin.ts';
import { cameraToken } from '../../../../plugins/kit/ingest/camera-token.ts';
import { createDedupe } from '../../../../plugins/kit/ingest/dedupe.ts';
import { exists, isKnown, registryOf } from '../../../../plugins/kit/ingest/known.ts';
import { oneImage } from '../../../../plugins/kit/ingest/one-image.ts';
import { pageOf } from '../../../../plugins/kit/ingest/page.ts';
import { rateLimit } from '../../../../plugins/kit/ingest/rate-limit.ts';
import { createRegistryCache } from '../../../../plugins/kit/ingest/registry-cache.ts';
import { checkTokens, createTokens } from '../../../../plugins/kit/ingest/tokens.ts';
import { image } from '../../../support/fake-source.ts';

t.test('a token is right, wrong, or that of an unknown camera', (t) => {
  const warnings: string[] = [];
  const quiet = (): void => {};
  const log = {
    debug: quiet,
    info: quiet,
    warn: (text: string) => void warnings.push(text),
    error: quiet,
    child: () => log,
  };
  const stored = createTokens('cams', { token: 'stored' }, log);

  t.equal(stored.verdict({ id: 'gate', token: 'abc' }, 'abc'), 'ok');
  t.equal(stored.verdict({ id: 'gate', token: 'abc' }, 'abd'), 'wrong');
  t.equal(stored.verdict({ id: 'gate', token: '' }, ''), 'wrong', 'an empty token is never right');
  t.equal(stored.verdict({ id: 'gate' }, ''), 'wrong');
  t.equal(stored.verdict(undefined, ''), 'unknown');
  t.same(warnings, []);
  for (const token of ['derived', 'hmac'] as const) {
    const made = createTokens('cams', { token, secret: 's' }, log);
    t.equal(made.verdict({ id: 'gate' }, cameraToken(token, 'gate', 's')), 'ok');
    t.equal(made.verdict({ id: 'gate' }, cameraToken(token, 'yard', 's')), 'wrong');
    t.equal(made.verdict(undefined, cameraToken(token, '', 's')), 'unknown');
  }
  t.match(warnings, [/weak; use "token: hmac"/]);
  t.throws(() => createTokens('cams', {}, log).verdict({ id: 'gate' }, ''), {
    code: 'no-tokens',
    message: 'The registry cams has no tokens; set its option "token".',
  });
  t.end();
});

t.test('tokens derived from a secret require one', (t) => {
  for (const token of ['derived', 'hmac'] as const) {
    t.match(checkTokens({ token }), [
      { option: 'token', code: 'missing-option', message: new RegExp(`"${token}".*add "secret"`) },
    ]);
    t.same(checkTokens({ token, secret: 's' }), []);
  }
  t.same(checkTokens({ token: 'stored' }), []);
  t.same(checkTokens({}), []);
  t.end();
});

t.test('a page begins after an entry, even if that entry has been removed', (t) => {
  const ids = ['a', 'c', 'e'];
  const cases: readonly (readonly [Parameters<typeof pageOf>[1], readonly string[]])[] = [
    [undefined, ids],
    [{ limit: 2 }, ['a', 'c']],
    [{ limit: 0 }, []],
    [{ limit: -1 }, []],
    [{ limit: 9, after: 'a' }, ['c', 'e']],
    [{ limit: 1, after: 'b' }, ['c']],
    [{ limit: 9, after: '' }, ids],
    [{ limit: 9, after: 'e' }, []],
  ];
  for (const [page, found] of cases) t.same(pageOf(ids, page), found, JSON.stringify(page));
  t.end();
});

t.test('a payload yields one picture, or the reason why it has none', (t) => {
  const given: unknown[] = [];
  const parser =
    (push: (sink: Parameters<ParserFactory>[0]) => void, end = push): ParserFactory =>
    (sink, context) => {
      given.push(context?.given);
      return { push: () => push(sink), end: () => end(sink) };
    };
  const nothing = (): void => {};
  const first = image('first');
  const both = parser((sink) => {
    sink.skipped(1, 'junk');
    sink.image(first);
    sink.image(image('second'));
  }, nothing);

  t.strictSame(oneImage(both, Buffer.from('x')), { image: first });
  t.strictSame(
    oneImage(
      parser(nothing, (sink) => sink.image(first)),
      Buffer.from('x'),
      'form' as never,
    ),
    { image: first },
    'a picture at the end',
  );
  t.strictSame(
    oneImage(
      parser(
        (sink) => sink.skipped(1, 'it is cut short'),
        (sink) => sink.skipped(1, 'other'),
      ),
      Buffer.from('x'),
    ),
    { reason: 'it is cut short' },
  );
  t.strictSame(oneImage(parser(nothing), Buffer.alloc(0)), { reason: 'it is empty' });
  t.strictSame(oneImage(parser(nothing), Buffer.from('x')), { reason: 'it contains no JPEG or PNG picture' });
  t.same(given, ['bare', 'form', 'bare', 'bare', 'bare']);
  t.end();
});

t.test('a camera is known if the registry has it, or, without a registry, if it has pictures', async (t) => {
  const ref = <P>(port: P | undefined): Ref<P> => ({ id: 'cams', current: () => port, bind() {} });
  const registry = ref({ lookup: async (id: string) => (id === 'gate' ? {} : undefined) } as unknown as Registry);
  const stills = ref({ cameras: () => ['yard'] } as unknown as Stills);

  t.equal(await isKnown(undefined, 'x'), true);
  t.equal(await isKnown(registry, 'gate'), true);
  t.equal(await isKnown(registry, 'yard'), false);
  t.equal(await exists(registry, stills, 'gate'), true);
  t.equal(await exists(registry, stills, 'yard'), false);
  t.equal(await exists(undefined, stills, 'yard'), true);
  t.equal(await exists(undefined, stills, 'gate'), false);
  t.equal(await exists(undefined, ref<Stills>(undefined), 'yard'), false);
  t.equal(registryOf(registry), registry.current());
  await t.rejects(isKnown(ref<Registry>(undefined), 'x'), {
    code: 'registry-down',
    message: 'The registry cams is down.',
  });
});

t.test('the number of remembered payloads per camera is limited', (t) => {
  const dedupe = createDedupe(10);
  for (let index = 0; index < 32; index++) dedupe.accepted('a', String(index));
  t.equal(dedupe.has('a', '0'), true);
  t.equal(dedupe.has('b', '0'), false);
  dedupe.accepted('a', '32');
  t.equal(dedupe.has('a', '0'), false);
  t.equal(dedupe.has('a', '1'), true);
  t.end();
});

t.test('a forgotten camera may send a burst again', (t) => {
  const rates = rateLimit(1, 1);
  t.same([rates.take('a', 0), rates.take('a', 0)], [0, 1000]);
  t.equal(rates.take('b', 0), 0);
  t.equal(rates.take('a', 0), 0);
  const many = rateLimit(3, 9);
  t.same(
    [0, 1, 2, 3].map(() => many.take('a', 0)),
    [0, 0, 0, 334],
  );
  t.equal(many.take('a', 333), 1);
  t.equal(many.take('a', 334), 0);
  t.end();
});

function cache(fresh = 100) {
  let now = 0;
  let ask: (camera: string) => Promise<string | undefined> = async (camera) => `${camera}1`;
  const lookups: string[] = [];
  const outcomes: unknown[] = [];
  const answers = createRegistryCache<string>({
    fresh,
    most: 3,
    clock: { monotonic: () => now },
    ask(camera) {
      lookups.push(camera);
      return ask(camera);
    },
    onOutcome: (cause) => void outcomes.push(cause),
  });
  return {
    ...{ answers, lookups, outcomes },
    at: (time: number): void => {
      now = time;
    },
    asks: (next: typeof ask): void => {
      ask = next;
    },
  };
}

t.test('an answer is used until its time has passed', async (t) => {
  const { answers, lookups, at, outcomes } = cache();
  t.equal(await answers.lookup('a'), 'a1');
  at(99);
  await answers.lookup('a');
  t.same(lookups, ['a']);
  at(100);
  await answers.lookup('a');
  t.same(lookups, ['a', 'a']);
  t.same(outcomes, [undefined, undefined]);
});

t.test('an expired answer is requested again, and still used if the request fails', async (t) => {
  const { answers, lookups, asks, outcomes } = cache();
  await answers.lookup('a');
  await answers.lookup('b');
  answers.expire('a');
  await answers.lookup('b');
  await answers.lookup('a');
  t.same(lookups, ['a', 'b', 'a']);
  answers.expire(undefined);
  answers.expire('never asked');
  asks(() => Promise.reject(new Error('away')));
  t.equal(await answers.lookup('a'), 'a1');
  t.equal(await answers.lookup('b'), 'b1');
  t.equal(lookups.length, 5);
  t.equal(outcomes.filter((cause) => cause !== undefined).length, 2);
  await t.rejects(answers.lookup('new'), { message: 'away' });
});

t.test('a list of all cameras replaces the cached answers', async (t) => {
  const { answers, lookups } = cache();
  await answers.lookup('a');
  answers.store(new Map([['b', 'b2']]));

  t.equal(await answers.lookup('a'), undefined);
  t.equal(await answers.lookup('b'), 'b2');
  t.same(lookups, ['a']);
});

t.test('failed work returns its last good result', async (t) => {
  const { answers, outcomes } = cache();
  let work = (): Promise<number> => Promise.reject(new Error('away'));
  const last = answers.lastGood(() => work());
  await t.rejects(last(), { message: 'away' });
  work = async () => 7;
  t.equal(await last(), 7);
  work = () => Promise.reject(new Error('away'));
  t.equal(await last(), 7);
  t.match(outcomes, [{ message: 'away' }, undefined, { message: 'away' }]);
});
