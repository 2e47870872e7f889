/** Methods as logs, metrics and traces name them: a caller may send any word. */
export const requestMethods: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "PATCH",
  "DELETE",
  "OPTIONS",
]);
