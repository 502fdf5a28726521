import Catalogs
import Documents

extension Scenario {
  /// What a scenario file holds: from it come the validation, the reference page and the JSON Schema.
  public static let schema = Schema.object(
    ObjectSchema(
      title: "scenario",
      summary: """
        A load test of sessions: each arrives on a schedule, whatever the service does, and goes through its steps. \
        `{{name}}` is filled by a column of `data`, by `values`, or by what an earlier step has taken out of an answer; \
        `{{uuid}}`, `{{row}}` (requests so far), `{{session}}` (its number), `{{now}}` (milliseconds since 1970), \
        `{{random:1:100}}` and `{{prompt:500}}` (about so many tokens of text; `{{prompt:{{column}}}}` as many as a \
        column says) need none; `{{env:NAME}}` is a variable of the environment and `{{file:PATH}}` the text of a file, \
        for what must not stand here. Values are percent-encoded in paths and forms, and escaped inside strings of JSON.
        """,
      fields: [
        Field("scenario", "its name", .string, required: true, example: "checkout"),
        Field(
          "service", "the address that paths belong to; the one on the command line goes before", .string,
          example: "http://localhost:8080"),
        Field("headers", "headers of every request", .map(scalar), example: "{ Accept: application/json }"),
        Field("cookies", "whether a session sends back the cookies it was given", .boolean, default: "true"),
        Field(
          "compressed", "whether compressed answers are asked for; they are unpacked where a step reads the body",
          .boolean, default: "false"),
        Field(
          "data",
          "rows of which each session gets one: a file (CSV with a header, or NDJSON; beside this file), or files by name",
          .any(
            of: [.string, .map(.any(of: [.string, rows], description: "a file, or { file, order }"))],
            description: "a file, or files by name"), example: "{ users: users.csv }"),
        Field("values", "values that are the same for all sessions", .map(scalar), example: "{ version: v2 }"),
        Field("stages", "new sessions a second, one stretch behind the other", .list(stage), required: true),
        Field(
          "arrivals", "how sessions are spaced: evenly, as independent users come, or in bursts",
          .choice(["constant", "poisson", "bursts"]), default: "poisson"),
        Field("steps", "what a session does, where all do the same", .list(step)),
        Field("sessions", "several kinds of sessions by name, each with its share", .map(kind)),
        Field(
          "connections", "the most connections at a time, which sessions share unless each has its own",
          .bounded(.integer, minimum: 1, maximum: 50_000), default: "100"),
        Field(
          "session connections",
          "whether each session has a connection of its own, opened with its first step and closed behind its last",
          .boolean, default: "false"),
        Field(
          "http2", "whether HTTP/2 is spoken: agreed on in TLS, known beforehand without", .boolean, default: "false"),
        Field(
          "streams", "the most requests at a time on each HTTP/2 connection; one where sessions have their own",
          .bounded(.integer, minimum: 1, maximum: 1_000_000), default: "10"),
        Field("timeout", "how long the service has to answer a request", UnitSchema.span, default: "10s"),
        Field("warmup", "the beginning that is left out of the figures", UnitSchema.span, default: "0s"),
        Field(
          "patience", "how long sessions may go on behind the last stage", UnitSchema.span, default: "30s"),
        Field(
          "expect",
          "thresholds, of everything or of a step, a kind of session or a status; exit code 2 where one is missed",
          .list(.string), example: "[login p99 < 1s, errors < 0.1%, status 200 p95 < 300ms]"),
      ]))

  private static let scalar = Schema.any(of: [.string, .number, .boolean], description: "text or a number")

  private static let rows = Schema.object(
    ObjectSchema(
      title: "rows",
      fields: [
        Field("file", "a CSV file with a header, or NDJSON", .string, required: true, example: "users.csv"),
        Field("order", "which row a session gets", .choice(["in turn", "random"]), default: "in turn"),
      ]))

  private static let stage = Schema.object(
    ObjectSchema(
      title: "stage",
      summary: "`rate` holds, `to` goes there evenly from where the last stage ended, `from` begins elsewhere.",
      fields: [
        Field("rate", "new sessions a second, all the time", UnitSchema.rate, example: "50/s"),
        Field("from", "at its beginning", UnitSchema.rate, example: "0/s"),
        Field("to", "at its end", UnitSchema.rate, example: "50/s"),
        Field("for", "how long", UnitSchema.span, required: true, example: "2m"),
      ]))

  private static let kind = Schema.object(
    ObjectSchema(
      title: "kind of session",
      fields: [
        Field("weight", "its share of the sessions, against the others'", .number, default: "1"),
        Field("steps", "what it does", .list(step), required: true),
      ]))

