import { responseModes } from "../../../modules/auth-request/auth-request.events.ts";

/**
 * How the authorization endpoint can answer (OAuth 2.0 Multiple Response Type Encoding Practices §2.1, Form Post Response
 * Mode, JARM §2.3).
 */
export const authorizeResponseModes = [...responseModes, "jwt"] as const;
