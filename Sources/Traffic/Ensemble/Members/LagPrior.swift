import Quantities

/// The columns of a lag regression: what it sees of the past, and the day that follows.
///
/// Seen are the last day and, of the week before, the hours that correspond to the next day and the one after. All 168
/// hours of the week tell no more: with them a regression errs 1 to 6 % more on M4 Hourly, 11 to 15 % more on real
/// traffic, and takes twelve times the elimination.
enum LagColumns {
  /// Steps that the first column lies before the origin.
  static let reach = 168
  /// Columns from ``reach`` on, and columns before the origin.
  static let weekBefore = 48
  static let lastDay = 24
  static let lags = weekBefore + lastDay
  static let ahead = 24
  static let span = lags + ahead
  /// Steps from a window's first column to the first of the last day.
  static let gap = reach - lastDay
  /// Steps of a whole window.
  static let window = reach + ahead

  /// Where a column lies in a window.
  static func place(_ column: Int) -> Int { column < weekBefore ? column : column - weekBefore + gap }

  /// Columns in runs, at the start of each of which the steps leap: the regression without the day after the next, and the
  /// one with it.
  static let narrow = [0..<24, weekBefore..<span]
  static let wide = [0..<weekBefore, weekBefore..<span]
}

/// What many series have in common: mean products of lags with lags and of lags with the day that follows.
///
/// A single series of a few weeks has too few days to learn 72 x 24 coefficients; drawn towards what hundreds of series
/// showed, it needs only to learn how it differs (an empirical Bayes prior for the ridge).
public struct LagPrior: Sendable {
  /// What series have in common on one compression.
  struct Table: Sendable {
    /// Of the mean product matrix the rows of lags, ``LagColumns/span`` columns each, from the diagonal on.
    var products: [Float]
    /// What it implies without a series' own products.
    var wide: LagCoefficients
    var narrow: LagCoefficients

    init?(products: [Float]) {
      guard products.count == LagColumns.lags * LagColumns.span, products.allSatisfy({ $0.isFinite }),
        let wide = LagCoefficients(products, columns: LagColumns.wide, ridge: LagPrior.ridge),
        let narrow = LagCoefficients(products, columns: LagColumns.narrow, ridge: LagPrior.ridge)
      else { return nil }
      self.products = products
      self.wide = wide
      self.narrow = narrow
    }
  }
  /// One for each of ``EnsembleForecaster/kinks``.
  let tables: [Table]
  /// How many series it was made of.
  public let seriesCount: Int

  /// Keeps the products' own noise out of the coefficients.
  static let ridge: Float = 0.03

  init?(products: [[Float]], seriesCount: Int) {
    tables = products.compactMap { Table(products: $0) }
    self.seriesCount = seriesCount
    guard tables.count == EnsembleForecaster.kinks.count else { return nil }
  }

  /// The prior of a set of series, nil where fewer than `least` of them are long enough to tell.
  ///
  /// - Parameter series: hourly values; gaps as NaN.
  public init?(of series: [[Double]], least: Int = 30) {
    let known = series.filter { $0.count >= LagColumns.window + 24 }.compactMap { GapFilling.fill($0, season: 24) }
    var sums: [[Float]] = []
    var fewest = Int.max
    for kink in EnsembleForecaster.kinks {
      var sum = [Double](repeating: 0, count: LagColumns.lags * LagColumns.span)
      var count = 0
      for values in known {
        let z = CompressedSeries(values, kink: kink)
        guard let p = LagProducts(z.values, counts: [values.count], deviation: z.deviation) else { continue }
        for (i, v) in p.sums[0].enumerated() { sum[i] += Double(v) }
        count += 1
      }
      fewest = min(fewest, count)
      sums.append(sum.map { Float($0 / Double(max(1, count))) })
    }
    guard fewest >= max(1, least) else { return nil }
    self.init(products: sums, seriesCount: fewest)
  }
}

/// Products of lags over all windows of one series.
///
/// Each window is taken relative to its last day's mean and to the deviation of the whole series. With one deviation
/// for all windows the product of two lags is that of their predecessors moved by one window, so that all of them cost
/// lags² + n lags operations in place of n lags².
struct LagProducts {
  /// By count: mean products, ``LagColumns/lags`` rows of ``LagColumns/span``, of which those from the diagonal on are
  /// set.
  private(set) var sums: [[Float]] = []
  private(set) var windows: [Int] = []

