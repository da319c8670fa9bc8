import { z, type ZodType } from 'zod';

/** An environment variable that a service reads. */
export interface Setting {
  /** `WEIR_ADMIN_KEY`; a `*` in it stands for any characters. */
  readonly name: string;
  /** Its value must be shown to nobody, and is handed to nobody but the services that read it. */
  readonly secret: boolean;
  /** As it would stand in the environment; undefined where there is none. */
  readonly defaultValue: string | undefined;
  /** It is read only where this variable is set. */
  readonly onlyWith?: string;
}

/**
 * The environment variables that schemas of configurations read: the fields of an object, also of one that is transformed.
 * A field is a secret where its schema says so: `z.string().meta({ secret: true })`.
 */
export function settingsOf(...schemas: readonly ZodType[]): Setting[] {
  return schemas.flatMap((schema) =>
    Object.entries(fieldsOf(schema)).map(([name, field]) => ({
      name,
      secret: isSecret(field),
      defaultValue: defaultOf(field),
    })),
  );
}

/** Whether the setting stands for the variable of this name. */
export function isSetting({ name }: Setting, variable: string): boolean {
  return name.includes('*')
    ? new RegExp(`^${name.replaceAll('*', '.*')}$`).test(variable)
    : name === variable;
}

function fieldsOf(schema: ZodType): Record<string, ZodType> {
  if (schema instanceof z.ZodObject) return schema.shape;
  if (schema instanceof z.ZodPipe) return fieldsOf(schema.in as ZodType);
  throw new Error('The settings that a schema reads can be told only where it is an object.');
}

function isSecret(field: ZodType): boolean {
  if (field.meta()?.['secret'] === true) return true;
  if (field instanceof z.ZodOptional || field instanceof z.ZodDefault)
    return isSecret(field.unwrap() as ZodType);
  return field instanceof z.ZodPipe && isSecret(field.in as ZodType);
}

function defaultOf(field: ZodType): string | undefined {
  if (!(field instanceof z.ZodDefault)) return undefined;
  const value: unknown = field.def.defaultValue;
  return Array.isArray(value) ? value.join(',') : String(value);
}
