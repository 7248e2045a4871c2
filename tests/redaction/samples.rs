//! What goes and what stays. Every secret here is made up.

use sentinel::redact::tokens::TOKENS;

/// One of every published form, the same every time.
pub fn tokens() -> Vec<(&'static str, String)> {
    // Different digits and letters in turns, as random ones are.
    let mut state = 0x9e37_79b9_u32;
    let mut random = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as u8
    };
    TOKENS
        .iter()
        .map(|token| (token.rule, token.sample(&mut random)))
        .collect()
}

/// A line, and what of it is secret.
pub const PLACES: &[(&str, &str)] = &[
    // Variables, as shells, CI systems and programs print them.
    ("DB_PASSWORD=correcthorsebattery", "correcthorsebattery"),
    (
        "export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY1",
        "wJalrXUtnFEMI/K7MDENG/bPxRfiCYzzzzzzKEY1",
    ),
    (
        "  COVERAGE_TOKEN: 4d1f9a7e-3c52-4b86-9e0d-7a61c8f2b035",
        "4d1f9a7e-3c52-4b86-9e0d-7a61c8f2b035",
    ),
    (
        "DD_API_KEY=3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
        "3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
    ),
    (
        "HEROKU_API_KEY=01234567-89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdef",
    ),
    (
        "CLOUDFLARE_API_TOKEN=q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk",
        "q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk",
    ),
    (
        "VAULT_TOKEN=s.q7ZpX2vK9sLw4TbN8mRdC1yH",
        "s.q7ZpX2vK9sLw4TbN8mRdC1yH",
    ),
    (
        "TWILIO_AUTH_TOKEN='3f9a1b7c5d2e8f604a6b9c1d3e5f7a80'",
        "3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
    ),
    (
        "twilio key SK3f9a1b7c5d2e8f604a6b9c1d3e5f7a80 is used",
        "SK3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
    ),
    (
        "logging in to discord with MTk4NjIyNDgzNDcxOTI1MjQ4.GuQ4lw.q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5x",
        "MTk4NjIyNDgzNDcxOTI1MjQ4.GuQ4lw.q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5x",
    ),
    ("DEPLOY_TOKEN_PROD=q7ZpX2vK9sLw", "q7ZpX2vK9sLw"),
    ("SMTP_PASS=hunter2hunter2", "hunter2hunter2"),
    // JSON, YAML, properties, Ruby, XML, JSON in a string.
    (r#""client_secret": "s3cr3tvalue99","#, "s3cr3tvalue99"),
    (r#"{"password":"hunter22","user":"bob"}"#, "hunter22"),
    (
        r#"body: "{\"password\":\"hunter22\",\"user\":\"bob\"}""#,
        "hunter22",
    ),
    ("api-key: 0123456789abcdef", "0123456789abcdef"),
    ("  db_password: hunter22", "hunter22"),
    ("spring.datasource.password=hunter22", "hunter22"),
    (
        r#"{:password=>"7e1b9c4d2f6a8035", :active=>true}"#,
        "7e1b9c4d2f6a8035",
    ),
    ("<server><password>hunter22</password></server>", "hunter22"),
    (
        r#"{"auths":{"registry.example.org":{"auth":"Ym9iOmh1bnRlcjIyMg"}}}"#,
        "Ym9iOmh1bnRlcjIyMg",
    ),
    (
        "AccountName=x;AccountKey=q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk+/Zb0w==;EndpointSuffix=y",
        "q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk+/Zb0w==",
    ),
    (
        "Endpoint=sb://x/;SharedAccessKey=q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk0=",
        "q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk0=",
    ),
    (
        "Server=db;User Id=sa;Password=yourStrong(!)Password1;Encrypt=no",
        "yourStrong(!)Password1",
    ),
    // Files of registries and machines.
    (
        "//registry.npmjs.org/:_authToken=01234567-89ab-cdef-0123-456789abcdef",
        "01234567-89ab-cdef-0123-456789abcdef",
    ),
    (
        "//npm.example.org/:_auth=Ym9iOmh1bnRlcjIyMg",
        "Ym9iOmh1bnRlcjIyMg",
    ),
    (
        "machine api.example.org login bob password hunter22",
        "hunter22",
    ),
    ("ENV DB_PASSWORD hunter22", "hunter22"),
    // Addresses.
    ("postgres://admin:hunter22@db:5432/x", "hunter22"),
    (
        "git clone https://bob:hunter22@example.org/a.git",
        "hunter22",
    ),
    ("redis://:hunter22@cache:6379", "hunter22"),
    (
        "https://q7ZpX2vK9sLw4TbN8mRd@example.org/a.git",
        "q7ZpX2vK9sLw4TbN8mRd",
    ),
    (
        "https://q7ZpX2vK9sLw4TbN8mRd:x-oauth-basic@example.org/a.git",
        "q7ZpX2vK9sLw4TbN8mRd:x-oauth-basic",
    ),
    ("amqp://bob:p@ss-w0rd@mq/vhost", "p@ss-w0rd"),
    (
        "GET /x?api_key=3f9a1b7c5d2e8f604a6b&page=2",
        "3f9a1b7c5d2e8f604a6b",
    ),
    (
        "https://x.blob.core.windows.net/c?sv=2020&sig=q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk0w%3D&se=2031",
        "sig=q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk0w%3D",
    ),
    // Headers.
    (
        "Authorization: Bearer q7ZpX2vK9sLw4TbN8mRd",
        "q7ZpX2vK9sLw4TbN8mRd",
    ),
    ("authorization: Basic Ym9iOmh1bnRlcjIy", "Ym9iOmh1bnRlcjIy"),
    (
        "curl -H 'Authorization: token 3f9a1b7c5d2e8f60' https://x",
        "3f9a1b7c5d2e8f60",
    ),
    (
        r#""Authorization": "Bearer q7ZpX2vK9sLw4TbN8mRd","#,
        "q7ZpX2vK9sLw4TbN8mRd",
    ),
    ("sent bearer q7ZpX2vK9sLw4TbN8mRd", "q7ZpX2vK9sLw4TbN8mRd"),
    (
        "> Cookie: session=q7ZpX2vK9sLw4TbN8mRd; theme=dark",
        "session=q7ZpX2vK9sLw4TbN8mRd; theme=dark",
    ),
    ("Set-Cookie: sid=abc123; Path=/", "sid=abc123; Path=/"),
    ("-H 'Cookie: a=b' https://x", "a=b"),
    ("X-API-Key: 3f9a1b7c5d2e8f60", "3f9a1b7c5d2e8f60"),
    (
        "PRIVATE-TOKEN: q7ZpX2vK9sLw4TbN8mRd",
        "q7ZpX2vK9sLw4TbN8mRd",
    ),
    (
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3o",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3o",
    ),
    // SQL.
    (
        "psql -c \"CREATE USER bob WITH PASSWORD 'hunter22'\"",
        "hunter22",
    ),
    (
        "CREATE USER 'bob'@'%' IDENTIFIED BY 'hunter22';",
        "hunter22",
    ),
    // Command lines.
    ("deploy --token abcdefgh1234 --force", "abcdefgh1234"),
    ("mysql --password=hunter22 -e 'select 1'", "hunter22"),
    (
        "java -Dsonar.token=3f9a1b7c5d2e8f60 -jar x.jar",
        "3f9a1b7c5d2e8f60",
    ),
    (
        "docker login -u bob -p hunter22 registry.example.org",
        "hunter22",
    ),
    ("sshpass -p hunter22 ssh bob@host", "hunter22"),
    ("curl -u bob:hunter22 https://example.org", "hunter22"),
    ("curl --user bob:hunter22 https://example.org", "hunter22"),
];

/// Lines as logs are full of.
pub const SAME: &[&str] = &[
    "error[E0308]: mismatched types",
    "token: ${{ secrets.GITHUB_TOKEN }}",
    "token: ***",
    "password: $PASSWORD",
    "password=<masked>",
    "password=[secure]",
    "DB_PASSWORD=%DB_PASSWORD%",
    "PASSWORD=",
    "PASSWORD= ./run.sh",
    "token: string",
    "token?: string | undefined;",
    "password: required",
    "password=None",
    "password=password",
    "password = os.environ['DB_PASSWORD']",
    "const token = generateToken(16);",
    "secret: secrets.FOO",
    "self.token = user.access_token",
    "CancellationToken token = source.Token;",
    "nextToken: q7ZpX2vK9sLw4TbN8mRd",
    "Cache restored from key: Linux-node-3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
    "cache-key: 3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
    "node-key-3f9a1b7c5d2e8f604a6b9c1d3e5f7a80.tar",
    "primary_key: 3f9a1b7c5d2e8f604a6b9c1d3e5f7a80",
    "server-password: GITHUB_TOKEN",
    "GITHUB_TOKEN_FILE=/run/secrets/token",
    "private_key_path: /etc/ssl/private/key.pem",
    "TOKEN_COUNT=123456789",
    "max_token: 4096",
    "  --> src/auth/token.rs:12:5",
    "unexpected token: `}`",
    "SyntaxError: Unexpected token < in JSON at position 0",
    "expected token: identifier, found token: number",
    "Password: incorrect, try again",
    "== 20190101 DropSharedPassword: migrating ==============",
    "AddColumnToAccessToken: migrated (0.0012s)",
    "commit 2e1838e5c7d4f6a8b9c0d1e2f3a4b5c6d7e8f901",
    "https://github.com/acme/widget/actions/runs/1",
    "git clone https://bob@example.org/a.git",
    "https://***:***@example.org",
    "https://gitlab-ci-token:[MASKED]@example.org/a.git",
    "https://x:$TOKEN@example.org and https://x:${TOKEN}@example.org",
    "docker://alpine:3.8@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "npm notice react@18.2.0 http://localhost:3000/@scope/name",
    "mail bob@example.org, ssh://git@example.org:22/a",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "\"integrity\": \"sha512-q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk0w9q7ZpX2vK9sLw4TbN8mRdC1yHf6JgAeU3oViQ5xSk0w==\",",
    "checksum = \"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08\"",
    "request 01234567-89ab-cdef-0123-456789abcdef failed",
    "the secret of good code is tests",
    "Authorization: Bearer $TOKEN",
    "AUTHORIZATION: basic ***",
    "'Authorization': 'Bearer ' + token",
    "user is not authorized: admin",
    "jar of cookie:           ac",
    "cookie: the jar is empty",
    "docker login failed: denied",
    "docker run -u 1000:1000 alpine",
    "npm_config_cache=/home/runner/.npm npm_package_name=widget",
    "task-runner-started-with-99-workers-and-risk-assessment-4",
    "running disk-usage-2024 risk-level-high-priority-queue",
    "test auth::token_is_refreshed ... ok",
    "keyring, monkey, turkey=12345678",
    "-----BEGIN CERTIFICATE-----",
    "MIIDdzCCAl+gAwIBAgIEAgAAuTANBgkqhkiG9w0BAQUFADBaMQswCQYDVQQGEwJJ",
    "-----END CERTIFICATE-----",
    "PWD=/home/runner/work OLDPWD=/home/runner",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC7vbqajDhA bob@host",
    "pass: 12, fail: 0",
    "PASS: test_42",
    "tests passed=120 bypass=true compass: north",
    "pkg.key=value and build.key: some-words-here",
    "##[group]Run actions/checkout@v4",
];
