// The structural check of a value by its JSON Schema, behind an interface that ajv and compiled-ahead code both fit.

/** One violation, in the shape that ajv reports. */
export interface Violation {
  readonly keyword: string;
  /** JSON Pointer to the value. */
  readonly instancePath: string;
  /** JSON Pointer, with a leading "#", to the keyword in the schema. */
  readonly schemaPath: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** All violations; none when the value is right. Never changes the value. */
export type Validate = (value: unknown) => readonly Violation[];
