import Glibc
import Quantities

func logarithm(_ x: Double) -> Double { log(x) }

/// Fits the step model's constants to measured runs.
///
/// Least squares of log(predicted / measured), each suite with the same weight whatever its size, large errors counted
/// linearly (soft L1 beyond 5 %), each constant drawn weakly to where it starts; Levenberg and Marquardt over the logs of
/// the constants, which keeps them above zero.
public struct StepFit: Sendable {
  public var runs: [MeasuredRun]
  /// Weight of a constant's distance (in log) from its start.
  public var prior = 0.02
  public var iterations = 30
  /// Weights of suites, 1 where not named: one-machine rows of small models and single training runs count half.
  public var weights: [String: Double] = ["vtrain_single": 0.5, "runs": 0.5]

  public init(_ runs: [MeasuredRun]) { self.runs = runs.filter { $0.tokensPerSecond != nil } }

  /// - Complexity: O(iterations x constants x runs).
  public func run(from start: StepConstants) -> StepConstants {
    let fields = StepConstants.fields
    let n = fields.count
    var sizes: [String: Double] = [:]
    for run in runs { sizes[run.suite, default: 0] += 1 }
    let weight = runs.map { (weights[$0.suite] ?? 1) / (sizes[$0.suite] ?? 1) }
    let home = fields.map { log(start[keyPath: $0.path]) }
    func constants(_ x: [Double]) -> StepConstants {
      var result = StepConstants()
      for (field, value) in zip(fields, x) {
        result[keyPath: field.path] = field.isShare ? min(exp(value), 0.99) : exp(value)
      }
      return result
    }
    func residuals(_ c: StepConstants) -> [Double] {
      runs.map { run in
        let r = run.residual(c) ?? 0
        return r.isFinite ? max(-5, min(5, r)) : 5
      }
    }
    let knee = 0.05
    func loss(_ r: [Double], _ x: [Double]) -> Double {
      var sum = 0.0
      for (w, r) in zip(weight, r) { sum += w * 2 * knee * knee * ((1 + r * r / knee / knee).squareRoot() - 1) }
      for (a, b) in zip(x, home) { sum += prior * prior * (a - b) * (a - b) }
      return sum
    }
    var x = home
    var current = residuals(constants(x))
    var best = loss(current, x)
    var damping = 1e-3
    for _ in 0..<iterations {
      // Columns of the Jacobian by forward differences.
      var jacobian: [[Double]] = []
      jacobian.reserveCapacity(n)
      for k in 0..<n {
        var moved = x
        moved[k] += 1e-4
        let r = residuals(constants(moved))
        jacobian.append(zip(r, current).map { ($0 - $1) / 1e-4 })
      }
      // Weights of the soft loss at the current residuals.
      let robust = zip(weight, current).map { w, r in w / (1 + r * r / knee / knee).squareRoot() }
      var matrix = Array(repeating: 0.0, count: n * n)
      var gradient = Array(repeating: 0.0, count: n)
      for i in 0..<n {
        for j in i..<n {
          var sum = 0.0
          for k in runs.indices { sum += robust[k] * jacobian[i][k] * jacobian[j][k] }
          matrix[i * n + j] = sum
          matrix[j * n + i] = sum
        }
        var sum = 0.0
        for k in runs.indices { sum += robust[k] * jacobian[i][k] * current[k] }
        gradient[i] = sum + prior * prior * (x[i] - home[i])
        matrix[i * n + i] += prior * prior
      }
      var improved = false
      for _ in 0..<8 {
        var damped = matrix
        for i in 0..<n { damped[i * n + i] *= 1 + damping }
        guard let step = LinearSystem.solve(damped, gradient) else {
          damping *= 10
          continue
        }
        let moved = zip(x, step).map { $0 - max(-1, min(1, $1)) }
        let r = residuals(constants(moved))
        let value = loss(r, moved)
        if value < best {
          improved = best - value > 1e-7 * best
          x = moved
          current = r
          best = value
          damping = max(damping / 5, 1e-9)
          break
        }
        damping *= 4
      }
      if !improved { break }
    }
    return constants(x)
  }

  /// Log of predicted over measured of each run, by constants fitted without the run's own group.
  ///
  /// - Parameter folds: Groups are dealt into so many parts, in an order drawn from the seed.
  public func leavingGroupsOut(from start: StepConstants, folds: Int = 6, seed: UInt64 = 1) -> [Double] {
    var groups = Array(Set(runs.map { $0.group })).sorted()
    var random = RandomStream(seed: seed)
    groups.shuffle(using: &random)
    let fold = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($0.element, $0.offset % folds) })
    var result = Array(repeating: 0.0, count: runs.count)
    for part in 0..<folds {
      var fit = self
      fit.runs = runs.filter { fold[$0.group] != part }
      let constants = fit.run(from: start)
      for (i, run) in runs.enumerated() where fold[run.group] == part { result[i] = run.residual(constants) ?? 0 }
    }
    return result
  }
}

/// How far predictions are off, by suite.
public struct RunScore: Sendable {
  public struct Row: Sendable {
    public var suite: String
    public var runs: Int
    /// Mean of |predicted / measured - 1| and of predicted / measured - 1.
    public var error: Double
    public var bias: Double
  }

  public var rows: [Row]

  /// - Parameter residuals: log(predicted / measured) of each run.
  public init(_ runs: [MeasuredRun], residuals: [Double]) {
    var bySuite: [String: [Double]] = [:]
    for (run, residual) in zip(runs, residuals) { bySuite[run.suite, default: []].append(exp(residual) - 1) }
    rows = bySuite.keys.sorted().map { suite in
      let errors = bySuite[suite] ?? []
      return Row(
        suite: suite, runs: errors.count, error: Statistics.mean(errors.map { abs($0) }) ?? 0,
        bias: Statistics.mean(errors) ?? 0)
    }
  }

  /// The mean of the suites' errors.
  public func macro(_ isCounted: (String) -> Bool) -> Double {
    Statistics.mean(rows.filter { isCounted($0.suite) }.map { $0.error }) ?? 0
  }
}

extension ConstantsFile {
  /// The 80 % bands of measured over predicted by kind of run; one of too few runs takes that of all.
  public static func bands(_ runs: [MeasuredRun], residuals: [Double]) -> [RunKind: Band] {
    var byKind: [RunKind: [Double]] = [:]
    for (run, residual) in zip(runs, residuals) {
      let kind = RunKind(run.layout, of: run.question.work, on: run.question.hardware)
      byKind[kind, default: []].append(-residual)
    }
    let all = residuals.map { -$0 }
    func band(_ values: [Double], _ p: Double) -> Band? {
      guard let low = Statistics.quantile(values, p), let high = Statistics.quantile(values, 1 - p) else { return nil }
      return Band(low: min(exp(low), 0.99), high: max(exp(high), 1.01))
    }
    var bands: [RunKind: Band] = [:]
    for kind in RunKind.allCases where (byKind[kind]?.count ?? 0) >= 12 {
      bands[kind] = band(byKind[kind] ?? [], 0.1)
    }
    // What was measured nowhere is less sure than what was.
    bands[.other] = band(all, 0.05)
    return bands
  }
}
