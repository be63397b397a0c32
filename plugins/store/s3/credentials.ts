// Finds the credentials: in the profile, in the environment, or by a role of this machine. Those of a role are renewed in time.

import { readFile } from 'node:fs/promises';
import type { Clock } from '../../../core/base/clock.ts';
import { reason } from '../../../core/base/reason.ts';
import { createSingleFlight } from '../../../core/base/single-flight.ts';
import { environment } from '../../../core/contract/problems.ts';
import type { HttpClient, HttpReply } from '../../kit/http/fetch.ts';
import type { Credentials } from './sign.ts';
import { element } from './xml.ts';

export interface CredentialSource {
  get(signal: AbortSignal): Promise<Credentials>;
  /** Call it when the server reports that they have expired. */
  expired(): void;
}

export interface CredentialOptions {
  readonly access_key?: string;
  readonly secret_key?: string;
  readonly session_token?: string;
  readonly region: string;
}

type Variables = Readonly<Record<string, string | undefined>>;
interface Temporary extends Credentials {
  /** Milliseconds since the epoch. */
  readonly expires: number;
}

/** New ones are fetched this long before they expire. Milliseconds. */
const RENEW_MS = 300_000;
const ROLE_MS = 5_000;
const MAX_BYTES = 64 * 1024;
const CONTAINER_HOST = 'http://169.254.170.2';
const MACHINE_HOST = 'http://169.254.169.254';
const TOKEN_SECONDS = '300';

export function createCredentials(
  options: CredentialOptions,
  env: Variables,
  http: HttpClient,
  clock: Pick<Clock, 'now'>,
): CredentialSource {
  const { access_key: accessKey, secret_key: secretKey, session_token: sessionToken } = options;
  const fixed = fixedOf(accessKey, secretKey, sessionToken) ?? fromEnvironment(env);
  if (fixed) return { get: async () => fixed, expired: () => {} };

  let current: Temporary | undefined;
  const renew = createSingleFlight(async (signal) => {
    current = await fetchTemporary(env, options.region, http, signal);
    return current;
  });
  return {
    async get(signal) {
      if (current && current.expires - RENEW_MS > clock.now()) return current;
      try {
        return await renew(signal);
      } catch (cause) {
        // The old ones are still valid.
        if (current && current.expires > clock.now()) return current;
        throw cause;
      }
    },
    expired() {
      current = undefined;
    },
  };
}

const fixedOf = (accessKey?: string, secretKey?: string, sessionToken?: string): Credentials | undefined =>
  accessKey === undefined || secretKey === undefined
    ? undefined
    : { accessKey, secretKey, ...(sessionToken === undefined ? {} : { sessionToken }) };

const fromEnvironment = (env: Variables): Credentials | undefined =>
  fixedOf(
    env.AWS_ACCESS_KEY_ID || undefined,
    env.AWS_SECRET_ACCESS_KEY || undefined,
    env.AWS_SESSION_TOKEN || undefined,
  );

/** In the order of Amazon's own clients: a web identity, the container, the machine. */
async function fetchTemporary(
  env: Variables,
  region: string,
  http: HttpClient,
  signal: AbortSignal,
): Promise<Temporary> {
  const { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: file } = env;
  if (role && file) return ofIdentity(role, file, env, region, http, signal);
  const path = env.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI;
  const url = path ? `${CONTAINER_HOST}${path}` : env.AWS_CONTAINER_CREDENTIALS_FULL_URI;
  if (url) return ofContainer(url, env, http, signal);
  if (env.AWS_EC2_METADATA_DISABLED?.toLowerCase() === 'true') throw missing();
  return ofMachine(env.AWS_EC2_METADATA_SERVICE_ENDPOINT || MACHINE_HOST, http, signal);
}

