import Glibc

/// How the share of requests that miss a bound grows with the rate: logistic in the rate's logarithm, fitted to several
/// probes together, so that each says something about the limit though none of them tells it alone.
struct MissCurve {
  /// A probe: its rate, how many independent requests it amounts to, and the share of them that missed.
  struct Point {
    var rate: Double
    var count: Double
    var missed: Double
  }
  /// The rate at which exactly the allowed share misses, and its relative standard error.
  let limit: Double
  let error: Double

  /// The slope is expected around 20, by a factor of e either way: a request in a hundred misses at the limit, and one in
  /// three to twelve at a tenth above. It matters only where the probes tell no slope.
  private static let slope = log(20.0)

  /// - Parameters:
  ///   - allowed: the share of requests that may miss.
  ///   - capacity: what the service can do a second, where that is known. There more than half miss in the end, which says
  ///     how steep the curve is on the way, by a factor of 1.4 either way.
  init?(_ points: [Point], allowed: Double, capacity: Double? = nil) {
    guard var found = MissCurve(points, allowed: allowed, slope: Self.slope, spread: 1) else { return nil }
    if let capacity {
      for _ in 0..<3 where capacity > found.limit * 1.003 {
        let target = log(allowed / (1 - allowed))
        let slope = log((0.4 - target) / log(capacity / found.limit))
        guard let next = MissCurve(points, allowed: allowed, slope: min(6, max(1.4, slope)), spread: 0.35) else {
          break
        }
        found = next
      }
    }
    self = found
  }

  private init?(_ points: [Point], allowed: Double, slope: Double, spread: Double) {
    guard !points.isEmpty, allowed > 0, allowed < 1 else { return nil }
    let centre = points.reduce(0) { $0 + log($1.rate) } / Double(points.count)
    let x = points.map { log($0.rate) - centre }
    let target = log(allowed / (1 - allowed))
    func loss(_ a: Double, _ s: Double) -> Double {
      var sum = (s - slope) * (s - slope) / (2 * spread * spread)
      for (point, x) in zip(points, x) {
        let e = a + exp(s) * x
        sum -= point.count * (point.missed * e - (e > 30 ? e : log1p(exp(e))))
      }
      return sum
    }
    var a = target
    var s = slope
    var inverse = (0.0, 0.0, 0.0)
    for _ in 0..<60 {
      let b = exp(s)
      var gradient = (0.0, (s - slope) / (spread * spread))
      var hessian = (1e-9, 0.0, 1 / (spread * spread))
      for (point, x) in zip(points, x) {
        let m = 1 / (1 + exp(-(a + b * x)))
        let w = point.count * m * (1 - m)
        let off = point.count * (point.missed - m)
        gradient.0 -= off
        gradient.1 -= off * x * b
        hessian.0 += w
        hessian.1 += w * x * b
        hessian.2 += w * x * x * b * b
      }
      let determinant = hessian.0 * hessian.2 - hessian.1 * hessian.1
      guard determinant > 0, determinant.isFinite else { return nil }
      inverse = (hessian.2 / determinant, -hessian.1 / determinant, hessian.0 / determinant)
      let step = (
        inverse.0 * gradient.0 + inverse.1 * gradient.1, inverse.1 * gradient.0 + inverse.2 * gradient.1
      )
      let before = loss(a, s)
      var scale = 1.0
      // exp(1.4) is a slope of 4, exp(6) one of 400: flatter and steeper ones are noise.
      func bounded(_ s: Double) -> Double { min(6, max(1.4, s)) }
      while scale > 1e-4, loss(a - scale * step.0, bounded(s - scale * step.1)) > before { scale /= 2 }
      a -= scale * step.0
      s = bounded(s - scale * step.1)
      if max(abs(scale * step.0), abs(scale * step.1)) < 1e-6 { break }
    }
    let b = exp(s)
    limit = exp(centre + (target - a) / b)
    // The delta method: the limit's logarithm is (target - a) / b.
    let da = -1 / b
    let ds = -(target - a) / b
    error = max(0, da * da * inverse.0 + 2 * da * ds * inverse.1 + ds * ds * inverse.2).squareRoot()
    guard limit.isFinite, error.isFinite else { return nil }
  }
}
