import Documents

/// The shapes of what the interface gives and takes.
enum Schemas {
  /// A shape in few words: names with what they hold.
  indirect enum Shape: Sendable {
    case string, number, integer, boolean, date, time
    case optional(Shape)
    case list(Shape)
    case named(String)
    /// Keys that are always there; others may come.
    case object([(String, Shape)])
    /// Anything else.
    case anything
    case estimate
  }

  static let all: [(name: String, shape: Shape)] = [
    (
      "Problem",
      .object([("type", .string), ("title", .string), ("status", .integer), ("detail", .string)])
    ),
    (
      "Exhaustion",
      .object([
        ("capacity", .number), ("expected", .optional(.date)), ("earliest", .optional(.date)),
        ("latest", .optional(.date)),
        ("probability", .number), ("until", .date), ("room", .number), ("headroom_now", .number),
        ("missing_replicas", .optional(.integer)), ("add_by", .optional(.date)), ("request_quota_by", .optional(.date)),
        ("order", .list(.object([("machine", .optional(.string)), ("count", .integer)]))),
      ])
    ),
    (
      "Services",
      .object([
        ("schema", .string), ("headline", .string), ("now", .time),
        (
          "services",
          .list(
            .object([
              ("name", .string), ("link", .string), ("replicas", .integer), ("running", .optional(.integer)),
              ("peak", .estimate), ("planned_headroom", .number), ("exhaustion", .optional(.named("Exhaustion"))),
              ("objectives_met", .boolean), ("objectives_missed", .list(.string)),
              (
                "tightest",
                .optional(.object([("objective", .string), ("margin", .number), ("binding", .string)]))
              ), ("acts", .integer), ("cost_per_month", .optional(.number)), ("currency", .string),
            ]))
        ), ("faults", .list(.object([("name", .string), ("problem", .string)]))),
      ])
    ),
    ("Plan", .object([("schema", .string), ("plan", .string), ("headline", .string), ("sizing", .anything)])),
    (
      "Answer",
      .object([
        ("peak", .estimate), ("headroom", .number), ("provisioned", .number), ("replicas", .integer),
        ("machines", .integer), ("unplaced", .integer), ("policy", .string),
        ("exhaustion", .optional(.named("Exhaustion"))), ("overload_probability", .optional(.number)),
        ("cost_per_month", .optional(.number)), ("flat_per_month", .optional(.number)), ("currency", .string),
        ("verdicts", .list(.anything)), ("findings", .list(.anything)),
      ])
    ),
    (
      "WhatIf",
      .object([
        ("schema", .string), ("plan", .string), ("headline", .string), ("question", .anything),
        ("as_planned", .named("Answer")), ("what_if", .named("Answer")),
      ])
    ),
    (
      "LoadTests",
      .object([
        ("schema", .string),
        ("runs", .list(.object([("run", .integer), ("time", .time), ("name", .string), ("valid", .boolean)]))),
        ("findings", .list(.object([("name", .string), ("severity", .string), ("what", .string)]))),
      ])
    ),
    (
      "Alerts",
      .object([
        ("schema", .string),
        (
          "alerts",
          .list(
            .object([
              ("since", .time), ("key", .string), ("service", .string), ("code", .string), ("severity", .string),
              ("what", .string), ("because", .string), ("remedy", .string), ("by", .optional(.date)), ("link", .string),
            ]))
        ),
      ])
    ),
    ("Forecasts", .object([("schema", .string)])),
    ("Simulation", .object([("schema", .string)] + run)),
    ("Simulations", .object([("schema", .string), ("simulations", .list(.object(run)))])),
  ]

  private static let run: [(String, Shape)] = [
    ("id", .integer), ("service", .string), ("state", .string), ("total", .integer), ("done", .integer),
    ("started", .time), ("ended", .optional(.time)), ("problem", .optional(.string)), ("result", .optional(.anything)),
  ]

  static func write(to json: inout JSONWriter) {
    for (name, shape) in all { json.object(name) { write(shape, to: &$0) } }
    json.object("SimulationRequest") { json in
      json.entry("type", "object")
      json.object("properties") { json in
        json.object("futures") { OpenAPI.schema(.integer(Questions.futures), to: &$0) }
        json.object("what_if") { json in
          json.entry("type", "object")
          json.object("properties") { json in
            for parameter in Routes.whatIf { json.object(parameter.name) { OpenAPI.schema(parameter.kind, to: &$0) } }
          }
          json.entry("additionalProperties", false)
        }
      }
      json.entry("additionalProperties", false)
    }
  }

  private static func write(_ shape: Shape, to json: inout JSONWriter) {
    switch shape {
    case .string: json.entry("type", "string")
    case .number: json.entry("type", "number")
    case .integer: json.entry("type", "integer")
    case .boolean: json.entry("type", "boolean")
    case .date:
      json.entry("type", "string")
      json.entry("format", "date")
    case .time:
      json.entry("type", "string")
      json.entry("format", "date-time")
    case .anything: break
    case .named(let name): json.entry("$ref", "#/components/schemas/\(name)")
    case .estimate:
      write(
        .object([("low", .number), ("mid", .number), ("high", .number), ("confidence", .number)]), to: &json)
    case .optional(let shape):
      json.key("anyOf")
      json.array { json in
        json.object { write(shape, to: &$0) }
        json.object { json in json.entry("type", "null") }
      }
    case .list(let shape):
      json.entry("type", "array")
      json.object("items") { write(shape, to: &$0) }
    case .object(let fields):
      json.entry("type", "object")
      json.key("required")
      json.array { json in for (name, _) in fields { json.string(name) } }
      json.object("properties") { json in
        for (name, shape) in fields { json.object(name) { write(shape, to: &$0) } }
      }
    }
  }
}
