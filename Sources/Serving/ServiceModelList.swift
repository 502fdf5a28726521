/// What a person needs to know of a service model to choose and to write it. The reference page and the tests are
/// made from it.
public struct ServiceModelDescriptor: Sendable {
  /// The key in a plan file: `"queueing"`.
  public let name: String
  /// One sentence.
  public let summary: String
  public let parameters: [Parameter]
  /// A complete `service:` block in YAML.
  public let example: String

  public init(name: String, summary: String, parameters: [Parameter], example: String) {
    self.name = name
    self.summary = summary
    self.parameters = parameters
    self.example = example
  }

  /// One setting of a model.
  public struct Parameter: Sendable, Hashable {
    public let name: String
    /// As a user would write it; empty where the user must give one.
    public let defaultValue: String
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

/// The service models, in the order in which the reference shows them. A new model is one file under `Models` and
/// one line here.
public enum ServiceModelList {
  public static let all: [ServiceModelDescriptor] = [
    FixedCapacity.descriptor,
    ErlangC.descriptor,
  ]

  /// A model by the name that a plan file uses.
  public static func named(_ name: String) -> ServiceModelDescriptor? { all.first { $0.name == name } }
}
