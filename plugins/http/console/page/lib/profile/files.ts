// The list of the profile's files, which selects the file in the editor.

import { html } from 'htm/preact';
import type { ProfileFile } from '../../../api.ts';
import { say } from '../words.ts';

interface FileTabsProps {
  readonly files: readonly ProfileFile[];
  readonly path: string;
  readonly isChanged: (path: string) => boolean;
  readonly onChoose: (path: string) => void;
}

export function FileTabs({ files, path, isChanged, onChoose }: FileTabsProps) {
  return html`<div class="files" role="group" aria-label=${say('profile.files')}>
    ${files.map(
      (
        file,
      ) => html`<button key=${file.path} type="button" aria-pressed=${file.path === path} title=${file.path} onClick=${() => onChoose(file.path)}>
        ${file.name}${isChanged(file.path) && html`<span class="changed"> ●<span class="hidden"> ${say('profile.changed')}</span></span>`}
      </button>`,
    )}
  </div>`;
}
