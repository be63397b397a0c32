// Answers edges that upload to the bucket themselves: with a pre-signed link, and with a receipt once the picture is stored.

import { isFinal } from '../../../core/contract/final.ts';
import type { Nats, NatsMessage, Node, Release, Store } from '../../../core/contract/plugin.ts';
import { environment, sentence } from '../../../core/contract/problems.ts';
import type { ArchiveWorkerOptions } from '../../../schemas/archive/worker.ts';
import { type Offer, type Receipt, readAnnouncement, SITE, siteOf, subjectOf } from '../../kit/archive/protocol.ts';
import type { Conditions } from '../../kit/disk/conditions.ts';
import { announceStored, named } from './picture.ts';

/** Requests answered at the same time; further ones are refused. */
export const MAX_OPEN = 256;

export function answerLinks(
  node: Node<ArchiveWorkerOptions>,
  nats: Nats,
  store: () => Store,
  conditions: Conditions,
): Release {
  const { options, metrics } = node;
  let open = 0;

  const admit = async (site: string, payload: Buffer): Promise<Offer | Receipt> => {
    const picture = readAnnouncement(payload);
    if (typeof picture === 'string') return refused(`${picture}.`, true);
    const { admit: offer } = store();
    if (!offer) throw environment('no-links', 'The store gives no links; use a store/s3, or set links: false.');
    const { kept, url, headers } = await offer(named(options, site, picture), options.link_for);
    metrics.count('offers_total');
    return { id: kept.id, url, headers };
  };
  const confirm = async (site: string, payload: Buffer): Promise<Receipt> => {
    const picture = readAnnouncement(payload);
    if (typeof picture === 'string') return refused(`${picture}.`, true);
    const { admit: offer, register } = store();
    if (!offer || !register)
      throw environment('no-links', 'The store gives no links; use a store/s3, or set links: false.');
    // The key is derived from the announcement, so an edge can only name its own objects.
    const { kept } = await offer(named(options, site, picture), options.link_for);
    const found = await register(kept.id, picture.size);
    if (!found) return refused('The bucket does not have it.', false);
    metrics.count('stored_total');
    announceStored(nats, options, site, found, picture.md5);
    return { is: 'stored', id: found.id };
  };
  const serve = (answer: (site: string, payload: Buffer) => Promise<Offer | Receipt>) => (message: NatsMessage) => {
    const site = siteOf(options.prefix, message.subject);
    if (open >= MAX_OPEN || !SITE.test(site))
      return message.respond(JSON.stringify(refused('Too many at once.', false)));
    open++;
    answer(site, message.payload)
      .then(
        (reply) => {
          conditions.set('links', undefined);
          return reply;
        },
        (cause: unknown) => {
          metrics.count('failed_total');
          if (!isFinal(cause)) conditions.set('links', `Edges get no links or receipts: ${sentence(cause)}`);
          return refused(sentence(cause), isFinal(cause));
        },
      )
      .then((reply) => message.respond(JSON.stringify(reply)))
      .catch((cause: unknown) => node.log.warn('edge not answered', { site, why: sentence(cause) }))
      .finally(() => open--);
  };

  const queue = { queue: 'camd-archive' };
  const releases = [
    nats.subscribe(subjectOf(options.prefix, '*', 'offer'), serve(admit), queue),
    nats.subscribe(subjectOf(options.prefix, '*', 'stored'), serve(confirm), queue),
  ];
  return () => {
    for (const release of releases) release();
  };
}

const refused = (why: string, final: boolean): Receipt => ({ is: 'refused', why, final });
