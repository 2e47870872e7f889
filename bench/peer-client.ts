/** The peer's one client, with the same rights as Munot's. */
export const peerClient = {
  client_id: "bench",
  client_secret: "a-secret-of-the-same-length-as-others-have-0",
  redirect_uris: ["http://localhost:9/callback"],
  grant_types: ["authorization_code", "refresh_token", "client_credentials"],
  response_types: ["code"],
  application_type: "web",
  token_endpoint_auth_method: "client_secret_basic",
} as const;

/** The peer's one user: a constant, where Munot reads rows. */
export const peerUser = {
  sub: "291034567890123456",
  name: "bench Example",
  given_name: "bench",
  family_name: "Example",
  preferred_username: "bench",
  updated_at: 1_700_000_000,
  email: "bench@acme.example",
  email_verified: true,
} as const;
