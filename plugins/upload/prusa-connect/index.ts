// upload/prusa-connect: uploads the newest picture and the camera's information to Prusa Connect.

import { networkInterfaces } from 'node:os';
import { formatDuration } from '../../../core/base/units.ts';
import type { Frame } from '../../../core/contract/frame.ts';
import { defineNode } from '../../../core/contract/plugin.ts';
import type { UploadPrusaConnectOptions } from '../../../schemas/upload/prusa-connect.ts';
import { createUploadClient } from '../../kit/upload/client.ts';
import { exchange, type Upload } from '../../kit/upload/exchange.ts';
import { uploadAtInterval } from '../../kit/upload/interval.ts';
import type { Outcome } from '../../kit/upload/outcome.ts';
import { next, type PolicyState, WELL } from '../../kit/upload/policy.ts';
import { LEAST_PICTURE } from '../../kit/upload/preflight.ts';
import { PRUSA_ADVICE } from './answers.ts';
import { cameraInfo } from './camera-info.ts';
import { networkInfo } from './network-info.ts';

/** The API's own limit for a snapshot: "16MB". Larger ones are not sent. */
const MAX_SNAPSHOT = 16_000_000;

export default defineNode<UploadPrusaConnectOptions>({
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

    let told = '';
    let policyState: PolicyState = WELL;
    let notBefore = 0;
    /** Sent once per start and after each change; a failure never delays the pictures. */
    const tell = async (frame: Frame, signal: AbortSignal): Promise<void> => {
      const info = cameraInfo({
        name: options.name ?? frame.camera,
        width: frame.width,
        height: frame.height,
        network: options.network ? networkInfo(networkInterfaces()) : {},
        version: node.daemon.version,
      });
      if (info === told || clock.monotonic() < notBefore) return;
      const outcome = await put('/c/info', 'application/json', Buffer.from(info), signal);
      const step = next(policyState, outcome, rules);
      policyState = step.state;
      notBefore = clock.monotonic() + (policyState.is === 'well' ? 0 : step.waitMs);
      if (policyState.is === 'well') {
        told = info;
        log.info('Prusa Connect received the camera information', {
          camera: frame.camera,
          width: frame.width,
          height: frame.height,
        });
      } else {
        metrics.count('info_failed_total');
        log.warn('Prusa Connect did not accept the camera information', {
          why: policyState.why,
          next_in: formatDuration(step.waitMs),
        });
      }
    };

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
      accepted: tell,
    });
  },
});
