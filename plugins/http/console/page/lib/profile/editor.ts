// The editor of one text: marked errors, completion and documentation from the daemon, and a merge with another text.

import { autocompletion, type CompletionResult, closeBrackets, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { indentUnit } from '@codemirror/language';
import { type Diagnostic, lintGutter, lintKeymap, setDiagnostics } from '@codemirror/lint';
import { acceptChunk, goToNextChunk, rejectChunk, unifiedMergeView } from '@codemirror/merge';
import { Compartment, EditorSelection, EditorState, type Extension, Transaction } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  hoverTooltip,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { theme } from './theme.ts';

/** Callbacks of the editor; positions are offsets in the text. */
export interface EditorHost {
  readonly label: string;
  /** The texts of CodeMirror in the language of the page. */
  readonly phrases: Readonly<Record<string, string>>;
  complete(text: string, at: number, explicit: boolean): Promise<CompletionResult | null>;
  /** Documentation of the word at `at`. */
  explain(text: string, at: number): Promise<Explained | undefined>;
  onChange(text: string): void;
  onCursor(text: string, at: number): void;
  onSave(): void;
  /** The button of a merged part: use the text of the file, or keep the draft. */
  mergeButton(is: 'accept' | 'reject', act: (event: MouseEvent) => void): HTMLElement;
}

export interface Explained {
  readonly from: number;
  readonly to: number;
  readonly text: string;
}

export interface Mark {
  readonly from: number;
  readonly to: number;
  readonly severity: 'error' | 'warning';
  readonly message: string;
}

export interface Editor {
  /** Opens another text with an empty undo history. */
  open(text: string, readOnly: boolean): void;
  /** Replaces the text in one change, which the user can undo. */
  replace(text: string): void;
  text(): string;
  mark(marks: readonly Mark[]): void;
  goTo(at: number): void;
  /** Shows the differences to `original`; undefined to end this. */
  compare(original: string | undefined): void;
  nextDifference(): void;
  /** Resolves the difference at the cursor: keeps the draft, or uses the text of the file. */
  settle(is: 'keep' | 'take'): void;
  readonly destroy: () => void;
}

/** Milliseconds of rest of the pointer before documentation is shown. */
const HOVER_MS = 350;
const MOST_OPTIONS = 200;

/** `root` is a shadow root, where CodeMirror creates style sheets with CSSOM, which the Content-Security-Policy allows. */
export function createEditor(root: ShadowRoot, host: EditorHost): Editor {
  const merging = new Compartment();
  const save = (): boolean => {
    host.onSave();
    return true;
  };
  const extensions = (readOnly: boolean): Extension => [
    lineNumbers(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    drawSelection(),
    history(),
    closeBrackets(),
    lintGutter(),
    yaml(),
    indentUnit.of('  '),
    theme,
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({
      'aria-label': host.label,
      tabindex: '0',
      spellcheck: 'false',
      autocapitalize: 'off',
    }),
    EditorState.phrases.of(host.phrases),
    EditorState.readOnly.of(readOnly),
    autocompletion({
      override: [(context) => host.complete(context.state.doc.toString(), context.pos, context.explicit)],
      maxRenderedOptions: MOST_OPTIONS,
      icons: false,
    }),
    hoverTooltip(
      async (view, at) => {
        const found = await host.explain(view.state.doc.toString(), at);
        // If the pointer has left before the answer arrives, no event would hide the text.
        return found && view.dom.matches(':hover')
          ? { pos: found.from, end: found.to, above: true, create: () => ({ dom: tooltip(found.text) }) }
          : null;
      },
      { hoverTime: HOVER_MS },
    ),
    keymap.of([
      { key: 'Mod-s', preventDefault: true, run: save },
      ...completionKeymap,
      { key: 'Enter', run: newLine },
      ...lintKeymap,
      ...historyKeymap,
      ...defaultKeymap,
    ]),
    EditorView.updateListener.of((update) => {
      if (update.docChanged) host.onChange(update.state.doc.toString());
      if (update.docChanged || update.selectionSet)
        host.onCursor(update.state.doc.toString(), update.state.selection.main.head);
    }),
    merging.of([]),
  ];
  const stateOf = (text: string, readOnly: boolean): EditorState =>
    EditorState.create({ doc: text, extensions: extensions(readOnly) });
  const view = new EditorView({ root, parent: root, state: stateOf('', true) });

  return {
    open: (text, readOnly) => view.setState(stateOf(text, readOnly)),
    replace(text) {
      view.dispatch({ changes: { from: 0, to: view.state.doc.length, insert: text } });
    },
    text: () => view.state.doc.toString(),
    mark(marks) {
      const end = view.state.doc.length;
      const placed = marks.map(
        ({ from, to, severity, message }): Diagnostic => ({
          from: Math.min(from, end),
          to: Math.min(Math.max(to, from), end),
          severity,
          message,
        }),
      );
      view.dispatch(setDiagnostics(view.state, placed));
    },
    goTo(at) {
      const anchor = Math.min(at, view.state.doc.length);
      view.dispatch({ selection: { anchor }, effects: EditorView.scrollIntoView(anchor, { y: 'center' }) });
      view.focus();
    },
    compare(original) {
      const shown =
        original === undefined
          ? []
          : unifiedMergeView({
              original,
              gutter: true,
              syntaxHighlightDeletions: false,
              mergeControls: (type, act) => host.mergeButton(type, act),
            });
      view.dispatch({ effects: merging.reconfigure(shown), annotations: Transaction.addToHistory.of(false) });
    },
    nextDifference() {
      goToNextChunk(view);
      view.focus();
    },
    settle(is) {
      (is === 'keep' ? acceptChunk : rejectChunk)(view);
      view.focus();
    },
    destroy: () => view.destroy(),
  };
}

function tooltip(text: string): HTMLElement {
  const dom = document.createElement('div');
  dom.className = 'cm-completionInfo cm-explained';
  dom.textContent = text;
  return dom;
}

/** A new line gets the indentation of the previous one, and one more level below a key without a value. */
function newLine(view: EditorView): boolean {
  if (view.state.readOnly) return false;
  view.dispatch(
    view.state.changeByRange(({ from, to }) => {
      const { text, from: start } = view.state.doc.lineAt(from);
      const before = text.slice(0, from - start);
      const deeper = /^[^#]*:\s*(#.*)?$/.test(before) ? '  ' : '';
      const insert = `\n${/^ */.exec(before)?.[0] ?? ''}${deeper}`;
      return { changes: { from, to, insert }, range: EditorSelection.cursor(from + insert.length) };
    }),
    { scrollIntoView: true, userEvent: 'input' },
  );
  return true;
}
