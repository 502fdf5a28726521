import Documents
import Quantities
import Traffic

import Planning

/// A source of demand for plans whose trace the test itself brings: read as a CSV file's name, never loaded.
struct StubSource: TrafficSource, Equatable {
  var title: String
  struct NotLoaded: Error {}
  func trace(_ options: TraceOptions, _ setting: SourceSetting) throws -> Trace { throw NotLoaded() }

  static func descriptor(_ name: String) -> SourceDescriptor {
    SourceDescriptor(
      name: name, summary: "A stub.",
      fields: [
        Field(name, "a file", .string), Field("time", "a column", .string), Field("value", "a column", .string),
      ],
      example: "traffic:\n  source: { \(name): traffic.\(name) }"
    ) { node, path, reader in StubSource(title: reader.string(node[name], "\(path).\(name)") ?? "") }
  }
}

extension PlanFormat {
  /// The plan file with sources that are never loaded.
  static let tested = PlanFormat(sources: [StubSource.descriptor("csv"), StubSource.descriptor("ndjson")])
}
