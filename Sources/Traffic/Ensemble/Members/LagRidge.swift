import Quantities

/// The coefficients of a lag regression: a row of 24 hours ahead for each lag that it sees.
struct LagCoefficients: Sendable {
  /// The lags in runs of steps, counted from the first step of the window.
  private(set) var runs: [Range<Int>]
  /// ``LagColumns/ahead`` numbers a lag.
  let values: [Float]

  /// Solves (products + ridge I) B = products with the days ahead.
  ///
  /// - Parameters:
  ///   - products: ``LagColumns/lags`` rows of ``LagColumns/span`` from the diagonal on.
  ///   - columns: which of them count, in runs, the days ahead last.
  ///   - pulled: what B is drawn to, as strongly as the ridge; nil is zero.
  /// - Returns: nil where the products are not positive definite to single precision.
  init?(_ products: [Float], columns: [Range<Int>], ridge: Float, pulled: LagCoefficients? = nil) {
    let (ahead, span) = (LagColumns.ahead, LagColumns.span)
    let width = columns.reduce(0) { $0 + $1.count }
    let lags = width - ahead
    let all = columns.joined()
    let solver = CholeskySolver(size: lags, sides: ahead)
    var isSolved = false
    values = withUnsafeTemporaryAllocation(of: Float.self, capacity: lags * width) { system in
      guard let first = system.baseAddress else { return [] }
      products.withUnsafeBufferPointer { p in
        guard let p = p.baseAddress else { return }
        for (i, column) in all.prefix(lags).enumerated() {
          // What stands left of the diagonal comes along and is never read.
          var place = first + i * width
          for run in columns {
            place.initialize(from: p + column * span + run.lowerBound, count: run.count)
            place += run.count
          }
          system[i * width + i] += ridge
        }
      }
      pulled?.values.withUnsafeBufferPointer { b in
        guard let b = b.baseAddress else { return }
        for i in 0..<lags {
          let (row, other) = (first + i * width + lags, b + i * ahead)
          for j in 0..<ahead { row[j] += ridge * other[j] }
        }
      }
      isSolved = solver.solve(first)
      return [Float](unsafeUninitializedCapacity: lags * ahead) { values, count in
        guard let values = values.baseAddress else { return }
        for i in 0..<lags { (values + i * ahead).initialize(from: first + i * width + lags, count: ahead) }
        count = lags * ahead
      }
    }
    runs = columns.map { LagColumns.place($0.lowerBound)..<LagColumns.place($0.lowerBound) + $0.count }
    // The days ahead follow the last day of the past and are no lags.
    runs[runs.count - 1] = runs[runs.count - 1].lowerBound..<LagColumns.reach
    guard isSolved, values.allSatisfy({ $0.isFinite }) else { return nil }
  }
}

/// A ridge regression of the next day on the last day and the week before, hour by hour, drawn towards a ``LagPrior``.
///
/// With S the mean products of the series' own windows (``LagProducts``), G, C the prior's and B0 its coefficients:
/// B = (S_xx + k G + l I)⁻¹ (S_xy + k C + l B0). Longer horizons chain days: forecast, append, forecast again, which
/// beat a direct two days in validation.
struct LagRidge {
  /// Weight of the prior's products.
  static let priorWeight: Float = 0.0003
  /// Weight of the prior's coefficients where all lags are seen, and where the fewer are. The regression of the many is a
  /// member of its own, so that a series' own need not lean on it: thirty times as much (and of the products) costs 1.4,
  /// 2.3 and 1.4 % of accuracy at three ends of M4 Hourly, a third as much gains nothing, and real traffic is alike with all.
  static let widePull: Float = 0.0001
  static let narrowPull: Float = 0.0003
  /// Points below which a series cannot tell its own coefficients.
  static let leastPoints = 240

  let coefficients: LagCoefficients
  let deviation: Double

