// Checks that the certificate of a server can be read, fits its key, and is valid today.

import { X509Certificate } from 'node:crypto';
import { type ExamineView, isFault, type Observation } from '../../../core/contract/plugin.ts';
import type { HttpServerOptions } from '../../../schemas/http/server.ts';
import { quoted } from '../../kit/examine/connection.ts';
import { readPair } from '../../kit/http/certificate.ts';

const DAY_MS = 86_400_000;
/** A certificate that expires sooner should have been renewed by now. */
const SOON_DAYS = 14;

export async function* examineCertificate({ tls }: HttpServerOptions, view: ExamineView): AsyncGenerator<Observation> {
  if (tls === undefined) return;
  const file = view.resolve(tls.cert);
  const fix = `openssl x509 -noout -subject -dates -in ${quoted(file)}`;
  try {
    const { cert } = await readPair(file, view.resolve(tls.key));
    const { validFrom, validTo } = new X509Certificate(cert);
    const days = Math.floor((Date.parse(validTo) - Date.now()) / DAY_MS);
    const option = 'tls.cert';
    if (Date.parse(validFrom) > Date.now()) {
      const message = `The certificate ${file} is valid from ${validFrom}, which is later than this machine's clock.`;
      yield { is: 'wrong', code: 'certificate-early', option, message, fix };
    } else if (days < 0) {
      yield {
        is: 'wrong',
        code: 'certificate-expired',
        option,
        message: `The certificate ${file} expired on ${validTo}.`,
        fix,
      };
    } else if (days < SOON_DAYS) {
      yield {
        is: 'warning',
        code: 'certificate-ends',
        option,
        message: `The certificate ${file} expires in ${days} days.`,
        fix,
      };
    } else {
      yield { is: 'fine', code: 'certificate', option, message: `The certificate is valid for ${days} days.` };
    }
  } catch (cause) {
    if (!isFault(cause)) throw cause;
    yield { is: 'wrong', code: cause.code, option: 'tls', message: cause.message, fix };
  }
}