/** STS AssumeRoleWithWebIdentity, as in Kubernetes: the request needs no signature. */
async function ofIdentity(
  role: string,
  file: string,
  env: Variables,
  region: string,
  http: HttpClient,
  signal: AbortSignal,
): Promise<Temporary> {
  const url = new URL(env.AWS_ENDPOINT_URL_STS || `https://sts.${region}.amazonaws.com`);
  const form = new URLSearchParams({
    Action: 'AssumeRoleWithWebIdentity',
    Version: '2011-06-15',
    RoleArn: role,
    RoleSessionName: env.AWS_ROLE_SESSION_NAME || 'camd',
    WebIdentityToken: (await textOf(file)).trim(),
  });
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const reply = await http.fetch({
    url,
    method: 'POST',
    headers,
    body: form.toString(),
    deadline: ROLE_MS,
    maxBytes: MAX_BYTES,
    signal,
  });
  const text = good(reply, 'The token service').toString('utf8');
  return temporaryOf({
    AccessKeyId: element(text, 'AccessKeyId'),
    SecretAccessKey: element(text, 'SecretAccessKey'),
    Token: element(text, 'SessionToken'),
    Expiration: element(text, 'Expiration'),
  });
}

async function ofContainer(url: string, env: Variables, http: HttpClient, signal: AbortSignal): Promise<Temporary> {
  const file = env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE;
  const token = file ? (await textOf(file)).trim() : env.AWS_CONTAINER_AUTHORIZATION_TOKEN;
  const headers = token ? { authorization: token } : {};
  const reply = await http.fetch({ url: new URL(url), headers, deadline: ROLE_MS, maxBytes: MAX_BYTES, signal });
  return temporaryOf(json(good(reply, 'The credential service of the container')));
}

/** The instance metadata service, version 2. */
async function ofMachine(base: string, http: HttpClient, signal: AbortSignal): Promise<Temporary> {
  const common = { deadline: ROLE_MS, maxBytes: MAX_BYTES, signal };
  const at = (path: string): URL => new URL(path, base);
  const request = { 'x-aws-ec2-metadata-token-ttl-seconds': TOKEN_SECONDS };
  const reply = await http
    .fetch({ ...common, url: at('/latest/api/token'), method: 'PUT', headers: request })
    .catch((cause: unknown) => {
      signal.throwIfAborted();
      throw missing(cause);
    });
  const headers = { 'x-aws-ec2-metadata-token': good(reply, 'The metadata service').toString('utf8') };
  const roles = at('/latest/meta-data/iam/security-credentials/');
  const role = good(await http.fetch({ ...common, url: roles, headers }), 'The metadata service')
    .toString('utf8')
    .split('\n')[0];
  const url = new URL(encodeURIComponent(role?.trim() ?? ''), roles);
  return temporaryOf(json(good(await http.fetch({ ...common, url, headers }), 'The metadata service')));
}

const missing = (cause?: unknown) =>
  environment(
    'no-credentials',
    'There are no credentials for S3: set "access_key" and "secret_key", or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY in the environment, or run camd on a machine that has a role.',
    cause,
  );

function good({ status, body }: HttpReply, what: string): Buffer {
  if (status === 200) return body;
  throw environment('no-credentials', `${what} answered with status ${status}. Check the role of this machine.`);
}

async function textOf(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw environment('no-credentials', `The token in ${file} cannot be read: ${reason(cause)}.`, cause);
  }
}

function json(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    return {};
  }
}

function temporaryOf({
  AccessKeyId,
  SecretAccessKey,
  Token,
  Expiration,
}: Readonly<Record<string, unknown>>): Temporary {
  const expires = typeof Expiration === 'string' ? Date.parse(Expiration) : Number.NaN;
  if (typeof AccessKeyId !== 'string' || typeof SecretAccessKey !== 'string' || Number.isNaN(expires)) {
    throw environment(
      'no-credentials',
      'The credentials of the role lack a key or their end. Check the role of this machine.',
    );
  }
  const token = typeof Token === 'string' ? { sessionToken: Token } : {};
  return { accessKey: AccessKeyId, secretKey: SecretAccessKey, expires, ...token };
}
