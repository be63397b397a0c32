// The interface of a schema validator, implemented by ajv and by validators compiled ahead of time.

/** One violation, in the shape that ajv reports. */
export interface Violation {
  readonly keyword: string;
  /** JSON Pointer to the value. */
  readonly instancePath: string;
  /** JSON Pointer, with a leading "#", to the keyword in the schema. */
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Returns all violations; none if the value is valid. Never changes the value. */
export type Validate = (value: unknown) => readonly Violation[];
