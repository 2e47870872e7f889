/** What the authorization endpoint can answer with (RFC 6749 §3.1.1). */
export const authorizeResponseTypes = ["code"] as const;

/** How it can answer (OAuth 2.0 Multiple Response Type Encoding Practices §2.1). */
export const authorizeResponseModes = ["query", "fragment"] as const;
