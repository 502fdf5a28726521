/// What a person needs to know of a policy to choose and to write it: its name in a plan file, one sentence, its
/// parameters, an example. The reference page and the tests are made from it.
public struct PolicyDescriptor: Sendable {
  /// The key in a plan file and on the command line: `"threshold"`.
  public let name: String
  /// One sentence: what it does and when to choose it.
  public let summary: String
  public let parameters: [Parameter]
  /// A complete `scaling:` block in YAML.
  public let example: String

  public init(name: String, summary: String, parameters: [Parameter], example: String) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.example = example
  }

  /// One setting of a policy.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    /// As a user would write it; empty where the user must give one.
    public let defaultValue: String
    /// `"req/s per replica"`, `"share"`, `"replicas"`, `"time"`.
    public let unit: String
    public let summary: String

    public init(_ name: String, default defaultValue: String, unit: String, _ summary: String) {
      self.name = name
      self.defaultValue = defaultValue
      self.unit = unit
      self.summary = summary
    }
  }
}
