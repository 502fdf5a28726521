import Documents
import Quantities
import Traffic

/// A file with one JSON object a line as a source of demand.
public struct NDJSONSource: TrafficSource, Hashable {
  public var path: String
  public var time: String?
  public var value: String?

  public var title: String { path }

  public func trace(_ options: TraceOptions, _ setting: SourceSetting) throws -> Trace {
    try TraceReader.ndjson(path: setting.access.file(path), time: time, value: value, options: options)
  }

  public static let descriptor = SourceDescriptor(
    name: "ndjson", summary: "A file with one JSON object a line, as log shippers write it, also .gz.",
    fields: [
      Field("ndjson", "a file with one JSON object a line", .string, required: true, example: "traffic.ndjson"),
      Field("time", "the key of the time (ISO 8601 or epoch); guessed where absent", .string, example: "ts"),
      Field("value", "the key of the value; guessed where absent", .string, example: "rps"),
    ],
    example: """
      traffic:
        source: { ndjson: traffic.ndjson, time: ts, value: rps }
      """
  ) { node, path, reader in
    NDJSONSource(
      path: reader.string(node["ndjson"], "\(path).ndjson") ?? "", time: reader.string(node["time"], "\(path).time"),
      value: reader.string(node["value"], "\(path).value"))
  }
}
