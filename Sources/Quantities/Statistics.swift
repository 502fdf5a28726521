import Glibc

/// Statistics of plain numbers. Functions skip NaN unless they say otherwise, and give nil where nothing is left.
public enum Statistics {
  public static func mean(_ values: [Double]) -> Double? {
    var sum = 0.0
    var n = 0
    for v in values where !v.isNaN {
      sum += v
      n += 1
    }
    return n == 0 ? nil : sum / Double(n)
  }

  /// The sample variance (divided by n - 1), two passes for accuracy.
  public static func variance(_ values: [Double]) -> Double? {
    guard let m = mean(values) else { return nil }
    var sum = 0.0
    var n = 0
    for v in values where !v.isNaN {
      sum += (v - m) * (v - m)
      n += 1
    }
    return n < 2 ? nil : sum / Double(n - 1)
  }

  public static func deviation(_ values: [Double]) -> Double? { variance(values).map { $0.squareRoot() } }

  /// The quantile of a sorted array without NaN, linear between order statistics (Hyndman and Fan's type 7).
  public static func quantile(sorted values: [Double], _ p: Double) -> Double? {
    guard !values.isEmpty, !p.isNaN else { return nil }
    let rank = min(max(p, 0), 1) * Double(values.count - 1)
    let below = Int(rank)
    let above = min(below + 1, values.count - 1)
    return values[below] + (values[above] - values[below]) * (rank - Double(below))
  }

  /// The same of values in any order, which are not sorted but for what is asked.
  public static func quantile(_ values: [Double], _ p: Double) -> Double? {
    p.isNaN ? nil : quantiles(values, [p])?.first
  }

  /// Several of them; NaN for a level that is none.
  public static func quantiles(_ values: [Double], _ ps: [Double]) -> [Double]? {
    var known = values.filter { !$0.isNaN }
    guard !known.isEmpty else { return nil }
    let last = known.count - 1
    // Of few, sorting them all costs less than finding out which to sort.
    if last < 64 {
      known.sort()
      return ps.map { quantile(sorted: known, $0) ?? .nan }
    }
    var places: [Int] = []
    for p in ps where !p.isNaN {
      let below = Int(min(max(p, 0), 1) * Double(last))
      places.append(below)
      places.append(min(below + 1, last))
    }
    places.sort()
    known.withUnsafeMutableBufferPointer { OrderStatistics.place($0, places[...]) }
    return ps.map { quantile(sorted: known, $0) ?? .nan }
  }

  public static func median(_ values: [Double]) -> Double? { quantile(values, 0.5) }

  /// Wilson's interval of a share at 95 % (Wilson 1927, "Probable inference, the law of succession", JASA 22): of `n` that
  /// are independent. All or nothing at all keeps its end; 0 to 1 where nothing was seen.
  public static func wilson(share p: Double, of n: Double) -> (low: Double, high: Double) {
    guard n > 0 else { return (0, 1) }
    let z = 1.959964
    let middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    let half = z / (1 + z * z / n) * (p * (1 - p) / n + z * z / (4 * n * n)).squareRoot()
    return (p <= 0 ? 0 : max(0, middle - half), p >= 1 ? 1 : min(1, middle + half))
  }

  /// The median absolute deviation times 1.4826, which equals the standard deviation for a normal.
  public static func robustDeviation(_ values: [Double]) -> Double? {
    guard let m = median(values) else { return nil }
    return median(values.map { abs($0 - m) }).map { $0 * 1.4826 }
  }

  /// The least-squares line through (x, y): intercept, slope and the slope's standard error.
  public static func line(x: [Double], y: [Double]) -> (intercept: Double, slope: Double, slopeError: Double)? {
    let pairs = zip(x, y).filter { !$0.0.isNaN && !$0.1.isNaN }
    guard pairs.count >= 2 else { return nil }
    let n = Double(pairs.count)
    let mx = pairs.reduce(0) { $0 + $1.0 } / n
    let my = pairs.reduce(0) { $0 + $1.1 } / n
    let sxx = pairs.reduce(0) { $0 + ($1.0 - mx) * ($1.0 - mx) }
    guard sxx > 0 else { return nil }
    let slope = pairs.reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / sxx
    let intercept = my - slope * mx
    let rss = pairs.reduce(0) { $0 + pow($1.1 - intercept - slope * $1.0, 2) }
    return (intercept, slope, pairs.count > 2 ? (rss / (n - 2) / sxx).squareRoot() : 0)
  }

