/// A CSV file as a source of demand; read by `TraceReader.csv`.
public enum CSVSource {
  public static let descriptor = SourceDescriptor(
    name: "csv", summary: "A CSV file, also .gz, with a column of times and one of values.",
    parameters: [
      .init("csv", "the file, beside the plan file"),
      .init("time", default: "guessed", "the column of times: ISO 8601, or seconds to nanoseconds since 1970"),
      .init("value", default: "guessed", "the column of values"),
    ],
    example: """
      traffic:
        source: { csv: traffic.csv, time: time, value: requests_per_second }
      """)
}
