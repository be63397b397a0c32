// The URLs of a camera, for copying into other programs.

import { html } from 'htm/preact';
import { useState } from 'preact/hooks';
import { copyText } from '../../../../kit/page/shared/copy.ts';
import { shared } from '../../../../kit/page/shared/words.ts';
import { words } from './words.ts';

interface AddressesProps {
  /** Label and URL. */
  readonly addresses: readonly (readonly [string, string])[];
}

export function Addresses({ addresses }: AddressesProps) {
  const [copied, setCopied] = useState<string>();
  const copy =
    (url: string) =>
    async (event: Event): Promise<void> => {
      const field = event.currentTarget instanceof Element && event.currentTarget.parentElement?.querySelector('input');
      if (field && (await copyText(field))) setCopied(url);
    };
  return html`<details class="addresses">
    <summary>${words.addresses}</summary>
    <ul>
      ${addresses.map(
        ([what, url]) =>
          html`<li key=${what}>
            <span aria-hidden="true">${what}</span>
            <input type="text" readonly value=${url} aria-label=${words.addressOf(what)} />
            <button type="button" aria-label="${copied === url ? shared.copied : shared.copy}: ${what}" onClick=${copy(url)}>
              ${copied === url ? shared.copied : shared.copy}
            </button>
          </li>`,
      )}
    </ul>
    <p class="hidden" role="status">${copied === undefined ? '' : shared.copied}</p>
  </details>`;
}
