/**
 * What an authorization endpoint can be asked for (RFC 6749 §3.1.1, OAuth 2.0 Multiple Response Type Encoding Practices §3
 * to §5), the words of each in alphabetical order: their order means nothing.
 */
export const authorizeResponseTypes = [
  "code",
  "id_token",
  "id_token token",
  "token",
  "none",
  "code id_token",
  "code token",
  "code id_token token",
] as const;
export type AuthorizeResponseType = (typeof authorizeResponseTypes)[number];

/** What an answer holds. */
export type AnswerParts = { readonly code: boolean; readonly idToken: boolean; readonly accessToken: boolean };

/** What the words of a response type ask for, known or not. */
export const partsOf = (responseType: string): AnswerParts => {
  const words = responseType.split(" ");
  return { code: words.includes("code"), idToken: words.includes("id_token"), accessToken: words.includes("token") };
};

/** OAuth 2.0 Multiple Response Type Encoding Practices §5, §3: tokens go in the fragment, which no server ever sees. */
export const isFrontChannel = ({ idToken, accessToken }: AnswerParts): boolean => idToken || accessToken;
