import Documents
import Scaling

/// The plan file, described once: from this come validation, the JSON Schema for editors, and the reference page.
public enum PlanSchema {
  public static let schema = Schema.object(root)

  static let rate = Schema.quantity("rate", examples: ["120/s", "2.5k/s", "7200/min"])
  static let duration = Schema.quantity("span of time", examples: ["45s", "15m", "90d"])
  static let share = Schema.quantity("fraction", examples: ["20%", "0.2"])
  static let yearly = Schema.quantity("fraction per year", examples: ["20%/year", "1.5%/month"])
  static let price = Schema.quantity("price", examples: ["$1.006/h", "$700/month"])

  /// A value with doubt: one number, or low, mid and high.
  static func estimate(of single: Schema, _ name: String, examples: [String]) -> Schema {
    .any(
      of: [
        single,
        .object(
          ObjectSchema(
            title: "estimate", summary: "low, mid and high: the truth lies between low and high with 80 % confidence",
            fields: [
              Field("low", "the 10 % quantile", single, required: true, example: examples[0]),
              Field("mid", "the median", single, required: true, example: examples[1]),
              Field("high", "the 90 % quantile", single, required: true, example: examples[2]),
            ])),
      ], description: "a \(name), or { low, mid, high }")
  }

  static let root = ObjectSchema(
    title: "plan", summary: "A capacity plan: capacity as code, one file in Git.",
    fields: [
      Field("plan", "the plan's name", .string, required: true, example: "recommendations"),
      Field("traffic", "where demand comes from and what will change it", .object(traffic), required: true),
      Field("service", "what one replica can do and what is asked of it", .object(service), required: true),
      Field(
        "headroom", "spare capacity over the expected peak: a share, a scenario by name, or what it must cover",
        .any(
          of: [
            .quantity("fraction or scenario", examples: ["50%"] + HeadroomScenario.all.map { $0.name }), .object(cover),
          ],
          description: "a share, a scenario, or { cover: ... }"), example: "growing product", default: "stable product"),
      Field("scaling", "who changes the number of replicas", .object(scaling)),
      Field("machines", "the machines that replicas run on", .list(.object(machine))),
      Field("prices", "your own prices by machine type", .map(price), example: "{ g5.xlarge: $0.85/h }"),
      Field("regions", "regions with their shares of the demand", .map(.object(region))),
      Field(
        "survive", "what must be able to fail at the peak",
        .quantity("number of failures", examples: ["1 of 3 zones", "1 region"]),
        example: "1 of 3 zones"),
      Field("horizon", "how far ahead to plan", duration, example: "90d", default: "90d"),
      Field("simulation", "the world that the autoscaler is simulated in", .object(simulation)),
      Field("quota lead", "time that a quota request takes", duration, example: "14d", default: "14d"),
    ])

  static let traffic = ObjectSchema(
    title: "traffic", summary: "Demand: a history to measure, or an average to start from.",
    fields: [
      Field("source", "a file or a Prometheus server", .object(source)),
      Field("average", "average rate, where there is no history", rate, example: "30000/s"),
      Field("peak to average", "peak over average, where there is no history", .number, example: "2.5", default: "2.5"),
      Field(
        "unit", "what a value counts: requests per second, or requests in the step",
        .choice(["per second", "per step"]),
        default: "per second"),
      Field("step", "resample to this step", duration, example: "5m"),
      Field(
        "time zone", "the users' clock, for daily and weekly cycles", .string, example: "Europe/Berlin", default: "UTC"),
      Field(
        "growth", "growth of the level; measured in the history where absent",
        estimate(of: yearly, "growth", examples: ["10%/year", "20%/year", "35%/year"]), example: "20%/year"),
      Field("events", "what will lift demand", .list(.object(event))),
    ])

  static let source = ObjectSchema(
    title: "source", summary: "Exactly one of csv, ndjson and prometheus.",
    fields: [
      Field("csv", "a CSV file, also .gz; beside the plan file", .string, example: "traffic.csv"),
      Field("ndjson", "a file with one JSON object a line", .string, example: "traffic.ndjson"),
      Field("prometheus", "the server's address", .string, example: "http://prometheus:9090"),
      Field("time", "the column of times (ISO 8601 or epoch); guessed where absent", .string, example: "time"),
      Field("value", "the column of values; guessed where absent", .string, example: "requests_per_second"),
      Field("query", "PromQL that yields one series", .string, example: "sum(rate(http_requests_total[5m]))"),
      Field("range", "how far back to ask Prometheus", duration, example: "90d", default: "90d"),
      Field("step", "resolution of the answer", duration, example: "1h", default: "1h"),
      Field("bearer token file", "a file with the bearer token", .string),
      Field("bearer token variable", "an environment variable with the bearer token", .string),
      Field("username", "user of basic auth", .string),
      Field("password file", "a file with the password of basic auth", .string),
      Field("password variable", "an environment variable with the password", .string),
    ])

