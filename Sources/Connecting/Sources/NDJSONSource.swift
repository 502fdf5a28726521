import Documents
import Quantities
import Traffic

/// A file with one JSON object a line as a source of demand.
public enum NDJSONSource {
  public static let descriptor = SourceDescriptor(
    name: "ndjson", summary: "A file with one JSON object a line, as log shippers write it, also .gz.",
    fields: [
      Field("ndjson", "a file with one JSON object a line", .string, required: true, example: "traffic.ndjson"),
      Field("time", "the key of the time (ISO 8601 or epoch); guessed where absent", .string, example: "ts"),
      Field("value", "the key of the value; guessed where absent", .string, example: "rps"),
    ] + CSVSource.readingFields,
    example: """
      traffic:
        source: { ndjson: traffic.ndjson, time: ts, value: rps }
      """
  ) { node, path, reader in CSVSource.read("ndjson", node, path, &reader) }
}
