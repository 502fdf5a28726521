import Glibc

/// A series on a scale on which it is nearly additive: asinh(y / 2c), with c a share of its mean magnitude.
///
/// Well above c this is the logarithm, so that shapes multiply; around zero it is straight, so that empty hours and
/// values of either sign stay harmless (Burbidge, Magee and Robb, 1988, "Alternative transformations to handle extreme
/// values of the dependent variable"). As c follows the series, multiplying a series multiplies its forecast.
struct CompressedSeries {
  let values: [Double]
  let scale: Double
  /// The standard deviation, never zero.
  let deviation: Double

  /// - Parameter kink: c as a share of the mean magnitude. Small values treat quiet hours as carefully as busy ones.
  init(_ series: [Double], kink: Double) {
    var magnitude = 0.0
    for v in series { magnitude += abs(v) }
    magnitude /= Double(max(1, series.count))
    let width = 2 * max(kink * magnitude, 1e-300)
    scale = width
    values = series.map { CompressedSeries.inverseSinh($0 / width) }
    var mean = 0.0
    for v in values { mean += v }
    mean /= Double(max(1, values.count))
    var sum = 0.0
    for v in values { sum += (v - mean) * (v - mean) }
    deviation = max((sum / Double(max(1, values.count))).squareRoot(), 1e-3 * abs(mean) + 1e-9)
  }

  func compress(_ value: Double) -> Double { CompressedSeries.inverseSinh(value / scale) }
  func expand(_ z: Double) -> Double { CompressedSeries.hyperbolicSine(min(max(z, -600), 600)) * scale }

  // The library's asinh and sinh keep every digit around zero, which takes them four times as long as one logarithm or
  // exponential. Here a value near zero needs no digit below the scale's.

  private static func inverseSinh(_ x: Double) -> Double {
    let size = abs(x)
    let result = size < 1e150 ? log(size + (size * size + 1).squareRoot()) : log(size) + log(2)
    return x < 0 ? -result : result
  }

  private static func hyperbolicSine(_ z: Double) -> Double {
    let e = exp(abs(z))
    let result = 0.5 * (e - 1 / e)
    return z < 0 ? -result : result
  }
}
