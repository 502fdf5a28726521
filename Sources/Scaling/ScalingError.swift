/// What went wrong in the room of policies, with a sentence that names the remedy.
public struct ScalingError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of failure, for programs; extensible.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let description: String
    public init(_ name: String) { description = name }

    /// A parameter is outside the range in which it means something.
    public static let invalidParameter = Code("invalid-parameter")
    /// There is nothing to simulate.
    public static let emptyTrace = Code("empty-trace")
    /// A rate in the trace is not a finite number.
    public static let invalidRate = Code("invalid-rate")
  }

  public let code: Code
  public let description: String

  public init(_ code: Code, _ sentence: String) {
    self.code = code
    self.description = sentence
  }
}
