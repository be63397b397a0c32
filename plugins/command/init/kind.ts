// A kind of deployment: its questions, and the profile that it writes from the answers.

/** A camera of this machine. */
export type Camera =
  | {
      readonly is: 'usb';
      readonly id: string;
      /** Name that the camera reports, for the comment. */
      readonly name: string;
      readonly device: string;
      /** "1280x720"; undefined if the camera does not list its sizes. */
      readonly size: string | undefined;
      /** "MJPG", "YUYV"; undefined if it is unknown. */
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
  /** `any`: USB and Raspberry Pi cameras. Absent: the machine needs no camera of its own. */
  readonly cameras?: 'usb' | 'pi' | 'any';
  /** The preferred port; absent: it has no server. */
  readonly port?: number;
  readonly url?: { readonly question: string; readonly fallback: string; readonly schemes: readonly string[] };
  readonly secrets: readonly Secret[];
  /** The lines of the profile below its first comment. */
  write(answers: Answers): readonly string[];
}
