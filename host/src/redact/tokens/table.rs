//! The table itself, provider by provider.

use super::super::class::{ALNUM, BASE64, Class, DIGIT, DOTTED, ESCAPED, HEX, SLUG};
use super::{Token, after, alone, exact, judged, open, random};

/// Every form known.
#[rustfmt::skip]
pub static TOKENS: &[Token] = &[
    // GitHub: "Authenticating to GitHub", token formats.
    open("github", "ghp_", &ALNUM, 30),
    open("github", "gho_", &ALNUM, 30),
    open("github", "ghu_", &ALNUM, 30),
    open("github", "ghs_", &SLUG_DOTS, 30),
    open("github", "ghr_", &ALNUM, 30),
    open("github", "github_pat_", &SLUG, 40),
    // GitLab: "Token overview", token prefixes. Routable tokens have dots.
    open("gitlab", "glpat-", &DOTTED, 20),
    open("gitlab", "gldt-", &DOTTED, 20),
    open("gitlab", "glrt-", &DOTTED, 20),
    open("gitlab", "glrtr-", &DOTTED, 20),
    open("gitlab", "glptt-", &DOTTED, 20),
    open("gitlab", "glcbt-", &DOTTED, 20),
    open("gitlab", "glft-", &DOTTED, 20),
    open("gitlab", "glsoat-", &DOTTED, 20),
    open("gitlab", "glagent-", &DOTTED, 20),
    open("gitlab", "glimt-", &DOTTED, 20),
    open("gitlab", "gloas-", &DOTTED, 20),
    open("gitlab", "glffct-", &DOTTED, 20),
    open("gitlab", "glwt-", &DOTTED, 20),
    open("gitlab", "GR1348941", &SLUG, 20),
    // Atlassian: "API tokens", "Repository access tokens" (Bitbucket), "HTTP
    // access tokens" (Bitbucket Data Center).
    open("atlassian", "ATATT3", &ATLASSIAN, 60),
    open("atlassian", "ATCTT3", &ATLASSIAN, 60),
    open("atlassian", "ATBB", &ALNUM, 24),
    open("atlassian", "BBDC-", &BASE64, 40),
    // AWS: "IAM identifiers", unique ID prefixes; Bedrock API keys.
    exact("aws", "AKIA", &ALNUM, 16),
    exact("aws", "ASIA", &ALNUM, 16),
    exact("aws", "ABIA", &ALNUM, 16),
    exact("aws", "ACCA", &ALNUM, 16),
    open("aws", "ABSK", &BASE64, 100),
    // Azure: "Application credentials", SAS ("Create a service SAS").
    after(3, &ALNUM, open("azure", "7Q~", &TILDED, 30)),
    after(3, &ALNUM, open("azure", "8Q~", &TILDED, 30)),
    open("azure", "sig=", &ESCAPED, 43),
    // Google: "Best practices for API keys", OAuth 2.0 client secrets and tokens.
    exact("google", "AIza", &SLUG, 35),
    open("google", "GOCSPX-", &SLUG, 20),
    open("google", "ya29.", &SLUG, 30),
    judged("google", "1//0", &SLUG, 40),
    // Slack: "Tokens", "Sending messages using incoming webhooks".
    open("slack", "xoxa-", &SLUG, 10),
    open("slack", "xoxb-", &SLUG, 10),
    open("slack", "xoxc-", &SLUG, 10),
    open("slack", "xoxd-", &SLUG, 10),
    open("slack", "xoxe-", &SLUG, 10),
    open("slack", "xoxe.", &DOTTED, 10),
    open("slack", "xoxo-", &SLUG, 10),
    open("slack", "xoxp-", &SLUG, 10),
    open("slack", "xoxr-", &SLUG, 10),
    open("slack", "xoxs-", &SLUG, 10),
    open("slack", "xapp-", &SLUG, 10),
    open("slack", "hooks.slack.com/services/", &BASE64, 20),
    open("slack", "hooks.slack.com/workflows/", &BASE64, 20),
    open("slack", "hooks.slack.com/triggers/", &BASE64, 20),
    // Stripe: "API keys", webhook signing secrets.
    open("stripe", "sk_live_", &ALNUM, 10),
    open("stripe", "sk_test_", &ALNUM, 10),
    open("stripe", "rk_live_", &ALNUM, 10),
    open("stripe", "rk_test_", &ALNUM, 10),
    open("stripe", "whsec_", &BASE64, 24),
    // Package registries: npm "About access tokens", PyPI "Project API tokens"
    // (macaroons), crates.io, RubyGems "API key", NuGet "API keys", Docker Hub
    // "Personal access tokens", JFrog "Access tokens".
    exact("npm", "npm_", &ALNUM, 36),
    open("pypi", "pypi-AgE", &SLUG, 50),
    random(exact("crates.io", "cio", &ALNUM, 32)),
    exact("rubygems", "rubygems_", &HEX, 48),
    random(exact("nuget", "oy2", &ALNUM, 43)),
    open("docker", "dckr_pat_", &SLUG, 20),
    open("docker", "dckr_oat_", &SLUG, 20),
    random(open("jfrog", "AKCp", &ALNUM, 60)),
    random(open("jfrog", "cmVmdGtu", &ALNUM, 50)),
    // Clouds and hosting: Heroku "OAuth", DigitalOcean "Create a personal
    // access token", Cloudflare "Token formats" and Origin CA keys, Databricks,
    // Alibaba Cloud, Fly.io, Netlify, PlanetScale, Pulumi, Tailscale, Render.
    open("heroku", "HRKU-", &SLUG, 36),
    exact("digitalocean", "dop_v1_", &HEX, 64),
    exact("digitalocean", "doo_v1_", &HEX, 64),
    exact("digitalocean", "dor_v1_", &HEX, 64),
    open("cloudflare", "cfk_", &ALNUM, 40),
    open("cloudflare", "cfut_", &ALNUM, 40),
    open("cloudflare", "cfat_", &ALNUM, 40),
    open("cloudflare", "v1.0-", &HEX_DASHED, 150),
    open("databricks", "dapi", &HEX_DASHED, 32),
    random(exact("alibaba", "LTAI", &ALNUM, 20)),
    open("fly.io", "fo1_", &SLUG, 40),
    open("fly.io", "fm1_", &BASE64, 60),
    open("fly.io", "fm2_", &BASE64, 60),
    open("netlify", "nfp_", &ALNUM, 36),
    open("planetscale", "pscale_tkn_", &DOTTED, 32),
    open("planetscale", "pscale_pw_", &DOTTED, 32),
    open("planetscale", "pscale_oauth_", &DOTTED, 32),
    exact("pulumi", "pul-", &HEX, 40),
    open("tailscale", "tskey-", &SLUG, 20),
    // Secrets and infrastructure: HashiCorp Vault "Tokens", HCP Terraform "API
    // tokens", Doppler, 1Password service accounts.
    open("vault", "hvs.", &SLUG, 24),
    open("vault", "hvb.", &SLUG, 24),
    open("vault", "hvr.", &SLUG, 24),
    after(14, &ALNUM, open("terraform", ".atlasv1.", &SLUG, 60)),
    open("doppler", "dp.pt.", &ALNUM, 40),
    open("doppler", "dp.st.", &DOTTED, 40),
    open("doppler", "dp.ct.", &ALNUM, 40),
    open("doppler", "dp.sa.", &ALNUM, 40),
    open("1password", "ops_eyJ", &BASE64, 200),
    // Watching: Grafana "Service account tokens" and its older API keys, Sentry
    // "Auth tokens", New Relic, SonarQube, Dynatrace, PagerDuty by position.
    open("grafana", "glsa_", &SLUG, 40),
    open("grafana", "glc_", &BASE64, 32),
    open("grafana", "eyJrIjoi", &BASE64, 60),
    open("sentry", "sntrys_", &SENTRY, 60),
    exact("sentry", "sntryu_", &HEX, 64),
    open("newrelic", "NRAK-", &ALNUM, 27),
    exact("sonar", "sqp_", &HEX, 40),
    exact("sonar", "squ_", &HEX, 40),
    exact("sonar", "sqa_", &HEX, 40),
    open("dynatrace", "dt0c01.", &DOTTED, 60),
    // Mail and messages: SendGrid, Mailgun, Twilio by its position and form,
    // Brevo, Telegram "Bots", Discord webhooks.
    open("sendgrid", "SG.", &DOTTED, 50),
    alone(exact("mailgun", "key-", &HEX, 32)),
    open("brevo", "xkeysib-", &HEX_DASHED, 64),
    after(8, &DIGIT, open("telegram", ":AA", &SLUG, 32)),
    open("discord", "/api/webhooks/", &WEBHOOK, 70),
    // Models: Hugging Face, OpenAI, Anthropic and others that say `sk-`, Groq,
    // xAI, Perplexity, Replicate, LangSmith.
    random(exact("huggingface", "hf_", &ALNUM, 34)),
    exact("huggingface", "api_org_", &ALNUM, 34),
    open("anthropic", "sk-ant-", &SLUG, 40),
    open("openai", "sk-proj-", &SLUG, 40),
    open("openai", "sk-svcacct-", &SLUG, 40),
    open("openai", "sk-admin-", &SLUG, 40),
    judged("sk", "sk-", &SLUG, 20),
    open("groq", "gsk_", &ALNUM, 48),
    open("xai", "xai-", &ALNUM, 70),
    open("perplexity", "pplx-", &ALNUM, 40),
    random(exact("replicate", "r8_", &ALNUM, 37)),
    open("langsmith", "lsv2_pt_", &SLUG, 32),
    open("langsmith", "lsv2_sk_", &SLUG, 32),
    // Work: Linear, Notion, Shopify, Postman, Figma, Contentful, CircleCI,
    // Buildkite, Sourcegraph, ReadMe, Typeform, Square.
    open("linear", "lin_api_", &ALNUM, 32),
    open("linear", "lin_oauth_", &ALNUM, 32),
    open("notion", "ntn_", &ALNUM, 40),
    exact("notion", "secret_", &ALNUM, 43),
    exact("shopify", "shpat_", &HEX_ANY, 32),
    exact("shopify", "shpca_", &HEX_ANY, 32),
    exact("shopify", "shppa_", &HEX_ANY, 32),
    exact("shopify", "shpss_", &HEX_ANY, 32),
    open("postman", "PMAK-", &HEX_DASHED, 50),
    open("figma", "figd_", &SLUG, 36),
    open("contentful", "CFPAT-", &SLUG, 43),
    open("circleci", "CCIPAT_", &SLUG, 40),
    open("buildkite", "bkua_", &HEX, 40),
    open("sourcegraph", "sgp_", &SLUG, 40),
    open("readme", "rdme_", &ALNUM, 60),
    open("typeform", "tfp_", &DOTTED, 40),
    open("square", "sq0atp-", &SLUG, 22),
    open("square", "sq0csp-", &SLUG, 43),
    // age: "age-keygen", Bech32 in capitals.
    open("age", "AGE-SECRET-KEY-1", &ALNUM, 50),
];

const SLUG_DOTS: Class = DOTTED;
const HEX_DASHED: Class = HEX.and(b"-");
const HEX_ANY: Class = HEX.and(b"ABCDEF");
const TILDED: Class = DOTTED.and(b"~");
const ATLASSIAN: Class = SLUG.and(b"=");
const SENTRY: Class = BASE64.and(b"_");
const WEBHOOK: Class = SLUG.and(b"/");
