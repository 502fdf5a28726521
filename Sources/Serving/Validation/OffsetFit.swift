import Catalogs
import Glibc
import Quantities

/// Fits how far measurements of one model on one accelerator lie from the answers of an engine that nobody named
/// (``MeasuredOffset``): partial pooling, each factor drawn towards 1 by a prior.
struct OffsetFit: Sendable {
  /// One figure: what tells its factor, and truth over answer.
  struct Row: Sendable {
    var key: [String]
    /// Of which rows are left out together.
    var group: String
    var traits: [Double]
    var truth: Double
  }

  /// How strongly a factor's logarithm is drawn to 0, and its slopes, beside rows of weight 1; infinite leaves no offset.
  struct Prior: Hashable, Sendable {
    var level: Double
    var slope: Double
  }

  /// Priors that the fit chooses among by leaving groups out.
  static let priors = [
    Prior(level: 0.3, slope: 1), Prior(level: 1, slope: 3), Prior(level: 3, slope: 10), Prior(level: 10, slope: 30),
    Prior(level: .infinity, slope: .infinity),
  ]

  static func rows(_ figures: [MeasuredService], _ ratios: [Double?]) -> [Row] {
    zip(figures, ratios).compactMap { figure, ratio in
      let question = figure.question
      guard let ratio, ratio > 0, question.mode == .closedLoopAggregated || question.mode == .closedLoopSilicon else {
        return nil
      }
      let name = Sizer.figure(of: figure.metric)
      guard name == "ttft" || name == "tpot" else { return nil }
      return Row(
        key: [Sizer.offsetKind(question.mode), name, question.model.name, question.accelerator.name],
        group: figure.group, traits: Sizer.traits(of: question), truth: 1 / ratio)
    }
  }

  /// The offsets of rows, with the prior of each figure that leaves the least error on groups left out.
  static func offsets(_ rows: [Row]) -> [MeasuredOffset] {
    var result: [MeasuredOffset] = []
    for figure in Array(Set(rows.map { $0.key[1] })).sorted() {
      let own = rows.filter { $0.key[1] == figure }
      let prior = priors.min { leftOutError(own, $0) < leftOutError(own, $1) }
      guard let prior, prior.level.isFinite else { continue }
      result += fit(own, prior)
    }
    return result
  }

  /// The mean relative error on groups of rows that a fit has not seen, in five parts.
  static func leftOutError(_ rows: [Row], _ prior: Prior) -> Double {
    let groups = Array(Set(rows.map(\.group))).sorted()
    let part = Dictionary(uniqueKeysWithValues: groups.enumerated().map { ($1, $0 % 5) })
    var sum = 0.0
    for i in 0..<5 {
      let offsets = prior.level.isFinite ? fit(rows.filter { part[$0.group] != i }, prior) : []
      let known = Dictionary(offsets.map { ([$0.mode, $0.figure, $0.model, $0.chip], $0) }) { first, _ in first }
      for row in rows where part[row.group] == i {
        sum += min(3, abs((known[row.key]?.factor(row.traits) ?? 1) / row.truth - 1))
      }
    }
    return sum / Double(max(1, rows.count))
  }

  /// Least squares of relative errors by Gauss and Newton's method, errors beyond a tenth counting linearly (Huber): what
  /// is asked for is a small mean error, and half of the tables' rows are of other engines than the other half.
  static func fit(_ rows: [Row], _ prior: Prior) -> [MeasuredOffset] {
    var byKey: [[String]: [Row]] = [:]
    for row in rows { byKey[row.key, default: []].append(row) }
    return byKey.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { key, rows in
      let count = rows[0].traits.count
      var terms = [Double](repeating: 0, count: count)
      for _ in 0..<25 {
        var matrix = [Double](repeating: 0, count: count * count)
        var right = [Double](repeating: 0, count: count)
        for row in rows {
          let sum = zip(terms, row.traits).reduce(0) { $0 + $1.0 * $1.1 }
          let ratio = exp(max(-4, min(3, sum - log(row.truth))))
          let error = ratio - 1
          let weight = abs(error) < 0.1 ? 1 : 0.1 / abs(error)
          for i in 0..<count {
            right[i] -= weight * error * ratio * row.traits[i]
            for j in 0..<count { matrix[i * count + j] += weight * ratio * ratio * row.traits[i] * row.traits[j] }
          }
        }
        for i in 0..<count {
          let pull = i == 0 ? prior.level : prior.slope
          matrix[i * count + i] += pull
          right[i] -= pull * terms[i]
        }
        guard let step = LinearSystem.solve(matrix, right) else { break }
        for i in 0..<count { terms[i] += max(-0.3, min(0.3, step[i])) }
        if step.allSatisfy({ abs($0) < 1e-5 }) { break }
      }
      let ranges = (1..<count).map { i in rows.map { $0.traits[i] } }
      return MeasuredOffset(
        mode: key[0], figure: key[1], model: key[2], chip: key[3], terms: terms, low: ranges.map { $0.min() ?? 0 },
        high: ranges.map { $0.max() ?? 0 })
    }
  }
}
