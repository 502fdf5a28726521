import Testing

@testable import Documents

@Suite struct SchemaTests {
  static let rate = Schema.quantity("rate", examples: ["120/s", "10k/min"])

  static let plan = Schema.object(
    ObjectSchema(
      title: "plan", summary: "A capacity plan.",
      fields: [
        Field("plan", "what it is called", .string, required: true, example: "shop"),
        Field("peak", "the highest rate", rate, required: true),
        Field("mode", "how to scale", .choice(["fixed", "reactive", "2"]), default: "fixed"),
        Field("share", "part of the whole", .bounded(.number, minimum: 0, maximum: 1)),
        Field(
          "events", "what is coming",
          .list(
            .object(
              ObjectSchema(
                title: "event",
                fields: [Field("date", "the first day", .date, required: true), Field("days", "", .integer)])))),
        Field("regions", "by name", .map(rate)),
        Field("verbose", "", .boolean, deprecated: "use --quiet"),
        Field(
          "source", "where traffic comes from",
          .any(
            of: [
              .string,
              .object(
                ObjectSchema(
                  title: "CSV", fields: [Field("csv", "", .string, required: true), Field("time", "", .string)])),
              .object(
                ObjectSchema(
                  title: "Prometheus",
                  fields: [
                    Field("prometheus", "", .string, required: true), Field("query", "", .string, required: true),
                  ])),
            ], description: "a file or a source")),
        Field("lift", "", .any(of: [.number, .choice(["low", "high"])], description: "a factor, low or high")),
        Field("start", "", .timestamp, aliases: ["from"]),
      ]))

  private func messages(_ text: String) throws -> [String] {
    SchemaTests.plan.validate(try YAML.parse(text, file: "p.yaml")).all.map { $0.description }
  }

  @Test("accepts a document that keeps to it")
  func accepts() throws {
    let text = """
      plan: shop
      peak: 5
      mode: 2
      share: 0.5
      events: [{ date: 2024-02-29, days: 3 }]
      regions: { eu: 10/s, us: 7 }
      source: { prometheus: http://x, query: up }
      lift: low
      from: 2026-11-27T08:00Z
      """
    #expect(try messages(text) == [])
    #expect(try messages("plan: a\npeak: 1\nlift: 3\nsource: a.csv\n") == [])
    // A key that a person left without a value; a program's null is the same as no key.
    #expect(try messages("plan: a\npeak: 1\nmode:\n").first?.contains("'mode' has no value") == true)
    #expect(SchemaTests.plan.validate(try JSON.parse("{\"plan\": \"a\", \"peak\": 1, \"mode\": null}")).isEmpty)
  }