  /// - Parameters:
  ///   - z: compressed values without gaps.
  ///   - counts: how many of them, from the first on, are used, ascending: one set of products for each.
  ///   - deviation: what a product is measured in.
  /// - Returns: nil where the least count holds no whole window.
  init?(_ z: [Double], counts: [Int], deviation: Double) {
    let span = LagColumns.span
    guard let least = counts.first, let n = counts.last, least >= LagColumns.window, n <= z.count, deviation > 0 else {
      return nil
    }
    var centre = 0.0
    for i in 0..<n { centre += z[i] }
    centre /= Double(n)
    // Centred, so that differences of large sums keep their digits.
    let x = [Double](unsafeUninitializedCapacity: n) { x, count in
      z.withUnsafeBufferPointer { z in for i in 0..<n { x[i] = (z[i] - centre) / deviation } }
      count = n
    }
    // Sums over windows of the first column, and of the first of the last day, times each column.
    var (first, second) = ([Double](repeating: 0, count: span), [Double](repeating: 0, count: span))
    var done = 0
    for count in counts {
      let windows = count - LagColumns.window + 1
      LagProducts.correlate(x, done..<max(done, windows), &first, &second)
      done = max(done, windows)
      sums.append(LagProducts.products(x, windows, first, second))
      self.windows.append(windows)
    }
  }

  /// All products from those of the two blocks' first columns.
  ///
  /// Each window is measured from its last day's mean, whose products with the columns are the means of that day's rows.
  private static func products(_ x: [Double], _ windows: Int, _ first: [Double], _ second: [Double]) -> [Float] {
    let (lags, span, week) = (LagColumns.lags, LagColumns.span, LagColumns.weekBefore)
    // What enters and leaves as the windows move by one, by column.
    let start = (0..<span).map { x[LagColumns.place($0)] }
    let end = (0..<span - 1).map { x[windows + LagColumns.place($0)] }
    let scale = 1 / Double(windows)
    return [Float](unsafeUninitializedCapacity: lags * span) { out, count in
      out.initialize(repeating: 0)
      count = lags * span
      withUnsafeTemporaryAllocation(of: Double.self, capacity: (lags + 1) * span) { scratch in
        start.withUnsafeBufferPointer { start in
          end.withUnsafeBufferPointer { end in
            guard let out = out.baseAddress, let raw = scratch.baseAddress, let start = start.baseAddress,
              let end = end.baseAddress
            else { return }
            let cross = raw + lags * span
            for b in 0..<span { raw[b] = first[b] }
            for a in 0..<lags {
              let row = raw + a * span
              if a == week { for b in a..<span { row[b] = second[b] } }
              guard a + 1 < lags else { break }
              // Product (a + 1, b + 1) from (a, b).
              let (next, leaving, entering) = (row + span, start[a], end[a])
              for b in a..<span - 1 { next[b &+ 1] = row[b] - leaving * start[b] + entering * end[b] }
              if a + 1 < week { next[week] = second[a + 1] }
            }
            var square = 0.0
            for b in 0..<span {
              var sum = 0.0
              for a in week..<lags { sum += raw[min(a, b) * span + max(a, b)] }
              cross[b] = sum / Double(lags - week)
              if b >= week, b < lags { square += cross[b] }
            }
            square /= Double(lags - week)
            for a in 0..<lags {
              let (row, line, own) = (raw + a * span, out + a * span, cross[a])
              for b in a..<span { line[b] = Float((row[b] - own - cross[b] + square) * scale) }
            }
          }
        }
      }
    }
  }

  /// Adds the windows' products, four columns at a time: as many as registers hold.
  private static func correlate(
    _ x: [Double], _ windows: Range<Int>, _ first: inout [Double], _ second: inout [Double]
  ) {
    x.withUnsafeBufferPointer { x in
      guard let x = x.baseAddress else { return }
      for c in stride(from: 0, to: LagColumns.span, by: 4) {
        let (columns, last) = (UnsafeRawPointer(x + LagColumns.place(c)), x + LagColumns.gap)
        var f = SIMD4<Double>(repeating: 0)
        var s = f
        for i in windows {
          let v = columns.loadUnaligned(fromByteOffset: i &* 8, as: SIMD4<Double>.self)
          f += x[i] * v
          s += last[i] * v
        }
        for j in 0..<4 {
          first[c + j] += f[j]
          second[c + j] += s[j]
        }
      }
    }
  }
}

extension LagPrior {
  /// The prior as 4-byte little-endian floats: by compression, of each row of products what stands on and right of the
  /// diagonal.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    for table in tables {
      for a in 0..<LagColumns.lags {
        for value in table.products[a * LagColumns.span + a..<(a + 1) * LagColumns.span] {
          withUnsafeBytes(of: value.bitPattern.littleEndian) { result.append(contentsOf: $0) }
        }
      }
    }
    return result
  }

  /// Reads ``bytes``; nil where they are no prior.
  public init?(bytes: UnsafeRawBufferPointer, seriesCount: Int) {
    let (lags, span) = (LagColumns.lags, LagColumns.span)
    let each = lags * span - lags * (lags - 1) / 2
    guard bytes.count == 4 * each * EnsembleForecaster.kinks.count else { return nil }
    var offset = 0
    let products = EnsembleForecaster.kinks.map { _ in
      var table = [Float](repeating: 0, count: lags * span)
      for a in 0..<lags {
        for b in a..<span {
          table[a * span + b] = Float(
            bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
          offset += 4
        }
      }
      return table
    }
    self.init(products: products, seriesCount: seriesCount)
  }
}
