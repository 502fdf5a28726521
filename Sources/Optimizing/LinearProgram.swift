import CHighs

/// A linear or mixed-integer program: minimize a cost over variables within bounds, under linear constraints.
///
///     var program = LinearProgram()
///     let machines = program.variable(cost: 1.2, atMost: 40, isInteger: true)
///     program.constrain([(machines, 80)], atLeast: 1000)
///     let best = try program.solve()
public struct LinearProgram: Sendable {
  public struct Variable: Hashable, Sendable {
    public let index: Int
  }
  public struct Constraint: Hashable, Sendable {
    public let index: Int
  }
  public typealias Term = (variable: Variable, coefficient: Double)

  var costs: [Double] = []
  var lower: [Double] = []
  var upper: [Double] = []
  var integers: [Bool] = []
  var rowLower: [Double] = []
  var rowUpper: [Double] = []
  var starts: [Int32] = []
  var indices: [Int32] = []
  var coefficients: [Double] = []

  public init() {}

  public var variableCount: Int { costs.count }
  public var constraintCount: Int { rowLower.count }
  public var integerCount: Int { integers.count { $0 } }

  /// A new variable. Its cost must be finite, its bounds in order.
  public mutating func variable(
    cost: Double = 0, atLeast low: Double = 0, atMost high: Double = .infinity, isInteger: Bool = false
  ) -> Variable {
    precondition(cost.isFinite && !low.isNaN && !high.isNaN, "a variable's cost and bounds are numbers")
    costs.append(cost)
    lower.append(low)
    upper.append(high)
    integers.append(isInteger)
    return Variable(index: costs.count - 1)
  }

  /// A new constraint: low <= sum of the terms <= high.
  @discardableResult
  public mutating func constrain(
    _ terms: [Term], atLeast low: Double = -.infinity, atMost high: Double = .infinity
  ) -> Constraint {
    precondition(!low.isNaN && !high.isNaN, "a constraint's bounds are numbers")
    starts.append(Int32(indices.count))
    for (variable, coefficient) in terms where coefficient != 0 {
      precondition(coefficient.isFinite && variable.index < costs.count, "a term is a known variable's")
      indices.append(Int32(variable.index))
      coefficients.append(coefficient)
    }
    rowLower.append(low)
    rowUpper.append(high)
    return Constraint(index: rowLower.count - 1)
  }

  /// Moves a constraint's bounds.
  public mutating func move(
    _ constraint: Constraint, atLeast low: Double = -.infinity, atMost high: Double = .infinity
  ) {
    rowLower[constraint.index] = low
    rowUpper[constraint.index] = high
  }

  /// Moves a variable's bounds.
  public mutating func move(_ variable: Variable, atLeast low: Double, atMost high: Double) {
    precondition(low <= high, "a variable's bounds are in order")
    lower[variable.index] = low
    upper[variable.index] = high
  }

  /// How a mixed-integer program is solved.
  public struct Options: Sendable {
    /// Ends when (cost - bound) / cost is at most this.
    public var gap = 1e-6
    /// Ends after so many seconds.
    public var seconds = Double.infinity
    /// Ends after so many branches: unlike a clock it ends in the same place each time. Nil for no bound.
    public var nodes: Int?
    /// 0 leaves it to HiGHS.
    public var threads = 0
    /// Values that hold already: the search begins from them.
    public var start: [Double] = []
    /// Asked now and then; the search ends where it says true.
    public var isStopped: (@Sendable () -> Bool)?
    public init(gap: Double = 1e-6, seconds: Double = .infinity) {
      self.gap = gap
      self.seconds = seconds
    }
  }

  /// The cheapest values, by branch and cut where some variables are integers.
  ///
  /// A new HiGHS object each time: where integers are added to one that has solved the relaxation, HiGHS 1.16 reports a
  /// cost and bound that its values do not have.
  public func solve(_ options: Options = Options()) throws(OptimizingError) -> Solution {
    let handle = try Handle()
    let raw = handle.raw
    try handle.load(self, asMixedInteger: true)
    _ = headroom_highs_set_double(raw, "mip_rel_gap", options.gap)
    _ = headroom_highs_set_double(raw, "mip_abs_gap", 1e-9)
    if options.seconds.isFinite { _ = headroom_highs_set_double(raw, "time_limit", max(0, options.seconds)) }
    if let nodes = options.nodes { _ = headroom_highs_set_int(raw, "mip_max_nodes", Int32(clamping: max(1, nodes))) }
    if options.threads > 0 { _ = headroom_highs_set_int(raw, "threads", Int32(options.threads)) }
    if options.start.count == costs.count { _ = headroom_highs_set_solution(raw, options.start) }
    let asked = Watch(options.isStopped ?? { false })
    var watch = headroom_highs_watch(
      stop: { context in
        guard let context else { return false }
        return Unmanaged<Watch>.fromOpaque(context).takeUnretainedValue().isStopped()
      }, context: Unmanaged.passUnretained(asked).toOpaque())
    return withUnsafeMutablePointer(to: &watch) { watch in
      if options.isStopped != nil { headroom_highs_watch(raw, watch) }
      _ = headroom_highs_run(raw)
      return withExtendedLifetime(asked) {
        handle.solution(self, rows: constraintCount, isMixedInteger: integers.contains(true))
      }
    }
  }

  private final class Watch: Sendable {
    let isStopped: @Sendable () -> Bool
    init(_ isStopped: @escaping @Sendable () -> Bool) { self.isStopped = isStopped }
  }
}

/// A linear program (integers relaxed) that is solved again and again while constraints come and bounds move: each solve
/// starts where the last one ended.
public final class RelaxedProgram {
  public private(set) var program: LinearProgram
  private let handle: Handle

  public init(_ program: LinearProgram) throws(OptimizingError) {
    self.program = program
    handle = try Handle()
    try handle.load(program, asMixedInteger: false)
  }

  @discardableResult
  public func constrain(
    _ terms: [LinearProgram.Term], atLeast low: Double = -.infinity, atMost high: Double = .infinity
  ) -> LinearProgram.Constraint {
    let row = program.constrain(terms, atLeast: low, atMost: high)
    let kept = terms.filter { $0.coefficient != 0 }
    _ = headroom_highs_add_row(
      handle.raw, handle.finite(low), handle.finite(high), Int32(kept.count), kept.map { Int32($0.variable.index) },
      kept.map(\.coefficient))
    return row
  }

  public func move(
    _ row: LinearProgram.Constraint, atLeast low: Double = -.infinity, atMost high: Double = .infinity
  ) {
    program.move(row, atLeast: low, atMost: high)
    _ = headroom_highs_change_row(handle.raw, Int32(row.index), handle.finite(low), handle.finite(high))
  }

  public func solve() -> Solution {
    _ = headroom_highs_run(handle.raw)
    return handle.solution(program, rows: program.constraintCount, isMixedInteger: false)
  }
}
