import Catalogs
import Documents
import Glibc
import Quantities

/// Fits an engine's constants to measurements: a user's own runs, or published tables.
///
/// The constants are taken as factors on those that the engine has. Gauss and Newton's method with Levenberg's damping
/// makes the relative errors small, errors beyond a quarter counting less (Huber), and a prior that a factor of e is
/// three deviations keeps what the measurements do not tell.
public struct EngineCalibration: Sendable {
  /// One figure that was measured.
  public struct Measurement: Hashable, Sendable {
    public var question: SizeQuestion
    /// A key of an answer: `ttft_mean`, `tpot_p50`, `output_throughput`.
    public var metric: String
    /// In the metric's unit: milliseconds, or tokens a second.
    public var value: Double
    /// Figures of one group are left out together.
    public var group: String

    public init(question: SizeQuestion, metric: String, value: Double, group: String) {
      self.question = question
      self.metric = metric
      self.value = value
      self.group = group
    }

    /// Reads a row: a question's keys beside `metric` and `value`.
    public init(_ row: Node, catalog: Catalog = .builtIn) throws(SizeQuestionError) {
      question = try SizeQuestion(row, catalog: catalog)
      guard let word = row["metric"]?.text, !word.isEmpty else {
        throw SizeQuestionError(
          "missing", "'metric' is missing: one of \(Self.metrics.joined(separator: ", ")).", "metric")
      }
      let known = ["ttft": "ttft_mean", "tpot": "tpot_mean"][word] ?? word
      guard Self.metrics.contains(known) else {
        throw SizeQuestionError(
          "unknown-metric", "Unknown metric '\(word)': one of \(Self.metrics.joined(separator: ", ")).", "metric")
      }
      metric = known
      guard let number = row["value"]?.number ?? row["value"]?.text.flatMap({ Double($0) }), number > 0, number.isFinite
      else { throw SizeQuestionError("out-of-range", "'value' must be a number above 0.", "value") }
      value = number
      group = row["group"]?.text ?? "\(question.model.name)|\(question.accelerator.name)"
    }

    static let metrics = [
      "output_throughput", "throughput", "throughput_per_gpu", "ttft_mean", "ttft_p50", "ttft_p99", "tpot_mean",
      "tpot_p50", "tpot_p99", "itl_mean", "e2e_p99",
    ]
  }

  /// How far answers lie from measurements.
  public struct Errors: Hashable, Sendable {
    public var count: Int
    /// The mean and the median of the relative errors' sizes, and the mean of the errors themselves.
    public var mean: Double
    public var median: Double
    public var bias: Double
    /// Truth over answer: the factors between which 80 % lie.
    public var low: Double
    public var high: Double

    /// - Parameter ratios: answers over truths.
    init(_ ratios: [Double]) {
      let sizes = ratios.map { abs($0 - 1) }
      count = ratios.count
      mean = ServingRun.mean(sizes)
      median = ServingRun.quantile(sizes, 0.5)
      bias = ServingRun.mean(ratios.map { $0 - 1 })
      let truths = ratios.map { 1 / $0 }
      low = ServingRun.quantile(truths, 0.1)
      high = ServingRun.quantile(truths, 0.9)
    }
  }

  /// The engine as the measurements have it.
  public let engine: EngineProfile
  public let before: Errors
  public let after: Errors
  /// The errors on groups that were left out of the fit that answered them; nil with fewer than two groups.
  public let leftOut: Errors?
  /// Measurements that the model has no figure for.
  public let unanswered: Int

  /// The constants that are fitted, in this order.
  private static let constants: [any WritableKeyPath<EngineProfile, Double> & Sendable] = [
    \.perStep, \.perLayer, \.perExpertLayer, \.perPromptLayer, \.perSequence, \.entry, \.compute, \.bandwidth,
    \.cacheBandwidth,
  ]

