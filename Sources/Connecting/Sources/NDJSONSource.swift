/// A file with one JSON object a line as a source of demand; read by `TraceReader.ndjson`.
public enum NDJSONSource {
  public static let descriptor = SourceDescriptor(
    name: "ndjson", summary: "A file with one JSON object a line, as log shippers write it, also .gz.",
    parameters: [
      .init("ndjson", "the file, beside the plan file"),
      .init("time", default: "guessed", "the key of the time"),
      .init("value", default: "guessed", "the key of the value"),
    ],
    example: """
      traffic:
        source: { ndjson: traffic.ndjson, time: ts, value: rps }
      """)
}
