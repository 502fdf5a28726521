/// Why a program could not be solved at all. An infeasible program is no error but an answer.
public struct OptimizingError: Error, Hashable, Sendable, CustomStringConvertible {
  public struct Code: Hashable, Sendable {
    public let name: String
    public init(_ name: String) { self.name = name }
    /// HiGHS was found nowhere.
    public static let missing = Code("solver-missing")
    /// HiGHS refused the program or failed at it.
    public static let failed = Code("solver-failed")
  }
  public var code: Code
  public var problem: String
  public var remedy: String

  public init(_ code: Code, _ problem: String, remedy: String) {
    self.code = code
    self.problem = problem
    self.remedy = remedy
  }
  public var description: String { "\(problem); \(remedy)" }
}
