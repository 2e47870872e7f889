import { readBasic } from "./basic.ts";
import { readNone } from "./none.ts";
import { readPost } from "./post.ts";
import type { ReadClientAuth } from "./presented.ts";
import { readPrivateKeyJwt } from "./private-key-jwt.ts";

/** The ways of client authentication that are built. A further one is a file and a line here. */
export const clientAuthMethods: Readonly<Record<string, ReadClientAuth>> = {
  client_secret_basic: readBasic,
  client_secret_post: readPost,
  private_key_jwt: readPrivateKeyJwt,
  none: readNone,
};
