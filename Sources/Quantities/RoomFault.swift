/// What went wrong in a room, as every room says it: a code for programs, what happened, and what to do next.
///
/// A room gives it a name and its codes:
///
///     public typealias ScalingError = RoomFault<ScalingFaults>
///     public enum ScalingFaults {}
///     extension RoomFault<ScalingFaults>.Code { public static var emptyTrace: Self { Self("empty-trace") } }
///
/// `Documents` and `Wire`, which know no room, have errors of the same fields.
public struct RoomFault<Room>: Error, Hashable, Sendable, CustomStringConvertible {
  /// What kind of failure it was. More kinds may come: switch with a default.
  public struct Code: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public init(_ name: String) { self.name = name }
    public var description: String { name }
  }

  public var code: Code
  /// What happened: a clause without a full stop, or a whole sentence.
  public var problem: String
  /// What to do next. Empty only where ``problem`` says it already.
  public var remedy: String

  public init(_ code: Code, _ problem: String, remedy: String) {
    precondition(!remedy.isEmpty, "an error names what to do next")
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }

  /// - Parameter sentence: what happened and what to do next in one.
  public init(_ code: Code, _ sentence: String) {
    self.code = code
    problem = sentence
    remedy = ""
  }

  /// Problem and remedy: `nothing answers at a:1; start it`, or two sentences where the problem is one.
  public var description: String {
    if remedy.isEmpty { return problem }
    return problem.hasSuffix(".") ? "\(problem) \(remedy)" : "\(problem); \(remedy)"
  }
}