  @Test("tells everything at once, by place, with the remedy")
  func several() throws {
    let text = """
      peek: 120/s
      plan: 7
      mode: reactiv
      share: 1.5
      events:
        - { date: 2026-02-30 }
        - { days: 1.5 }
        - nothing
      regions: [1]
      verbose: true
      """
    #expect(
      try messages(text) == [
        "p.yaml:1:1: error: unknown key 'peek'; did you mean 'peak'?\n  help: keys here: plan, peak, mode, share, "
          + "events, regions, source, lift, start",
        "p.yaml:1:1: error: missing key 'peak': the highest rate\n  help: add 'peak: 120/s'",
        "p.yaml:2:7: error: 'plan' is not text: \"7\"\n  help: put it in quotes: \"7\"",
        "p.yaml:3:7: error: unknown value for 'mode': \"reactiv\"; did you mean 'reactive'?\n"
          + "  help: choose fixed, reactive or 2",
        "p.yaml:4:8: error: 'share' is above 1: \"1.5\"\n  help: write 1 or less",
        "p.yaml:6:13: error: 'date' is not a date: \"2026-02-30\"\n"
          + "  help: write it as year-month-day, such as 2026-11-27",
        "p.yaml:7:5: error: missing key 'date' in events[1]: the first day\n  help: add 'date: 2026-11-27'",
        "p.yaml:7:13: error: 'days' is not a whole number: \"1.5\"",
        "p.yaml:8:5: error: events[2] is not a mapping (event): \"nothing\"\n  help: keys here: date, days",
        "p.yaml:9:10: error: 'regions' is not a mapping: a list",
        "p.yaml:10:1: warning: 'verbose' is deprecated\n  help: use --quiet",
      ])
  }

  @Test("judges alternatives by the nearest one")
  func alternatives() throws {
    let head = "plan: a\npeak: 1\n"
    #expect(
      try messages(head + "source: { prometheus: http://x, quory: up }").map { $0.split(separator: "\n")[0] } == [
        "p.yaml:3:9: error: missing key 'query' in 'source'",
        "p.yaml:3:33: error: unknown key 'quory'; did you mean 'query'?",
      ])
    #expect(
      try messages(head + "source: { csv: 5 }") == [
        "p.yaml:3:16: error: 'csv' is not text: \"5\"\n  help: put it in quotes: \"5\""
      ])
    #expect(try messages(head + "source: [1]") == ["p.yaml:3:9: error: 'source' is not a file or a source: a list"])
    #expect(
      try messages(head + "lift: middle") == [
        "p.yaml:3:7: error: unknown value for 'lift': \"middle\"\n  help: choose low or high"
      ])
  }

  @Test("refuses a key under two names, and a required key without a value")
  func names() throws {
    let found = try messages("plan: a\npeak:\nstart: 2026-01-01\nfrom: 2026-01-01\n")
    #expect(found.count == 2)
    #expect(found[0].contains("'peak' has no value"))
    #expect(found[1].contains("'from' and 'start' are two names for one key"))
  }

  @Test("gives paths that name the value")
  func paths() throws {
    let node = try YAML.parse("plan: a\npeak: 1\nregions: { a.b: [1] }\nevents: [{ date: x }]\n")
    let found = SchemaTests.plan.validate(node, path: "root")
    #expect(found.all.map { $0.path } == ["root.regions[\"a.b\"]", "root.events[0].date"])
  }

  @Test(
    "knows dates and times",
    arguments: [
      ("2026-11-27", true, true), ("2023-02-29", false, false), ("2000-02-29", true, true),
      ("1900-02-29", false, false),
      ("2026-13-01", false, false), ("2026-1-1", false, false), ("2026-11-27T08:00Z", false, true),
      ("2026-11-27 08:00:59.123+02:00", false, true), ("2026-11-27T24:00Z", false, false),
      ("2026-11-27T08", false, false), ("2026-11-27T08:00:00.Z", false, false), ("", false, false),
      ("2026-11-27T08:00+0200", false, false),
    ])
  func calendar(text: String, isDate: Bool, isTimestamp: Bool) {
    #expect(CalendarText.isDate(text) == isDate)
    #expect(CalendarText.isTimestamp(text) == isTimestamp)
  }

  @Test("becomes a JSON Schema")
  func jsonSchema() throws {
    let schema = Schema.object(
      ObjectSchema(
        title: "plan",
        fields: [
          Field("peak", "the rate", SchemaTests.rate, required: true),
          Field("mode", "", .choice(["fixed", "2"]), default: "fixed"),
          Field("from", "", .any(of: [.date, .list(.integer)], description: "days"), aliases: ["since"]),
          Field("share", "", .bounded(.number, minimum: 0, maximum: nil), example: "0.5", deprecated: "no"),
          Field("names", "", .map(.anything)),
        ]))
    let text = schema.jsonSchema(title: "A plan", id: "https://example.org/plan/1")
    let expected = """
      {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "https://example.org/plan/1",
        "title": "A plan",
        "type": "object",
        "properties": {
          "peak": {
            "description": "the rate",
            "type": [
              "string",
              "number"
            ],
            "examples": [
              "120/s",
              "10k/min"
            ]
          },
          "mode": {
            "default": "fixed",
            "enum": [
              "fixed",
              2,
              "2"
            ]
          },
          "from": {
            "$comment": "expected days",
            "anyOf": [
              {
                "type": "string",
                "format": "date"
              },
              {
                "type": "array",
                "items": {
                  "type": "integer"
                }
              }
            ]
          },
          "since": {
            "deprecated": true,
            "$comment": "expected days",
            "anyOf": [
              {
                "type": "string",
                "format": "date"
              },
              {
                "type": "array",
                "items": {
                  "type": "integer"
                }
              }
            ]
          },
          "share": {
            "deprecated": true,
            "examples": [
              0.5
            ],
            "type": "number",
            "minimum": 0
          },
          "names": {
            "type": "object",
            "additionalProperties": {}
          }
        },
        "required": [
          "peak"
        ],
        "additionalProperties": false
      }

      """
    #expect(text == expected)
    #expect(throws: Never.self) { try JSON.parse(text) }
  }

  @Test("becomes a Markdown reference with a table a mapping")
  func markdown() {
    let text = SchemaTests.plan.markdown(title: "plan")
    #expect(text.hasPrefix("## plan\n\nA capacity plan.\n\n| key | value | default | meaning |\n|---|---|---|---|\n"))
    #expect(text.contains("| `plan` | text | required | what it is called. Example: `shop`. |\n"))
    #expect(text.contains("| `peak` | rate, such as `120/s`, `10k/min` | required | the highest rate |\n"))
    #expect(text.contains("## plan.events[]\n"))
    #expect(text.contains("## plan.source (Prometheus)\n"))
  }
}
