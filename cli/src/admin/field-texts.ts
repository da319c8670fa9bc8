/** How a field of the admin API is called on the command line, and what its help says. */
export interface FieldText {
  /** Where it is not the field's own name with hyphens. */
  readonly flag?: string;
  /** The placeholder of its value. */
  readonly value?: string;
  readonly help: string;
  /** Parses its text, where its schema does not tell how. `before` is what came of the one before, where there are several. */
  readonly parse?: ((text: string, before?: unknown) => unknown) | undefined;
  /** Resolves to what the text that was parsed stands for: a file's contents. */
  readonly load?: (text: string, input: NodeJS.ReadableStream) => Promise<unknown>;
}

/** By the fields' names, which mean the same in all commands. A command says what is particular to it. */
export const fieldTexts: Readonly<Record<string, FieldText>> = {
  id: { help: 'its id' },
  name: { value: 'text', help: 'what people call it' },
  organisation_id: { flag: 'organisation', value: 'id', help: 'the organisation' },
  team_id: { flag: 'team', value: 'id', help: 'the team' },
  user_id: { flag: 'user', value: 'id', help: 'the user' },
  email: { value: 'address', help: 'the e-mail address' },
  status: { value: 'status', help: 'in use, or stopped for the time being' },
  time_zone: { value: 'name', help: 'in which days and months begin, as Asia/Ho_Chi_Minh' },
  allowed_models: { value: 'a,b', help: 'models, as gpt-5*,anthropic/*' },
  allowed_providers: { value: 'a,b', help: 'providers, for the targets of stored configs too' },
  allowed_configs: { value: 'a,b', help: 'stored configs that requests may name' },
  inline_configs: { help: 'requests may bring a config of their own' },
  custom_hosts: { value: 'a,b', help: 'hosts that such a config may name, as llm.example.com:8443' },
  allowed_addresses: { value: 'a,b', help: 'where requests may come from, as 10.0.0.0/8' },
  config: { value: 'name', help: 'the routing config of requests that name none' },
  guardrail_policy: {
    value: 'name',
    help: 'the guardrail policy that requests have to pass, as report, balanced or strict',
  },
  cache: {
    value: 'mode',
    help: 'what the cache may do for requests that do not say: off, exact or semantic',
  },
  metadata: { value: 'key=value', help: 'what is kept with every request, several times for several' },
  tags: { value: 'a,b', help: 'by which budgets and reports take keys together' },
  tag: { value: 'tag', help: 'with this tag' },
  expires_at: { flag: 'expires', value: 'time', help: 'when it ends: in 30d, or at 2027-01-31T12:00:00Z' },
  grace_seconds: {
    flag: 'grace',
    value: 'duration',
    help: 'for how long the former secrets are still accepted, at most 30d (default: 24h)',
  },
  provider: { value: 'name', help: 'the provider, as openai' },
  enabled: { help: 'it is used' },
  scopes: { value: 'a,b', help: 'what the key may do' },
  revision: { help: 'which of its revisions' },
  action: { value: 'action', help: 'of this kind, as key.create' },
  actor: { value: 'id', help: 'by this admin key; "environment" is the one of WEIR_ADMIN_KEY' },
  target: { value: 'id', help: 'of what has this id' },
  team: { value: 'id', help: 'of this team' },
  user: { value: 'id', help: 'of this user' },
  key: { value: 'id', help: 'of this virtual key' },
  model: { value: 'name', help: "of this model, by the provider's name for it" },
  key_id: { flag: 'key', value: 'id', help: 'of this virtual key' },
  namespace: { value: 'name', help: 'of this namespace, as requests name it in x-weir-cache-namespace' },
  all: { help: 'everything' },
  end_user: { value: 'name', help: 'of this end user, as requests name it' },
  outcome: { value: 'outcome', help: 'ok, cancelled, or an error code' },
  request_id: { flag: 'request', value: 'id', help: 'of this request: the x-request-id of its answer' },
  group_by: {
    value: 'a,b',
    help: 'organisation, team, user, key, model, provider, tag or end_user, or several',
  },
  interval: { value: 'interval', help: 'a row for each' },
  from: { value: 'time', help: 'since then: 7d ago, or 2027-01-31T12:00:00Z' },
  to: { value: 'time', help: 'until then' },
};
