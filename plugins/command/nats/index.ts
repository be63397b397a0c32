// `camd nats acl EDGE…`: prints the permissions of each edge and each hub as configuration of the NATS servers.

import { type Command, EXIT, UsageError } from '../../../core/cli/command.ts';
import { renderAcl, sharedVariables } from './acl.ts';

/** Names of edges and users, without characters that have a meaning in the configuration. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,63}$/;
const SUBJECT = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const PUBLISH = /^[A-Za-z0-9_$-]+(\.([A-Za-z0-9_$-]+|\{edge\}|\*|>))*$/;
const MAX_EDGES = 100_000;

const nats: Command = {
  name: 'nats',
  summary: 'Print the accounts and permissions of edges and hubs for nats-server',
  usage: ['nats acl [--hub USER]… [--subject SUBJECT] [--thumbnails BUCKET] [--publish SUBJECT]… EDGE…'],
  details: `Each edge may subscribe to its own requests, answer them, and publish hellos under its own name only, so that it cannot impersonate\nanother edge. A hub may send requests to all edges. The passwords stay in the environment of nats-server, one variable for each user.`,
  options: {
    hub: { type: 'string', multiple: true, value: 'USER', description: 'a user for hubs; "hub" by default' },
    subject: { type: 'string', default: 'camd', value: 'SUBJECT', description: 'as in nats/edge and source/nats' },
    thumbnails: { type: 'string', value: 'BUCKET', description: 'the bucket of thumbnails, such as camd-thumbnails' },
    publish: {
      type: 'string',
      multiple: true,
      value: 'SUBJECT',
      description: 'a further subject on which each edge may publish; {edge} is replaced by its name',
    },
  },
  words: { least: 2, most: MAX_EDGES },

  async run(io, args) {
    const [word, ...edges] = args.positionals;
    if (word !== 'acl') throw new UsageError(`camd nats: there is no "${word}"; write "camd nats acl"`);
    const given = args.texts('hub');
    const hubs = given.length === 0 ? ['hub'] : given;
    const wrong = [...edges, ...hubs].find((name) => !NAME.test(name));
    if (wrong !== undefined)
      throw new UsageError(`camd nats acl: "${wrong}" is not a name; use letters, digits, " ", ".", "_" and "-"`);
    const [shared] = sharedVariables([...edges, ...hubs]);
    if (shared !== undefined)
      throw new UsageError(
        `camd nats acl: "${shared}" is given twice, or differs from another name only in case or punctuation`,
      );
    const subject = args.text('subject') ?? 'camd';
    if (!SUBJECT.test(subject)) throw new UsageError(`camd nats acl: "${subject}" is not a subject without wildcards`);
    const bucket = args.text('thumbnails');
    if (bucket !== undefined && !/^[A-Za-z0-9_-]{1,64}$/.test(bucket))
      throw new UsageError(`camd nats acl: "${bucket}" is not the name of a bucket`);
    const publish = args.texts('publish');
    const invalid = publish.find((text) => !PUBLISH.test(text) || !text.includes('{edge}'));
    if (invalid !== undefined)
      throw new UsageError(
        `camd nats acl: "${invalid}" is not a subject with {edge}; without it edges could impersonate others`,
      );
    io.out(renderAcl({ edges, hubs, subject, bucket, publish }));
    return EXIT.ok;
  },
};

export default nats;