  /// The Theil-Sen line: the median of the slopes of pairs, which a third of outliers cannot move. Of more than
  /// 300 points, pairs (i, i + n/2) and neighbours at prime strides are taken instead of all.
  public static func robustLine(x: [Double], y: [Double]) -> (intercept: Double, slope: Double)? {
    let pairs = zip(x, y).filter { !$0.0.isNaN && !$0.1.isNaN }
    guard pairs.count >= 2 else { return nil }
    var slopes: [Double] = []
    let n = pairs.count
    let strides = n <= 300 ? Array(1..<n) : [n / 2, n / 3, n / 4, n / 5, n / 7].filter { $0 > 0 }
    for stride in strides {
      for i in 0..<(n - stride) where pairs[i + stride].0 != pairs[i].0 {
        slopes.append((pairs[i + stride].1 - pairs[i].1) / (pairs[i + stride].0 - pairs[i].0))
      }
    }
    guard let slope = median(slopes), let intercept = median(pairs.map { $0.1 - slope * $0.0 }) else { return nil }
    return (intercept, slope)
  }

  /// The correlation of a series with itself `lag` steps later; pairs with a gap are left out.
  public static func autocorrelation(_ values: [Double], lag: Int) -> Double? {
    guard lag > 0, values.count > lag, let m = mean(values) else { return nil }
    var top = 0.0
    var bottom = 0.0
    for i in values.indices where !values[i].isNaN {
      bottom += (values[i] - m) * (values[i] - m)
      if i >= lag, !values[i - lag].isNaN { top += (values[i] - m) * (values[i - lag] - m) }
    }
    return bottom > 0 ? top / bottom : nil
  }

  /// The standard normal's cumulative distribution.
  public static func normalCumulative(_ z: Double) -> Double { 0.5 * erfc(-z / 2.0.squareRoot()) }

  /// The standard normal's quantile: Acklam's rational approximation (relative error 1.15e-9), polished by one
  /// step of Halley's method to machine precision.
  public static func normalQuantile(_ p: Double) -> Double {
    if p.isNaN { return .nan }
    guard p > 0 else { return -.infinity }
    guard p < 1 else { return .infinity }
    let a = [
      -3.969683028665376e+01, 2.209460984245205e+02, -2.759285104469687e+02, 1.383577518672690e+02,
      -3.066479806614716e+01, 2.506628277459239e+00,
    ]
    let b = [
      -5.447609879822406e+01, 1.615858368580409e+02, -1.556989798598866e+02, 6.680131188771972e+01,
      -1.328068155288572e+01,
    ]
    let c = [
      -7.784894002430293e-03, -3.223964580411365e-01, -2.400758277161838e+00, -2.549732539343734e+00,
      4.374664141464968e+00, 2.938163982698783e+00,
    ]
    let d = [7.784695709041462e-03, 3.224671290700398e-01, 2.445134137142996e+00, 3.754408661907416e+00]
    func polynomial(_ coefficients: [Double], _ x: Double) -> Double { coefficients.reduce(0) { $0 * x + $1 } }
    var x: Double
    if p < 0.02425 {
      let q = (-2 * log(p)).squareRoot()
      x = polynomial(c, q) / (polynomial(d, q) * q + 1)
    } else if p > 1 - 0.02425 {
      let q = (-2 * log1p(-p)).squareRoot()
      x = -polynomial(c, q) / (polynomial(d, q) * q + 1)
    } else {
      let q = p - 0.5
      let r = q * q
      x = polynomial(a, r) * q / (polynomial(b, r) * r + 1)
    }
    let e = normalCumulative(x) - p
    let u = e * (2 * Double.pi).squareRoot() * exp(x * x / 2)
    // Where probabilities are subnormal the step overflows; the approximation stands.
    let step = u / (1 + x * u / 2)
    return step.isFinite && abs(step) < 1e-6 * max(1, abs(x)) ? x - step : x
  }

  /// The smallest whole number not below `a / b`, forgiving the rounding of one multiplication and one division:
  /// `0.1 * 3 / 0.1` gives 3, where a plain ceiling gives 4. The slack is 4 units in the last place of the ratio.
  public static func ceilingOfRatio(_ a: Double, _ b: Double) -> Double {
    let ratio = a / b
    let nearest = ratio.rounded()
    if abs(ratio - nearest) <= 4 * ratio.ulp { return nearest }
    return ratio.rounded(.up)
  }
}
