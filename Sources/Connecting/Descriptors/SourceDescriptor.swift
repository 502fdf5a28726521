/// What a person needs to know of a data source: the key under `traffic.source` that chooses it, one sentence, its
/// other keys, an example. The reference page and the tests are made from it.
public struct SourceDescriptor: Sendable {
  /// The key: `"csv"`.
  public let name: String
  /// One sentence: what it reads, and when to choose it.
  public let summary: String
  public let parameters: [Parameter]
  /// A complete `traffic:` block in YAML.
  public let example: String

  public init(name: String, summary: String, parameters: [Parameter], example: String) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.example = example
  }

  /// One setting of a source or an exporter.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    /// As a user would write it; empty where it must be given.
    public let defaultValue: String
    public let summary: String
    public init(_ name: String, default defaultValue: String = "", _ summary: String) {
      self.name = name
      self.defaultValue = defaultValue
      self.summary = summary
    }
  }
}

/// Where demand comes from, in the order in which the reference shows it. A new source is one file in Sources/ and one
/// line here.
public enum SourceList {
  public static let all: [SourceDescriptor] = [
    CSVSource.descriptor,
    NDJSONSource.descriptor,
    PrometheusQuerySource.descriptor,
  ]
  public static func named(_ name: String) -> SourceDescriptor? { all.first { $0.name == name } }
}
