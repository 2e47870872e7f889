/** The few calls of Munot's API that the demo needs: plain Connect JSON over fetch, as any language could do it. */
export const munotApi = (baseUrl: string, token: string) => {
  const call = async (method: string, message: object): Promise<Record<string, unknown>> => {
    const response = await fetch(`${baseUrl}/${method}`, {
      method: "POST",
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      body: JSON.stringify(message),
    });
    const answer: unknown = await response.json();
    if (!response.ok) throw new Error(`${method} answered ${response.status}: ${JSON.stringify(answer)}`);
    // The answer of a Connect call in JSON is an object.
    return answer as Record<string, unknown>;
  };
  const textOf = (answer: Record<string, unknown>, key: string): string => {
    const value = answer[key];
    if (typeof value !== "string") throw new Error(`no ${key} in ${JSON.stringify(answer)}`);
    return value;
  };

  return {
    addOrganization: async (name: string) =>
      textOf(await call("zitadel.org.v2.OrganizationService/AddOrganization", { name }), "organizationId"),
    addUser: (
      organizationId: string,
      person: { userName: string; givenName: string; familyName: string; email: string; password: string },
    ) =>
      call("zitadel.user.v2.UserService/AddHumanUser", {
        organization: { orgId: organizationId },
        username: person.userName,
        profile: { givenName: person.givenName, familyName: person.familyName },
        email: { email: person.email, isVerified: true },
        password: { password: person.password, changeRequired: false },
      }),
    addProject: async (organizationId: string, name: string) =>
      textOf(await call("zitadel.project.v2beta.ProjectService/CreateProject", { organizationId, name }), "id"),
    addWebApplication: async (projectId: string, name: string, origin: string) => {
      const answer = await call("zitadel.app.v2beta.AppService/CreateApplication", {
        projectId,
        name,
        oidcRequest: {
          redirectUris: [`${origin}/callback`],
          postLogoutRedirectUris: [`${origin}/`],
          responseTypes: ["OIDC_RESPONSE_TYPE_CODE"],
          grantTypes: ["OIDC_GRANT_TYPE_AUTHORIZATION_CODE", "OIDC_GRANT_TYPE_REFRESH_TOKEN"],
          appType: "OIDC_APP_TYPE_WEB",
          authMethodType: "OIDC_AUTH_METHOD_TYPE_BASIC",
          devMode: true,
        },
      });
      // CreateApplication of an OIDC application answers with its client.
      const client = answer.oidcResponse as Record<string, unknown>;
      return { clientId: textOf(client, "clientId"), clientSecret: textOf(client, "clientSecret") };
    },
  };
};