  /// The keys that name a request: a method and a path.
  static let methods = ["get", "post", "put", "patch", "delete", "head", "options"]

  private static let step = Schema.object(
    ObjectSchema(
      title: "step", summary: "A request: exactly one of the methods, with its path.",
      fields: [
        Field("name", "what its figures stand under; the method and path where absent", .string, example: "login")
      ]
        + methods.map {
          Field(
            $0, "\($0.uppercased()) this path", .string,
            example: $0 == "post" ? "/login" : $0 == "get" ? "/items/{{item}}" : nil)
        }
        + [
          Field("headers", "headers of this request", .map(scalar), example: "{ Authorization: 'Bearer {{token}}' }"),
          Field("json", "a body of JSON, written as YAML", .anything, example: "{ user: '{{name}}' }"),
          Field("form", "a body as a form sends it", .map(scalar), example: "{ user: '{{name}}' }"),
          Field("body", "a body as it is, or @FILE", .string),
          Field("take", "values for later steps, by name", .map(take)),
          Field("check", "what the answer must be", check),
          Field(
            "think", "the pause behind it: a time, or a range from which each session draws", .string,
            example: "1s to 3s", default: "0s"),
          Field("times", "how often it is done", .bounded(.integer, minimum: 1, maximum: 1_000_000), default: "1"),
          Field("follow", "how many redirects are followed", .bounded(.integer, minimum: 0, maximum: 20), default: "0"),
          Field(
            "if failed", "whether the session ends or goes on where the step failed", .choice(["end", "go on"]),
            default: "end"),
        ]))

  private static let take = Schema.object(
    ObjectSchema(
      title: "take", summary: "Where a value stands in the answer. What is not found fails the step.",
      fields: [
        Field("json", "a JSON pointer into the body (RFC 6901)", .string, example: "/token"),
        Field("header", "a header", .string, example: "Location"),
        Field(
          "pattern",
          "a regular expression (POSIX extended, with \\d, \\w, \\s and (?:)); its first group is the value. "
            + "Of the body, or of the header where one is named",
          .string, example: "name=\"csrf\" value=\"([^\"]+)\""),
      ]))

  private static let check = Schema.object(
    ObjectSchema(
      title: "check", summary: "Without a check of the status, 400 and above fails.",
      fields: [
        Field(
          "status", "a status, a class of them, or a list",
          .any(
            of: [.integer, .string, .list(.any(of: [.integer, .string], description: "a status"))],
            description: "a status, as 200 or 2xx, or a list"),
          example: "[200, 201]"),
        Field(
          "contains", "a text that the body has",
          .any(of: [.string, .list(.string)], description: "a text, or a list"), example: "\"ok\""),
        Field(
          "lacks", "a text that the body has not",
          .any(of: [.string, .list(.string)], description: "a text, or a list"), example: "error"),
        Field("matches", "a pattern that the body matches", .string),
        Field("json", "values by JSON pointer", .map(scalar), example: "{ /ok: true }"),
        Field("headers", "texts that headers contain, by name", .map(scalar), example: "{ Content-Type: json }"),
        Field("within", "how long it may take from when it was due", UnitSchema.span, example: "500ms"),
      ]))

  /// The reference page of the file's keys.
  public static var reference: String { schema.markdown(title: "The scenario file", level: 1) }

  /// A whole file to start from.
  public static let example = """
    scenario: checkout
    service: http://localhost:8080
    headers: { Accept: application/json }
    data: { users: users.csv }
    arrivals: poisson
    stages:
      - { to: 50/s, for: 30s }
      - { rate: 50/s, for: 2m }
      - { to: 0/s, for: 30s }
    sessions:
      buyer:
        weight: 3
        steps:
          - name: login
            post: /login
            json: { user: "{{users.name}}", password: "{{users.password}}" }
            take: { token: { json: /token } }
            check: { status: 200 }
            think: 1s to 3s
          - name: cart
            post: /cart
            headers: { Authorization: "Bearer {{token}}" }
            json: { item: "{{random:1:500}}" }
            take: { order: { header: Location, pattern: "/orders/([0-9]+)" } }
            check: { status: 201 }
          - name: order
            get: /orders/{{order}}
            headers: { Authorization: "Bearer {{token}}" }
            check: { json: { /state: open } }
      visitor:
        weight: 7
        steps:
          - { name: home, get: /, think: 2s }
          - { name: search, get: "/search?q={{uuid}}", check: { lacks: error } }
    expect:
      - login p99 < 1s
      - visitor p99 < 500ms
      - errors < 0.1%

    """
}