  static let event = ObjectSchema(
    title: "event",
    summary:
      "A day or days of higher demand: a name, or a calendar. A name from the catalog brings its rule, lift and lead time.",
    fields: [
      Field("name", "the event's name", .string, example: "Black Friday"),
      Field(
        "calendar", "instead of a name: an iCalendar file beside the plan; lift and lead hold for entries without one",
        .string, example: "holidays.ics"),
      Field("date", "its first day", .date, example: "2026-11-27"),
      Field(
        "rule", "its first day by a rule",
        .quantity("rule", examples: ["Friday after the fourth Thursday of November", "every 2 weeks from 2026-01-05"])
      ),
      Field(
        "at", "the time of day at which it starts, by the users' clock", .string, example: "18:00", default: "00:00"),
      Field("days", "how many days it lasts", .number, example: "4"),
      Field("duration", "how long it lasts, where days are too coarse", duration, example: "6h"),
      Field(
        "lift", "demand during the event over ordinary demand",
        estimate(of: .quantity("factor", examples: ["4", "4x", "+300%"]), "factor", examples: ["3", "4", "5"]),
        example: "4"),
      Field("lead", "how long before the event to decide", duration, example: "75d"),
    ])

  static let service = ObjectSchema(
    title: "service", summary: "What one replica can do: a measured capacity, or a model of it.",
    fields: [
      Field(
        "capacity", "the rate that one replica carries within its objective",
        estimate(
          of: .quantity("rate per replica", examples: ["2000/s per replica", "2000/s"]), "rate",
          examples: ["1800/s", "2000/s", "2100/s"]), example: "2000/s per replica"),
      Field(
        "measured",
        "instead of capacity: a result of headroom load saturation, or results of headroom load, against one replica",
        .any(of: [.string, .list(.string)], description: "a file, or a list of files"), example: "saturation.json"),
      Field("service time", "mean time to serve one request alone", duration, example: "20ms"),
      Field("concurrency", "requests that one replica serves at a time", .integer, example: "32"),
      Field("utilization", "plan a replica up to this share of its capacity", share, example: "80%", default: "100%"),
      Field("objective", "what is asked of the service", .object(objective)),
      Field("startup", "the stages before a new replica serves", .object(startup)),
      Field("queue", "longest wait before a request is turned away", duration, example: "5s", default: "5s"),
      Field("running", "replicas that run today", .integer, example: "108"),
    ])

  static let objective = ObjectSchema(
    title: "objective", summary: "Latency and availability objectives.",
    fields: [
      Field("p99", "99 % of requests are answered within", duration, example: "200ms"),
      Field("p95", "95 % of requests are answered within", duration, example: "120ms"),
      Field("availability", "share of requests answered", share, example: "99.9%"),
    ])

  static let startup = ObjectSchema(
    title: "startup", summary: "Stages of a new replica, one after the other.",
    fields: [
      Field("node", "a machine arrives", stage, example: "90s"),
      Field("image", "its image is pulled", stage, example: "20s"),
      Field("model load", "the model is loaded into memory", stage, example: "{ median: 45s, p99: 2m }"),
      Field("warm", "caches and compilers warm up", stage, example: "10s"),
    ])

  static let cover = ObjectSchema(
    title: "derived headroom", summary: "Headroom derived from what it must cover; the parts are never counted twice.",
    fields: [
      Field(
        "cover", "what the spare capacity is for",
        .object(
          ObjectSchema(
            title: "cover", summary: "Each key adds one part.",
            fields: [
              Field("forecast error", "hold the peak at this quantile of the forecast", share, example: "90%"),
              Field(
                "failures", "what may fail at the peak", .quantity("number of failures", examples: ["1 of 3 zones"])),
              Field("scaling lag", "demand may climb while replicas start", .boolean, example: "true"),
              Field("growth until", "how long until the next plan is in force", duration, example: "30d"),
              Field("together", "failures and scaling lag at the same time", .boolean, default: "false"),
            ])), required: true)
    ])

  static let scaling = ObjectSchema(
    title: "scaling", summary: "At most one policy, and the bounds.",
    fields: PolicyList.all.map(\.field) + [
      Field("minimum", "lower bound of replicas", .integer, example: "10"),
      Field("maximum", "upper bound of replicas", .integer, example: "200"),
      Field(
        "metric delay", "how long a measurement takes to reach the policy", duration, example: "30s", default: "30s"),
    ])

  static let machine = ObjectSchema(
    title: "machine", summary: "A machine type from the catalog.",
    fields: [
      Field("type", "the type's name", .string, required: true, example: "g5.xlarge"),
      Field("replicas", "replicas on one machine", .integer, example: "1", default: "1"),
    ])

  static let region = ObjectSchema(
    title: "region", summary: "A region that serves a share of the demand.",
    fields: [Field("share", "its share of the demand", share, required: true, example: "60%")])
}
