import CHighs

/// HiGHS (highs.dev, MIT), the solver of linear and mixed-integer programs, loaded when it is first needed.
///
/// It is looked for in this order: the file that `HEADROOM_HIGHS` names (then nowhere else); the system's libraries;
/// `.deps/highs` below the current folder or above the program's own; beside the program.
public enum Solver {
  /// Whether a solver can be used here.
  public static var isAvailable: Bool { headroom_highs_load() }

  /// Its version, as `1.15.1`; nil where there is none.
  public static var version: String? {
    isAvailable ? String(cString: headroom_highs_version()) : nil
  }

  /// The library that was loaded; nil where there is none.
  public static var place: String? { isAvailable ? String(cString: headroom_highs_place()) : nil }

  /// What to do where there is no solver.
  public static let remedy =
    "run script/bootstrap, or install libhighs (Debian 13: libhighs1; elsewhere: pip install highsbox) and name its libhighs.so in HEADROOM_HIGHS"

  /// - Throws: ``OptimizingError`` with what to install where there is no solver.
  public static func require() throws(OptimizingError) {
    guard !isAvailable else { return }
    let tried = String(cString: headroom_highs_place()).split(separator: "\n").joined(separator: ", ")
    throw OptimizingError(
      .missing, "The solver HiGHS is not installed\(tried.isEmpty ? "" : " (looked for \(tried))")", remedy: remedy)
  }
}

/// What came of solving a program.
public enum SolutionStatus: String, Hashable, Sendable {
  /// The best there is, to the gap that was asked for.
  case optimal
  /// One that holds, found before a limit or a stop; the bound says how far from the best it can be.
  case feasible
  /// There is none.
  case infeasible
  /// The cost falls without end.
  case unbounded
  /// None was found before a limit or a stop.
  case unknown
}

/// A solution with its proof.
public struct Solution: Hashable, Sendable {
  public var status: SolutionStatus
  /// A value a variable, in their order; empty where there is none.
  public var values: [Double]
  /// The cost of the values.
  public var objective: Double
  /// No solution costs less than this; -infinity where nothing was proved.
  public var bound: Double
  /// The price of each constraint's bound (linear programs only): the cost's change by one more of it.
  public var rowDuals: [Double]

  public subscript(_ variable: LinearProgram.Variable) -> Double { values[variable.index] }
}

/// One HiGHS object: made, asked and destroyed by its owner alone.
final class Handle {
  let raw: UnsafeMutableRawPointer

  init() throws(OptimizingError) {
    try Solver.require()
    guard let raw = headroom_highs_create() else {
      throw OptimizingError(.failed, "HiGHS could not be started", remedy: "see whether there is memory left")
    }
    self.raw = raw
    _ = headroom_highs_set_bool(raw, "output_flag", false)
  }
  deinit { headroom_highs_destroy(raw) }

  func load(_ program: LinearProgram, asMixedInteger: Bool) throws(OptimizingError) {
    let integrality = program.integers.map { asMixedInteger && $0 ? Int32(1) : 0 }
    let status = headroom_highs_pass(
      raw, Int32(program.costs.count), Int32(program.rowLower.count), Int32(program.indices.count), program.costs,
      program.lower.map(finite), program.upper.map(finite), program.rowLower.map(finite),
      program.rowUpper.map(finite), program.starts, program.indices, program.coefficients, integrality)
    guard status == 0 || status == 1 else {
      throw OptimizingError(
        .failed, "HiGHS refused the program", remedy: "report it with the input: its numbers are out of range")
    }
  }

  /// HiGHS' own infinity is 1e30 where Swift's would do as well, but for old versions.
  func finite(_ x: Double) -> Double { x.isInfinite ? (x > 0 ? 1e30 : -1e30) : x }

  func double(_ name: String) -> Double {
    var value = 0.0
    _ = headroom_highs_info_double(raw, name, &value)
    return value
  }

  /// The state after a run, with the values where there are any.
  func solution(_ program: LinearProgram, rows: Int, isMixedInteger: Bool) -> Solution {
    let raw = self.raw
    var values = [Double](repeating: 0, count: program.costs.count)
    var columnDuals = values
    var rowValues = [Double](repeating: 0, count: rows)
    var rowDuals = rowValues
    let primal = {
      var value: Int32 = 0
      _ = headroom_highs_info_int(raw, "primal_solution_status", &value)
      return value
    }()
    let hasValues = primal == 2
    if hasValues { _ = headroom_highs_solution(raw, &values, &columnDuals, &rowValues, &rowDuals) }
    let status: SolutionStatus =
      switch headroom_highs_status(raw) {
      case 7: .optimal
      case 8: .infeasible
      case 9: .infeasible
      case 10: .unbounded
      case 6: .optimal  // Nothing to decide.
      default: hasValues ? .feasible : .unknown
      }
    var objective = 0.0
    for (cost, value) in zip(program.costs, values) where cost != 0 { objective += cost * value }
    let bound: Double =
      switch status {
      case .infeasible: .infinity
      case .optimal, .feasible, .unknown:
        isMixedInteger ? double("mip_dual_bound") : status == .optimal ? objective : -.infinity
      case .unbounded: -.infinity
      }
    return Solution(
      status: status, values: hasValues ? values : [], objective: hasValues ? objective : .infinity,
      bound: abs(bound) >= 1e30 ? (bound > 0 ? .infinity : -.infinity) : bound,
      rowDuals: hasValues && !isMixedInteger ? rowDuals : [])
  }
}
