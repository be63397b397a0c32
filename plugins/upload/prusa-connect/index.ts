// upload/prusa-connect: uploads the newest picture and the camera's information to Prusa Connect.

import { networkInterfaces } from 'node:os';
import { formatDuration } from '../../../core/base/units.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import { defineNode } from '../../../core/contract/plugin.ts';
import { sentence } from '../../../core/contract/problems.ts';
import type { UploadPrusaConnectOptions } from '../../../schemas/upload/prusa-connect.ts';
import { reach } from '../../kit/examine/reach.ts';
import { createUploadClient } from '../../kit/upload/client.ts';
import { exchange, type Upload } from '../../kit/upload/exchange.ts';
import { uploadAtInterval } from '../../kit/upload/interval.ts';
import type { Outcome } from '../../kit/upload/outcome.ts';
import { HEALTHY, next, type PolicyState } from '../../kit/upload/policy.ts';
import { LEAST_PICTURE } from '../../kit/upload/preflight.ts';
import { PRUSA_ADVICE } from './answers.ts';
import { cameraInfo, readAnswer } from './camera-info.ts';
import { createCameraRecord, nameFor } from './camera-record.ts';
import { networkInfo } from './network-info.ts';

/** The API's limit for a snapshot: "16MB". Larger ones are not sent. */
const MAX_SNAPSHOT = 16_000_000;

export default defineNode<UploadPrusaConnectOptions>({
  examine: ({ url, ca }, view) => reach(view, { option: 'url', url, tls: { ca } }),
  async start(node) {
    const { options, clock, log, metrics } = node;
    const base = options.url.replace(/\/(?:c\/snapshot)?$/, '');
    const client = await createUploadClient({
      clock,
      everyMs: options.every,
      timeoutMs: options.timeout,
      connections: 1,
      ca: options.ca === undefined ? undefined : node.resolve(options.ca),
    });
    node.defer(() => client.close());

    const rules = { server: new URL(base).host, everyMs: options.every, advice: PRUSA_ADVICE, random: Math.random };
    const put = (path: string, contentType: string, body: Buffer, signal: AbortSignal): Promise<Outcome> => {
      const upload: Upload = {
        method: 'PUT',
        url: new URL(`${base}${path}`),
        headers: {
          'user-agent': `camd/${node.daemon.version}`,
          'content-type': contentType,
          token: options.token,
          fingerprint: options.fingerprint,
        },
        body,
      };
      const secrets = [options.token, options.fingerprint];
      return exchange(upload, { client, clock, timeoutMs: options.timeout, secrets, signal });
    };

    const record = createCameraRecord(node.stateFolder, options.token, options.fingerprint);
    let registered = await record.read();
    let policyState: PolicyState = HEALTHY;
    let notBefore = 0;
    /** Sends the camera information after each change, also across restarts; a failure never delays the pictures. */
    const register = async (frame: Frame, signal: AbortSignal): Promise<void> => {
      const given = options.name ?? node.cameras.name(frame.camera);
      const facts = {
        name: nameFor(given, registered),
        width: frame.width,
        height: frame.height,
        network: options.network ? networkInfo(networkInterfaces()) : {},
        everyMs: options.layers === undefined ? options.every : undefined,
        version: node.daemon.version,
      };
      const info = cameraInfo(facts);
      if (info === registered?.info || clock.monotonic() < notBefore) return;
      const outcome = await put('/c/info', 'application/json', Buffer.from(info), signal);
      const step = next(policyState, outcome, rules);
      policyState = step.state;
      notBefore = clock.monotonic() + (policyState.is === 'well' ? 0 : step.waitMs);
      if (outcome.is !== 'accepted') {
        metrics.count('info_failed_total');
        log.warn('Prusa Connect did not accept the camera information', {
          why: policyState.is === 'failing' ? policyState.why : '',
          next_in: formatDuration(step.waitMs),
        });
        return;
      }
      const answer = readAnswer(outcome.body);
      const name = answer.name ?? facts.name;
      // Includes the name of the response, so that a name set in Prusa Connect does not count as a change here.
      registered = { info: cameraInfo({ ...facts, name }), given, name, everyMs: answer.everyMs ?? 0 };
      log.info('Prusa Connect received the camera information', {
        camera: frame.camera,
        name,
        width: frame.width,
        height: frame.height,
      });
      if (answer.deleted) {
        log.warn('Prusa Connect has deleted this camera: add a new "other camera" and use its token');
      }
      applyInterval();
      await record.write(registered).catch((thrown: unknown) => {
        log.warn('the camera information could not be stored, so camd sends it again after a restart', {
          why: sentence(thrown),
        });
      });
    };
    /** Prusa Connect may request fewer pictures than the profile, but never gets more. */
    const applyInterval = (): void => {
      const { everyMs = 0 } = registered ?? {};
      if (options.layers !== undefined || everyMs <= options.every) rules.everyMs = options.every;
      else if (rules.everyMs !== everyMs) {
        rules.everyMs = everyMs;
        log.info('Prusa Connect requests fewer pictures than "every"', { every: formatDuration(everyMs) });
      }
    };
    applyInterval();

    return await uploadAtInterval(node, {
      rules,
      preflight: { staleAfterMs: options.stale_after, least: LEAST_PICTURE, skipUnchanged: options.skip_unchanged },
      camera: options.camera,
      single: true,
      credentials: [options.token, options.fingerprint],
      smaller: options.smaller !== undefined,
      async send(frame, signal) {
        if (frame.data.length > MAX_SNAPSHOT) return { is: 'answered', status: 413, message: 'over 16 MB, not sent' };
        return put('/c/snapshot', 'image/jpg', frame.data, signal);
      },
      accepted: register,
    });
  },
});
