// store/s3: signatures as AWS publishes them, keys and back, credentials of roles, and the meaning of answers.

import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { systemClock } from '../../../core/base/clock.ts';
import { createHttpClient } from '../../../plugins/kit/http/fetch.ts';
import { createCredentials } from '../../../plugins/store/s3/credentials.ts';
import { createKeys } from '../../../plugins/store/s3/keys.ts';
import { createListing } from '../../../plugins/store/s3/listing.ts';
import { sha256Hex, signHeaders, signUrl } from '../../../plugins/store/s3/sign.ts';
import { refusedBy } from '../../../plugins/store/s3/trouble.ts';
import { readList } from '../../../plugins/store/s3/xml.ts';
import { fakeServer } from '../../../testing/server.ts';
import { folderWith } from '../../support/cli.ts';

const NEVER = new AbortController().signal;
const HOST = 'examplebucket.s3.amazonaws.com';
/** The example of docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html */
const EXAMPLE = {
  credentials: { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY' },
  region: 'us-east-1',
  now: Date.UTC(2013, 4, 24),
};

t.test('signatures are those that AWS publishes as examples', (t) => {
  const signature = (headers: Record<string, string>): string => headers.authorization?.split('Signature=')[1] ?? '';

  const get = { method: 'GET', host: HOST, path: '/test.txt', headers: { range: 'bytes=0-9' } };
  const put = {
    method: 'PUT',
    host: HOST,
    path: '/test%24file.text',
    headers: { date: 'Fri, 24 May 2013 00:00:00 GMT', 'x-amz-storage-class': 'REDUCED_REDUNDANCY' },
  };
  const list = { method: 'GET', host: HOST, path: '/', query: { prefix: 'J', 'max-keys': '2' } };
  const link = signUrl({ method: 'GET', host: HOST, path: '/test.txt' }, 86_400, EXAMPLE);

  t.equal(
    signature(signHeaders(get, sha256Hex(''), EXAMPLE)),
    'f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41',
  );
  t.equal(
    signature(signHeaders(put, sha256Hex('Welcome to Amazon S3.'), EXAMPLE)),
    '98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd',
  );
  t.equal(
    signature(signHeaders(list, sha256Hex(''), EXAMPLE)),
    '34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7',
  );
  t.match(link, /X-Amz-Signature=aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404$/);
  t.end();
});

t.test('a key reads back as the picture it was made of, and sorts by time', (t) => {
  const keys = createKeys('site-7/{camera}/{time}_{key}.{ext}', '%Y-%m-%d/%H/%Y%m%dT%H%M%S.%fZ');
  const at = Date.UTC(2026, 10, 20, 23, 59, 59) + 999.25;
  const picture = { camera: 'lobby.2', key: 'k1', time: at, type: 'image/png' } as const;

  const id = keys.format(picture);

  t.equal(
    id,
    'site-7/lobby.2/2026-11-20/23/20261120T235959.999250Z_57aca5cb7a88.png'.replace(
      /_.*\./,
      `_${sha256Hex('k1').slice(0, 12)}.`,
    ),
  );
  t.same(keys.parse(id, 5), { id, camera: 'lobby.2', time: at, seq: 0, type: 'image/png', size: 5 });
  t.ok(keys.bound('lobby.2', at) < id && keys.bound('lobby.2', at + 0.001) > id);
  for (const other of ['../x', `x/${id}`, id.replace('/23/', '/22/'), `${id}.bak`])
    t.equal(keys.parse(other, 5), undefined);
  t.throws(() => keys.format({ ...picture, camera: '../evil' }), { code: 'rejected' });
  t.end();
});

t.test('templates and time formats whose keys would not sort are refused', (t) => {
  const good = '%Y%m%d%H%M%S%f';
  for (const template of [
    '{time}_{key}.{ext}',
    '{camera}_{time}_{key}.{ext}',
    '{camera}/{time}.{ext}',
    '../{camera}/{time}_{key}.{ext}',
    '{camera}/{key}_{time}.{ext}',
  ]) {
    t.throws(() => createKeys(template, good), { code: 'key' }, template);
  }
  for (const format of ['%d.%m.%Y %H%M%S%f', '%Y%m%d%H%M%S', '%s', '%Y%m%d%H%M%S%f%z']) {
    t.throws(() => createKeys('{camera}/{time}_{key}.{ext}', format), { code: 'time_format' }, format);
  }
  t.end();
});

t.test('a folder with more keys than a list from the end may hold is named', async (t) => {
  const keys = createKeys('{camera}/{time}_{key}.{ext}', '%Y%m%d%H%M%S%f');
  const bucket = {
    list: async () => ({
      objects: Array.from({ length: 3 }, (_, n) => ({ key: `a/${n}`, size: 1 })),
      folders: [],
      next: 'more',
    }),
  };
  const listing = createListing({ ...unused(t), ...bucket }, keys, 10);

  await t.rejects(listing.list({ camera: 'a', order: 'newest-first', limit: 1 }, NEVER), { code: 'large-folder' });
});

function unused(t: Test) {
  const never = async () => {
    t.fail('this is never requested');
    throw new Error('unused');
  };
  return { put: never, read: never, stat: never, delete: never, list: never, link: never, admit: never };
}

t.test('lists are read, and a page of a proxy is no list', (t) => {
  const xml = `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><IsTruncated>true</IsTruncated>
    <NextContinuationToken>a&amp;b=</NextContinuationToken><Contents><Key>a/&#39;1&#x27;.jpg</Key><Size>7</Size></Contents>
    <CommonPrefixes><Prefix>a/b/</Prefix></CommonPrefixes></ListBucketResult>`;

  t.same(readList(xml), { objects: [{ key: "a/'1'.jpg", size: 7 }], folders: ['a/b/'], next: 'a&b=' });
  t.equal(readList('<html>Sign in to the hotel</html>'), undefined);
  t.equal(readList(xml.slice(0, -40)), undefined);
  t.end();
});

t.test('answers say whether to try again', (t) => {
  const kind = (status: number, code: string) =>
    refusedBy('s3', { status, headers: {}, body: Buffer.from(code && `<Error><Code>${code}</Code></Error>`) }).is;

  t.equal(kind(503, 'SlowDown'), 'slow');
  t.equal(kind(503, ''), 'slow');
  t.equal(kind(500, 'InternalError'), 'again');
  t.equal(kind(400, 'BadDigest'), 'again');
  t.equal(kind(403, 'RequestTimeTooSkewed'), 'clock');
  t.equal(kind(400, 'ExpiredToken'), 'credentials');
  t.equal(kind(403, 'AccessDenied'), 'final');
  t.equal(kind(404, ''), 'final');
  t.end();
});

const sourceOf = (t: Test, env: Record<string, string>, clock = systemClock) => {
  const http = createHttpClient();
  t.teardown(() => http.close());
  return createCredentials({ region: 'us-east-1' }, env, http, clock);
};
const LENT = { AccessKeyId: 'lent', SecretAccessKey: 'secret', Token: 'token' };
const WANTED = { accessKey: 'lent', secretKey: 'secret', sessionToken: 'token' };
const inMinutes = (minutes: number): string => new Date(Date.now() + minutes * 60_000).toISOString();

t.test('the environment has the credentials', async (t) => {
  const source = sourceOf(t, { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 'b' });

  t.same(await source.get(NEVER), { accessKey: 'a', secretKey: 'b' });
});

t.test(
  'the role of the machine: with a token, cached until shortly before expiry, and fetched once for concurrent requests',
  async (t) => {
    let minutes = 60;
    const server = await fakeServer(t, ({ method, url, headers }) => {
      if (method === 'PUT' && url === '/latest/api/token') return { body: 'session' };
      if (headers['x-aws-ec2-metadata-token'] !== 'session') return { status: 401 };
      if (url.endsWith('/security-credentials/')) return { body: 'role-of-ours\n' };
      return url.endsWith('/role-of-ours')
        ? { body: JSON.stringify({ ...LENT, Expiration: inMinutes(minutes) }) }
        : { status: 404 };
    });
    const source = sourceOf(t, { AWS_EC2_METADATA_SERVICE_ENDPOINT: server.origin });

    t.match(await source.get(NEVER), WANTED);
    await source.get(NEVER);
    t.equal(server.requests.length, 3);

    minutes = 4;
    source.expired();
    await Promise.all([source.get(NEVER), source.get(NEVER)]);
    t.equal(server.requests.length, 6);
    await source.get(NEVER);
    t.equal(server.requests.length, 9, 'less than five minutes remain');

    await server.close();
    t.match(await source.get(NEVER), WANTED, 'old ones work until their end');
  },
);

t.test('the role of a container', async (t) => {
  const server = await fakeServer(t, ({ headers }) =>
    headers.authorization === 'the-token'
      ? { body: JSON.stringify({ ...LENT, Expiration: inMinutes(60) }) }
      : { status: 403 },
  );
  const env = {
    AWS_CONTAINER_CREDENTIALS_FULL_URI: `${server.origin}/role`,
    AWS_CONTAINER_AUTHORIZATION_TOKEN: 'the-token',
  };

  t.match(await sourceOf(t, env).get(NEVER), WANTED);
});

t.test('a web identity, as in Kubernetes', async (t) => {
  const file = join(folderWith(t, {}), 'token');
  writeFileSync(file, 'identity\n');
  const server = await fakeServer(t, ({ body }) => {
    const form = new URLSearchParams(body.toString());
    if (form.get('WebIdentityToken') !== 'identity' || form.get('RoleArn') !== 'arn:aws:iam::1:role/camd')
      return { status: 403 };
    return {
      body: `<R><Credentials><AccessKeyId>lent</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken><Expiration>${inMinutes(60)}</Expiration></Credentials></R>`,
    };
  });
  const env = {
    AWS_ROLE_ARN: 'arn:aws:iam::1:role/camd',
    AWS_WEB_IDENTITY_TOKEN_FILE: file,
    AWS_ENDPOINT_URL_STS: server.origin,
  };

  t.match(await sourceOf(t, env).get(NEVER), WANTED);
});

t.test('without any credentials the error names the places for them', async (t) => {
  const source = sourceOf(t, { AWS_EC2_METADATA_DISABLED: 'true' });

  await t.rejects(source.get(NEVER), { code: 'no-credentials', message: /AWS_ACCESS_KEY_ID/ });
});
