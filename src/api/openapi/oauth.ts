import type { Operation, Parameter, Paths } from "./document-types.ts";

/** Where the OpenID provider answers. */
export type OauthEndpoints = {
  readonly discovery: string;
  readonly authorize: string;
  readonly token: string;
  readonly pushedAuthorizationRequest: string;
  readonly introspect: string;
  readonly revoke: string;
  readonly keys: string;
  readonly userinfo: string;
  readonly endSession: string;
};

export const oauthTag = { name: "OpenID Connect", description: "The endpoints of the OpenID provider." };

const text = { type: "string" } as const;
const uri = { type: "string", format: "uri" } as const;
const byClient = [{ client: [] }, {}];

const query = (name: string, description: string, isRequired = false): Parameter => ({
  name,
  in: "query",
  ...(isRequired && { required: true }),
  description,
  schema: name.endsWith("_uri") ? uri : text,
});

type Fields = Readonly<Record<string, string>>;

/** A form whose fields are texts; `required` are the names of those that must be there. */
const form = (required: readonly string[], fields: Fields): NonNullable<Operation["requestBody"]> => ({
  required: true,
  content: {
    "application/x-www-form-urlencoded": {
      schema: {
        type: "object",
        properties: Object.fromEntries(
          Object.entries(fields).map(([name, description]) => [name, { ...text, description }]),
        ),
        required: [...required],
      },
    },
  },
});

const answers = (description: string, type = "application/json"): Operation["responses"] => ({
  "200": { description, content: { [type]: { schema: type === "application/json" ? { type: "object" } : text } } },
});

const refused = {
  "400": {
    description: "Refused, with an error code of RFC 6749 §5.2.",
    content: {
      "application/json": {
        schema: { type: "object", properties: { error: text, error_description: text }, required: ["error"] },
      },
    },
  },
};

type Endpoint = Omit<Operation, "operationId" | "tags" | "externalDocs">;

const operation = (operationId: string, specification: string, endpoint: Endpoint): Operation => ({
  operationId,
  tags: [oauthTag.name],
  externalDocs: { url: specification },
  ...endpoint,
});

const clientFields = {
  client_id: "Where the client does not authenticate by a header.",
  client_secret: "Where the client does not authenticate by a header.",
  client_assertion_type: "`urn:ietf:params:oauth:client-assertion-type:jwt-bearer`, with a signed assertion.",
  client_assertion: "A JWT that the client has signed, RFC 7523.",
};

