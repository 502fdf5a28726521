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
    values = series.map { asinh($0 / width) }
    var mean = 0.0
    for v in values { mean += v }
    mean /= Double(max(1, values.count))
    var sum = 0.0
    for v in values { sum += (v - mean) * (v - mean) }
    deviation = max((sum / Double(max(1, values.count))).squareRoot(), 1e-3 * abs(mean) + 1e-9)
  }

  func compress(_ value: Double) -> Double { asinh(value / scale) }
  func expand(_ z: Double) -> Double { sinh(min(max(z, -600), 600)) * scale }
}