  /// The two regressions of a series from each of several counts of points, nil where the least is too short.
  ///
  /// - Parameter counts: how many points of the series, from its start, may be learned from; ascending.
  /// - Returns: by count.
  static func own(
    _ series: CompressedSeries, counts: [Int], prior: LagPrior.Table
  ) -> (wide: [LagRidge], narrow: [LagRidge])? {
    guard let least = counts.first, least >= leastPoints,
      let products = LagProducts(series.values, counts: counts, deviation: series.deviation)
    else { return nil }
    var (wide, narrow): ([LagRidge], [LagRidge]) = ([], [])
    for own in products.sums {
      var sums = own
      sums.withUnsafeMutableBufferPointer { s in
        prior.products.withUnsafeBufferPointer { p in for i in s.indices { s[i] += priorWeight * p[i] } }
      }
      guard
        let w = LagCoefficients(sums, columns: LagColumns.wide, ridge: widePull, pulled: prior.wide),
        let n = LagCoefficients(sums, columns: LagColumns.narrow, ridge: narrowPull, pulled: prior.narrow)
      else { return nil }
      wide.append(LagRidge(coefficients: w, deviation: series.deviation))
      narrow.append(LagRidge(coefficients: n, deviation: series.deviation))
    }
    return (wide, narrow)
  }

  /// The least and the largest of the three weeks before a point: no path leaves what they span.
  static func bounds(_ values: [Double], origin: Int) -> (low: Double, high: Double) {
    let first = max(0, origin - 504)
    return values.withUnsafeBufferPointer { values in
      guard let start = values.baseAddress, origin > first else { return (0, 0) }
      var low = SIMD4<Double>(repeating: values[first])
      var high = low
      var i = first
      while i + 4 <= origin {
        let v = UnsafeRawPointer(start + i).loadUnaligned(as: SIMD4<Double>.self)
        low.replace(with: v, where: v .< low)
        high.replace(with: v, where: v .> high)
        i += 4
      }
      var bounds = (low: low.min(), high: high.max())
      while i < origin {
        bounds = (min(bounds.low, start[i]), max(bounds.high, start[i]))
        i += 1
      }
      return bounds
    }
  }

  /// The path after the first `origin` points, in the series' own units.
  ///
  /// - Parameter bounds: see ``bounds(_:origin:)``.
  func write(
    _ path: UnsafeMutableBufferPointer<Double>, from series: CompressedSeries, origin: Int,
    bounds: (low: Double, high: Double)
  ) {
    let (reach, ahead) = (LagColumns.reach, LagColumns.ahead)
    let days = (path.count + ahead - 1) / ahead
    let (low, high) = (series.compress(bounds.low), series.compress(bounds.high))
    let inverse = 1 / deviation
    withUnsafeTemporaryAllocation(of: Double.self, capacity: reach + days * ahead) { window in
      _ = window.initialize(fromContentsOf: series.values[origin - reach..<origin])
      withUnsafeTemporaryAllocation(of: Float.self, capacity: LagColumns.lags) { seen in
        guard let first = window.baseAddress, let seen = seen.baseAddress else { return }
        for day in 0..<days {
          let start = first + day * ahead
          var mean = 0.0
          for i in 0..<24 { mean += start[LagColumns.gap + i] }
          mean /= 24
          var x = seen
          for run in coefficients.runs {
            let from = start + run.lowerBound
            for i in 0..<run.count { x[i] = Float((from[i] - mean) * inverse) }
            x += run.count
          }
          let (a, b, c) = coefficients.day(after: UnsafePointer(seen), count: x - seen)
          let next = start + reach
          for j in 0..<8 {
            next[j] = min(max(Double(a[j]) * deviation + mean, low), high)
            next[8 + j] = min(max(Double(b[j]) * deviation + mean, low), high)
            next[16 + j] = min(max(Double(c[j]) * deviation + mean, low), high)
          }
        }
      }
      for t in path.indices { path[t] = series.expand(window[reach + t]) }
    }
  }
}

extension LagCoefficients {
  /// The 24 hours that follow lags, eight in each part.
  @inline(__always)
  fileprivate func day(
    after lags: UnsafePointer<Float>, count: Int
  ) -> (SIMD8<Float>, SIMD8<Float>, SIMD8<Float>) {
    var (a, b, c) = (SIMD8<Float>(repeating: 0), SIMD8<Float>(repeating: 0), SIMD8<Float>(repeating: 0))
    values.withUnsafeBytes { raw in
      guard var row = raw.baseAddress else { return }
      for i in 0..<count {
        let x = lags[i]
        a += x * row.loadUnaligned(as: SIMD8<Float>.self)
        b += x * row.loadUnaligned(fromByteOffset: 32, as: SIMD8<Float>.self)
        c += x * row.loadUnaligned(fromByteOffset: 64, as: SIMD8<Float>.self)
        row += 4 * LagColumns.ahead
      }
    }
    return (a, b, c)
  }
}