/** The provider's endpoints in brief; the specifications that they name say the rest. */
export const oauthPaths = (endpoints: OauthEndpoints): Paths => ({
  [endpoints.discovery]: {
    get: operation("oidc.discovery", "https://openid.net/specs/openid-connect-discovery-1_0.html", {
      summary: "What this provider supports, and where its endpoints are",
      security: [],
      responses: answers("Metadata of the provider."),
    }),
  },
  [endpoints.authorize]: {
    get: operation("oidc.authorize", "https://openid.net/specs/openid-connect-core-1_0.html#AuthorizationEndpoint", {
      summary: "Begin a sign-in",
      description: "The browser is sent here by the application, and back to it with a code.",
      security: [],
      parameters: [
        query("client_id", "The application", true),
        query("redirect_uri", "Where to go afterwards; one that is registered for the application"),
        query("response_type", "`code`, or another that the discovery document names"),
        query("scope", "Separated by spaces, with `openid` among them"),
        query("state", "Comes back unchanged"),
        query("nonce", "Stands in the ID token"),
        query("code_challenge", "PKCE, RFC 7636"),
        query("code_challenge_method", "`S256`"),
        query("prompt", "`none`, `login` or `select_account`"),
        query("login_hint", "Login name to begin with"),
        query("max_age", "Seconds since the last sign-in that are acceptable"),
        query("ui_locales", "Languages that the person reads"),
        query("resource", "What the tokens are for, RFC 8707"),
        query("request_uri", "A pushed request, RFC 9126; then only `client_id` stands beside it"),
      ],
      responses: { "302": { description: "To the sign-in pages, or back to the application." } },
    }),
  },
  [endpoints.token]: {
    post: operation("oidc.token", "https://www.rfc-editor.org/rfc/rfc6749#section-3.2", {
      summary: "Exchange a code or a refresh token for tokens",
      security: byClient,
      requestBody: form(["grant_type"], {
        grant_type: "`authorization_code`, `refresh_token`, or another that the discovery document names.",
        code: "Of the authorization code grant.",
        redirect_uri: "As sent to the authorization endpoint.",
        code_verifier: "PKCE, RFC 7636.",
        refresh_token: "Of the refresh token grant.",
        scope: "Separated by spaces.",
        resource: "What the access token is for, RFC 8707; may come more than once.",
        ...clientFields,
      }),
      responses: { ...answers("Access token, ID token and refresh token, as asked for."), ...refused },
    }),
  },
  [endpoints.pushedAuthorizationRequest]: {
    post: operation("oidc.push", "https://www.rfc-editor.org/rfc/rfc9126", {
      summary: "Hand in an authorization request before the browser is sent",
      description: "Takes all parameters of the authorization endpoint, or a signed `request` that holds them.",
      security: byClient,
      requestBody: form([], {
        redirect_uri: "Where to go afterwards; one that is registered for the application.",
        response_type: "`code`",
        scope: "Separated by spaces, with `openid` among them.",
        code_challenge: "PKCE, RFC 7636.",
        code_challenge_method: "`S256`",
        request: "A signed JWT of the parameters, RFC 9101.",
        resource: "What the tokens are for, RFC 8707; may come more than once.",
        authorization_details: "JSON, RFC 9396.",
        ...clientFields,
      }),
      responses: {
        "201": {
          description:
            "`request_uri`, to be sent with `client_id` to the authorization endpoint within `expires_in` seconds.",
          content: { "application/json": { schema: { type: "object" } } },
        },
        ...refused,
      },
    }),
  },
  [endpoints.userinfo]: {
    get: operation("oidc.userinfo", "https://openid.net/specs/openid-connect-core-1_0.html#UserInfo", {
      summary: "Claims about the person that an access token is for",
      responses: { ...answers("The claims."), "401": { description: "No valid access token." } },
    }),
  },
  [endpoints.introspect]: {
    post: operation("oidc.introspect", "https://www.rfc-editor.org/rfc/rfc7662", {
      summary: "Ask whether a token is active",
      security: byClient,
      requestBody: form(["token"], { token: "The token.", token_type_hint: "Kind of the token.", ...clientFields }),
      responses: { ...answers("`active`, and what the token stands for."), ...refused },
    }),
  },
  [endpoints.revoke]: {
    post: operation("oidc.revoke", "https://www.rfc-editor.org/rfc/rfc7009", {
      summary: "Revoke a token",
      security: byClient,
      requestBody: form(["token"], { token: "The token.", token_type_hint: "Kind of the token.", ...clientFields }),
      responses: { "200": { description: "The token is of no use any more." }, ...refused },
    }),
  },
  [endpoints.endSession]: {
    get: operation("oidc.endSession", "https://openid.net/specs/openid-connect-rpinitiated-1_0.html", {
      summary: "Sign out",
      security: [],
      parameters: [
        query("id_token_hint", "The ID token of the sign-in that ends"),
        query("client_id", "The application, where no ID token says so"),
        query("post_logout_redirect_uri", "Where to go afterwards; one that is registered for the application"),
        query("state", "Comes back unchanged"),
      ],
      responses: { "302": { description: "To the page that asks, or back to the application." } },
    }),
  },
  [endpoints.keys]: {
    get: operation("oidc.keys", "https://www.rfc-editor.org/rfc/rfc7517", {
      summary: "Public keys of the tokens' signatures",
      security: [],
      responses: answers("A JSON Web Key Set."),
    }),
  },
});
