import Documents
import Quantities
import Traffic

/// A CSV file as a source of demand.
public struct CSVSource: TrafficSource, Hashable {
  public var path: String
  public var time: String?
  public var value: String?

  public var title: String { path }

  public func trace(_ options: TraceOptions, _ setting: SourceSetting) throws -> Trace {
    try TraceReader.csv(path: setting.access.file(path), time: time, value: value, options: options)
  }

  public static let descriptor = SourceDescriptor(
    name: "csv", summary: "A CSV file, also .gz, with a column of times and one of values.",
    fields: [
      Field(
        "csv", "a CSV file, also .gz; beside the plan file", .string, required: true, example: "traffic.csv"),
      Field("time", "the column of times (ISO 8601 or epoch); guessed where absent", .string, example: "time"),
      Field("value", "the column of values; guessed where absent", .string, example: "requests_per_second"),
    ],
    example: """
      traffic:
        source: { csv: traffic.csv, time: time, value: requests_per_second }
      """
  ) { node, path, reader in
    CSVSource(
      path: reader.string(node["csv"], "\(path).csv") ?? "", time: reader.string(node["time"], "\(path).time"),
      value: reader.string(node["value"], "\(path).value"))
  }
}