  /// - Parameter date: The month of the measurements, as `2026-02`.
  public init(
    of engine: EngineProfile, to measurements: [Measurement], in catalog: EngineCatalog, date: String, source: String
  ) {
    let start = Self.ratios(engine, measurements, catalog)
    let answered = measurements.indices.filter { start[$0] != nil }
    let known = answered.map { measurements[$0] }
    unanswered = measurements.count - known.count
    before = Errors(start.compactMap { $0 })
    var fitted = Self.fit(engine, known, catalog)
    fitted.date = date
    fitted.source = source
    self.engine = fitted
    after = Errors(Self.ratios(fitted, known, catalog).compactMap { $0 })
    let groups = Array(Set(known.map(\.group))).sorted()
    guard groups.count > 1 else {
      leftOut = nil
      return
    }
    var ratios: [Double] = []
    // Beyond ten groups, ten parts of them.
    let parts = min(10, groups.count)
    for part in 0..<parts {
      let out = Set(groups.indices.filter { $0 % parts == part }.map { groups[$0] })
      let without = Self.fit(engine, known.filter { !out.contains($0.group) }, catalog)
      ratios += Self.ratios(without, known.filter { out.contains($0.group) }, catalog).compactMap { $0 }
    }
    leftOut = Errors(ratios)
  }

  /// Answers over truths; nil where there is no answer.
  private static func ratios(
    _ engine: EngineProfile, _ measurements: [Measurement], _ catalog: EngineCatalog
  ) -> [Double?] {
    let sizer = Sizer(constants: catalog.replacing(engine), only: engine.name)
    return measurements.map { measurement in
      guard let value = sizer.answer(measurement.question).value(of: measurement.metric), value > 0, value.isFinite
      else { return nil }
      return value / measurement.value
    }
  }

  private static func fit(
    _ engine: EngineProfile, _ measurements: [Measurement], _ catalog: EngineCatalog
  ) -> EngineProfile {
    let count = constants.count
    func applied(_ logs: [Double]) -> EngineProfile {
      var copy = engine
      for (path, log) in zip(constants, logs) { copy[keyPath: path] *= exp(log) }
      return copy
    }
    // Relative errors above, logarithms below: both ways of being wrong count.
    func residuals(_ logs: [Double]) -> [Double] {
      ratios(applied(logs), measurements, catalog).map { ratio in
        guard let ratio else { return 0 }
        return ratio > 1 ? min(ratio - 1, 20) : max(log(max(ratio, 1e-9)), -20)
      }
    }
    let prior = 3.0 / 0.9
    func loss(_ errors: [Double], _ logs: [Double]) -> Double {
      errors.reduce(0) { sum, e in
        let size = abs(e)
        return sum + (size < 0.25 ? e * e : 0.5 * size - 0.0625)
      } + logs.reduce(0) { $0 + ($1 * prior) * ($1 * prior) * 0.02 }
    }
    var logs = [Double](repeating: 0, count: count)
    var errors = residuals(logs)
    var best = loss(errors, logs)
    var damping = 1e-2
    for _ in 0..<12 {
      var jacobian: [[Double]] = []
      for i in 0..<count {
        var moved = logs
        moved[i] += 0.05
        jacobian.append(zip(residuals(moved), errors).map { ($0 - $1) / 0.05 })
      }
      let weights = errors.map { abs($0) < 0.25 ? 1 : 0.25 / abs($0) }
      var isBetter = false
      for _ in 0..<5 {
        var matrix = [[Double]](repeating: [Double](repeating: 0, count: count), count: count)
        var right = [Double](repeating: 0, count: count)
        for i in 0..<count {
          for j in 0..<count {
            for k in errors.indices { matrix[i][j] += weights[k] * jacobian[i][k] * jacobian[j][k] }
          }
          for k in errors.indices { right[i] -= weights[k] * jacobian[i][k] * errors[k] }
          matrix[i][i] += prior * prior * 0.02 + damping
          right[i] -= prior * prior * 0.02 * logs[i]
        }
        // A singular system moves nothing.
        let step = LinearSystem.solve(matrix.flatMap { $0 }, right) ?? [Double](repeating: 0, count: count)
        let next = zip(logs, step).map { max(-3, min(3, $0 + $1)) }
        let found = residuals(next)
        let value = loss(found, next)
        if value < best {
          isBetter = best - value > 1e-4 * best
          (logs, errors, best) = (next, found, value)
          damping = max(1e-4, damping / 4)
          break
        }
        damping *= 6
      }
      if !isBetter { break }
    }
    return applied(logs)
  }
}
