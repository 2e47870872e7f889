import type { Requested } from "./auth-request.events.ts";

/**
 * The authentication context classes that a sign-in can be of (OpenID Connect Core 1.0 §2 `acr`), the strongest first, and
 * by which methods (RFC 8176) it is. A later kind of factor needs nothing here: its methods say what it is.
 */
const classes = [
  {
    /** OpenID Connect Extended Authentication Profile ACR Values 1.0 §4: phishing-resistant */
    acr: "phr",
    isMet: (amr: readonly string[]) => ["user", "hwk", "swk", "pop"].some((method) => amr.includes(method)),
  },
  {
    /** OpenID Provider Authentication Policy Extension 1.0 §4: more than one factor */
    acr: "http://schemas.openid.net/pape/policies/2007/06/multi-factor",
    isMet: (amr: readonly string[]) => amr.includes("mfa"),
  },
  {
    /** SAML 2.0 Authentication Context §3.4.11: a password, sent by TLS */
    acr: "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport",
    isMet: (amr: readonly string[]) => amr.includes("pwd"),
  },
] as const;

/** What discovery says of `acr` (OpenID Connect Discovery 1.0 §3). */
export const acrValuesSupported: readonly string[] = classes.map(({ acr }) => acr);

const met = (amr: readonly string[]): readonly string[] =>
  classes.filter(({ isMet }) => isMet(amr)).map(({ acr }) => acr);

/** What was asked of the class: values in the order in which they are preferred, and whether nothing else will do. */
type AskedAcr = { readonly values: readonly string[]; readonly isNecessary: boolean };

/**
 * OpenID Connect Core 1.0 §5.5.1.1: an essential `acr` is a condition. RFC 9470 §5: so are `acr_values`, or a resource
 * server and its client would send the user around for ever; values of which we know none stay a wish (Core §3.1.2.1).
 */
const askedAcr = ({ acrValues, claims }: Pick<Requested, "acrValues" | "claims">): AskedAcr => {
  const claim = claims?.id_token?.acr ?? claims?.userinfo?.acr ?? null;
  const listed = [claim?.value, ...(claim?.values ?? [])].filter((one) => typeof one === "string");
  if (claim?.essential === true) return { values: listed, isNecessary: listed.length > 0 };
  const values = listed.length > 0 ? listed : acrValues;
  return { values, isNecessary: values.some((one) => acrValuesSupported.includes(one)) };
};

type Asking = Pick<Requested, "acrValues" | "claims">;

/** The class that the sign-in is said to be of: one that was asked for if it is of that, else its strongest; never a lie. */
export const acrFor = (requested: Asking, amr: readonly string[]): string | null => {
  const reached = met(amr);
  return askedAcr(requested).values.find((one) => reached.includes(one)) ?? reached[0] ?? null;
};

/** Whether the methods by which the user has been authenticated are as strong as the request demands. */
export const isAcrMet = (requested: Asking, amr: readonly string[]): boolean => {
  const { values, isNecessary } = askedAcr(requested);
  return !isNecessary || met(amr).some((one) => values.includes(one));
};
