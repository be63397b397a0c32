// Embeds the editor into the page, in a shadow root and with texts in the language of the page.

import { html } from 'htm/preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { say } from '../words.ts';
import { createEditor, type Editor, type EditorHost } from './editor.ts';

type EditorBoxProps = Omit<EditorHost, 'label' | 'phrases' | 'mergeButton'> & {
  readonly onReady: (editor: Editor) => void;
};

export function EditorBox(props: EditorBoxProps) {
  const box = useRef<HTMLDivElement>(null);
  // The editor is created once, but calls the newest callbacks.
  const newest = useRef(props);
  newest.current = props;
  useLayoutEffect(() => {
    const { current } = box;
    if (!current) return undefined;
    const editor = createEditor(current.shadowRoot ?? current.attachShadow({ mode: 'open' }), {
      label: say('profile.text'),
      phrases: phrases(),
      complete: (text, at, explicit) => newest.current.complete(text, at, explicit),
      explain: (text, at) => newest.current.explain(text, at),
      onChange: (text) => newest.current.onChange(text),
      onCursor: (text, at) => newest.current.onCursor(text, at),
      onSave: () => newest.current.onSave(),
      mergeButton,
    });
    newest.current.onReady(editor);
    return editor.destroy;
  }, []);
  return html`<div class="editor" ref=${box}></div>`;
}

function mergeButton(is: 'accept' | 'reject', act: (event: MouseEvent) => void): HTMLElement {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'merge-button';
  button.textContent = say(is === 'accept' ? 'merge.keep' : 'merge.take');
  button.onmousedown = act;
  return button;
}

/** Translations of CodeMirror's texts, by the English text. */
const phrases = (): Record<string, string> => ({
  'No diagnostics': say('cm.no-problems'),
  Diagnostics: say('problems'),
  Completions: say('cm.completions'),
  close: say('close'),
  'Control character': say('cm.control'),
  '$ unchanged lines': say('cm.unchanged'),
});
