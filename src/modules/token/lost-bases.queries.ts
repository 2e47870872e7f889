import { sql } from "kysely";

/**
 * How much of what the grant of the token `t` stands on is gone: grants revoked, users or their organizations not active,
 * personal access tokens removed. Only exchanged grants (RFC 8693) stand on anything; others cost one look into an index.
 */
export const lostBases = sql<number>`(
  select count(*) from grant_bases b
  left join oidc_sessions bg on b.kind = 'grant' and bg.instance_id = b.instance_id and bg.grant_id = b.base_id
  left join users bu on b.kind = 'user' and bu.instance_id = b.instance_id and bu.user_id = b.base_id
  left join orgs bo on bo.instance_id = bu.instance_id and bo.org_id = bu.org_id
  left join tokens bt on b.kind = 'pat' and bt.instance_id = b.instance_id and bt.kind = 'pat' and bt.id = b.base_id
  where b.instance_id = t.instance_id and b.grant_id = t.grant_id and not (
    (b.kind = 'grant' and coalesce(bg.state, '') = 'active')
    or (b.kind = 'user' and coalesce(bu.state, '') = 'active' and coalesce(bo.state, '') = 'active')
    or (b.kind = 'pat' and bt.id is not null)
  )
)`;
