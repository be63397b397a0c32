// What a kind of deployment is: the questions that it asks, and the profile that it makes of the answers.

/** A camera of this machine. */
export type Camera =
  | {
      readonly is: 'usb';
      readonly id: string;
      /** For the comment: what it calls itself. */
      readonly name: string;
      readonly device: string;
      /** "1280x720"; undefined when it does not list its sizes. */
      readonly size: string | undefined;
      /** "MJPG", "YUYV"; undefined when it is not known. */
      readonly format: string | undefined;
      /** All sizes of that format. */
      readonly sizes: readonly string[];
    }
  | {
      readonly is: 'pi';
      readonly id: string;
      readonly name: string;
      readonly index: number;
      readonly sizes: readonly string[];
    };

export interface Answers {
  readonly cameras: readonly Camera[];
  /** "127.0.0.1:8080" or ":8080". */
  readonly listen: string;
  /** The kind's own URL. */
  readonly url: string;
}

/** A secret that the profile reads from the environment. */
export interface Secret {
  readonly name: string;
  readonly what: string;
}

export interface Kind {
  readonly name: string;
  /** Ends the sentence "This is …". */
  readonly title: string;
  /** `any` takes those of USB and of a Raspberry Pi. Absent: it has none of its own. */
  readonly cameras?: 'usb' | 'pi' | 'any';
  /** Its first port; absent: it serves nothing. */
  readonly port?: number;
  readonly url?: { readonly question: string; readonly fallback: string; readonly schemes: readonly string[] };
  readonly secrets: readonly Secret[];
  /** The lines of the profile below its first comment. */
  write(answers: Answers): readonly string[];
}
