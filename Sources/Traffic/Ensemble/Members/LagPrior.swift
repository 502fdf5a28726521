import Quantities

/// What many series have in common: mean products of lags with lags and of lags with the day that follows.
///
/// A single series of a few weeks has too few days to learn 168 x 24 coefficients; drawn towards what hundreds of
/// series showed, it needs only to learn how it differs (an empirical Bayes prior for the ridge).
public struct LagPrior: Sendable {
  /// A week of hours in, a day out.
  static let lags = 168
  static let ahead = 24
  static let span = lags + ahead
  /// The first `lags` rows of the mean product matrix of a whole window, `span` columns each.
  var products: [Float]
  /// The coefficients that it alone implies, `lags` rows of `ahead`.
  var coefficients: [Float]
  /// How many series it was made of.
  public let seriesCount: Int

  /// Keeps the products' own noise out of the coefficients.
  static let ridge: Float = 0.03

  init?(products: [Float], seriesCount: Int) {
    guard products.count == LagPrior.lags * LagPrior.span, products.allSatisfy({ $0.isFinite }) else { return nil }
    self.products = products
    self.seriesCount = seriesCount
    var system = products
    for i in 0..<LagPrior.lags { system[i * LagPrior.span + i] += LagPrior.ridge }
    let solver = CholeskySolver(size: LagPrior.lags, sides: LagPrior.ahead)
    guard system.withUnsafeMutableBufferPointer({ $0.baseAddress.map(solver.solve) ?? false }) else { return nil }
    coefficients = (0..<LagPrior.lags).flatMap { i in
      system[i * LagPrior.span + LagPrior.lags..<(i + 1) * LagPrior.span]
    }
  }

  /// The prior of a set of series, nil where fewer than `least` of them are long enough to tell.
  ///
  /// - Parameter series: hourly values; gaps as NaN.
  public init?(of series: [[Double]], least: Int = 30) {
    var sum = [Double](repeating: 0, count: LagPrior.lags * LagPrior.span)
    var count = 0
    for values in series where values.count >= LagPrior.span + 24 {
      guard let filled = GapFilling.fill(values, season: 24) else { continue }
      let z = CompressedSeries(filled, kink: LagPrior.kink)
      guard let p = LagProducts(z.values, count: filled.count, deviation: z.deviation) else { continue }
      for i in sum.indices { sum[i] += Double(p.sums[i]) }
      count += 1
    }
    guard count >= max(1, least) else { return nil }
    self.init(products: sum.map { Float($0 / Double(count)) }, seriesCount: count)
  }

  /// The compression at which products are gathered; the ridges' own compressions lie around it.
  static let kink = 0.1
}

/// Products of lags over all windows of one series.
///
/// Each window is taken relative to its last day's mean and to the deviation of the whole series. With one deviation
/// for all windows the product of lags a + 1 and b + 1 is that of a and b shifted by one window, so that all of them
/// cost lags² + n lags operations in place of n lags².
struct LagProducts {
  /// Mean products: `lags` rows of `span`.
  var sums: [Float]
  let windows: Int

  /// - Parameters:
  ///   - z: compressed values without gaps, of which the first `count` are used.
  ///   - deviation: what a product is measured in.
  /// - Returns: nil where there is no whole window.
  init?(_ z: [Double], count n: Int, deviation: Double) {
    let (lags, span) = (LagPrior.lags, LagPrior.span)
    let windows = n - span + 1
    guard windows > 0, deviation > 0 else { return nil }
    self.windows = windows
    var centre = 0.0
    for i in 0..<n { centre += z[i] }
    centre /= Double(n)
    // Centred, so that differences of large sums keep their digits.
    var x = [Double](repeating: 0, count: n + 8)
    for i in 0..<n { x[i] = (z[i] - centre) / deviation }
    var day = [Double](repeating: 0, count: windows)  // mean of each window's last day of lags
    var running = 0.0
    for i in lags - 24..<lags { running += x[i] }
    for i in 0..<windows {
      day[i] = running / 24
      running += x[i + lags] - x[i + lags - 24]
    }
    var first = [Double](repeating: 0, count: span)  // sum of x[i] x[i + b]
    var cross = [Double](repeating: 0, count: span)  // sum of x[i + a] day[i]
    var square = 0.0
    for i in 0..<windows { square += day[i] * day[i] }
    x.withUnsafeBufferPointer { x in
      day.withUnsafeBufferPointer { day in
        first.withUnsafeMutableBufferPointer { first in
          cross.withUnsafeMutableBufferPointer { cross in
            LagProducts.correlate(x, day, windows, span, first, cross)
          }
        }
      }
    }
    let scale = 1 / Double(windows)
    sums = [Float](unsafeUninitializedCapacity: lags * span) { out, count in
      var row = first
      for a in 0..<lags {
        for b in a..<span { out[a * span + b] = Float((row[b] - cross[a] - cross[b] + square) * scale) }
        for b in 0..<a { out[a * span + b] = out[b * span + a] }
        // The next row, right to left: product (a + 1, b + 1) from (a, b).
        var b = span - 1
        while b > a {
          row[b] = row[b - 1] - x[a] * x[b - 1] + x[windows + a] * x[windows + b - 1]
          b -= 1
        }
      }
      count = lags * span
    }
  }

  /// Sums over windows i of x[i] x[i + b] and day[i] x[i + b] for all b, eight at a time.
  private static func correlate(
    _ x: UnsafeBufferPointer<Double>, _ day: UnsafeBufferPointer<Double>, _ windows: Int, _ span: Int,
    _ first: UnsafeMutableBufferPointer<Double>, _ cross: UnsafeMutableBufferPointer<Double>
  ) {
    guard let x = x.baseAddress, let day = day.baseAddress else { return }
    var b = 0
    while b < span {
      var f = SIMD8<Double>(repeating: 0)
      var c = SIMD8<Double>(repeating: 0)
      for i in 0..<windows {
        let v = UnsafeRawPointer(x + i + b).loadUnaligned(as: SIMD8<Double>.self)
        f += x[i] * v
        c += day[i] * v
      }
      for j in 0..<8 {
        first[b + j] = f[j]
        cross[b + j] = c[j]
      }
      b += 8
    }
  }
}

extension LagPrior {
  /// The prior as 4-byte little-endian floats: of each row of products what stands on and right of the diagonal.
  public var bytes: [UInt8] {
    var result: [UInt8] = []
    for a in 0..<LagPrior.lags {
      for b in a..<LagPrior.span {
        withUnsafeBytes(of: products[a * LagPrior.span + b].bitPattern.littleEndian) { result.append(contentsOf: $0) }
      }
    }
    return result
  }

  /// Reads ``bytes``; nil where they are no prior.
  public init?(bytes: UnsafeRawBufferPointer, seriesCount: Int) {
    let (lags, span) = (LagPrior.lags, LagPrior.span)
    guard bytes.count == 4 * (lags * span - lags * (lags - 1) / 2) else { return nil }
    var products = [Float](repeating: 0, count: lags * span)
    var offset = 0
    for a in 0..<lags {
      for b in a..<span {
        let bits = UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        products[a * span + b] = Float(bitPattern: bits)
        if b < lags { products[b * span + a] = products[a * span + b] }
        offset += 4
      }
    }
    self.init(products: products, seriesCount: seriesCount)
  }
}
