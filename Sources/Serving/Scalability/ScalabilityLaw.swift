import Glibc
import Quantities

/// The Universal Scalability Law (Gunther, *Guerrilla Capacity Planning*, Springer 2007, chapter 4): throughput X at N
/// requests at once, when a share s of the work is done one at a time and each pair of requests costs k to keep in step.
///
///     X(N) = l N / (1 + s (N - 1) + k N (N - 1))
public struct ScalabilityLaw: Hashable, Sendable {
  /// Requests a second of one alone, lambda.
  public let rate: RequestRate
  /// sigma: contention, 0 or more.
  public let contention: Double
  /// kappa: what it costs to stay coherent, 0 or more.
  public let coherency: Double

  /// - Precondition: a rate above zero, and neither coefficient negative.
  public init(rate: RequestRate, contention: Double, coherency: Double) {
    precondition(rate > .zero && rate.isFinite, "one request alone has a rate")
    precondition(contention >= 0 && coherency >= 0, "sigma and kappa are 0 or more")
    self.rate = rate
    self.contention = contention
    self.coherency = coherency
  }

  /// Throughput with so many requests at once.
  public func throughput(at concurrency: Double) -> RequestRate {
    guard concurrency > 0 else { return .zero }
    let n = concurrency
    return .perSecond(rate.perSecond * n / (1 + contention * (n - 1) + coherency * n * (n - 1)))
  }

  /// The time that each request takes with so many at once: N / X(N), by Little's law. Seconds.
  public func responseTime(at concurrency: Double) -> Double {
    let n = max(1, concurrency)
    return (1 + contention * (n - 1) + coherency * n * (n - 1)) / rate.perSecond
  }

  /// Where throughput is highest, sqrt((1 - s) / k); infinite where nothing is lost by coherency, 1 where s is 1 or more.
  public var peakConcurrency: Double {
    guard contention < 1 else { return 1 }
    return coherency > 0 ? max(1, ((1 - contention) / coherency).squareRoot()) : .infinity
  }

  /// The highest throughput: X at the peak, l / s where there is none, without limit where nothing is lost at all.
  public var peakRate: RequestRate {
    peakConcurrency.isFinite
      ? throughput(at: peakConcurrency)
      : contention > 0 ? .perSecond(rate.perSecond / contention) : .perSecond(.infinity)
  }

  /// The knee: where throughput over response time, Kleinrock's power, is highest ("Power and deterministic rules of thumb
  /// for probabilistic problems", ICC 1979). Beyond it a request more costs all others more than it brings. The root of
  /// 3 k N^2 + (s - k) N - (1 - s) = 0; infinite where one more never costs more than it brings.
  public var kneeConcurrency: Double {
    let (s, k) = (contention, coherency)
    guard s < 1 else { return 1 }
    if k == 0 { return s > 0 ? (1 - s) / s : .infinity }
    let b = s - k
    let root = (b * b + 12 * k * (1 - s)).squareRoot()
    // The form in which nothing cancels.
    return max(1, b > 0 ? 2 * (1 - s) / (b + root) : (root - b) / (6 * k))
  }
}

/// The law fitted to measurements, with how sure it is.
public struct ScalabilityFit: Hashable, Sendable {
  public let law: ScalabilityLaw
  /// 95 % intervals, by the linearized covariance of the fit and Student's t; both ends are the value where there are only
  /// three points, through which the law always passes.
  public let contention: ClosedRange<Double>
  public let coherency: ClosedRange<Double>
  public let peakConcurrency: ClosedRange<Double>
  public let peakRate: ClosedRange<Double>
  /// The root of the mean square of throughput's relative error.
  public let relativeError: Double
  public let points: Int

  /// Fits throughputs by least squares, as Gunther and the R package `usl` do, with neither coefficient below zero.
  ///
  /// - Parameter measurements: concurrency (1 or more) and throughput, three or more different concurrencies.
  /// - Throws: ``ServingError`` where there are fewer, or a value means nothing.
  public init(_ measurements: [(concurrency: Double, throughput: Double)]) throws(ServingError) {
    for m in measurements {
      guard m.concurrency.isFinite, m.concurrency > 0, m.throughput.isFinite, m.throughput > 0 else {
        throw ServingError(
          .invalidParameter, "a throughput of \(m.throughput)/s at a concurrency of \(m.concurrency): both are above 0")
      }
    }
    guard Set(measurements.map(\.concurrency)).count >= 3 else {
      throw ServingError(
        .invalidParameter,
        "the scalability law needs throughputs at three different concurrencies: measure at 1, at a few, and at many")
    }
    let n = measurements.map(\.concurrency)
    let x = measurements.map(\.throughput)
    let scale = x.max() ?? 1
    let solver = ScalabilitySolver(n: n, x: x.map { $0 / scale })
    let best = solver.solve()
    law = ScalabilityLaw(rate: .perSecond(best[0] * scale), contention: best[1], coherency: best[2])
    let fitted = law
    relativeError =
      (zip(n, x).reduce(0) { $0 + pow(fitted.throughput(at: $1.0).perSecond / $1.1 - 1, 2) } / Double(n.count))
      .squareRoot()
    points = n.count
    let freedom = Double(n.count - 3)
    let covariance = freedom > 0 ? solver.covariance(best) : nil
    let t = freedom > 0 ? Self.student(freedom) : 0
    func range(_ value: Double, _ gradient: [Double], least: Double, scaledBy factor: Double = 1) -> ClosedRange<Double>
    {
      guard let covariance, value.isFinite else { return value...value }
      var variance = 0.0
      for i in 0..<3 { for j in 0..<3 { variance += gradient[i] * covariance[i][j] * gradient[j] } }
      let half = t * max(0, variance).squareRoot() * factor
      guard half.isFinite else { return least...max(least, value) }
      return max(least, value - half)...max(least, value + half)
    }
    /// Numerically: the peak's formulas have no simple derivative where a coefficient is zero.
    func gradient(_ f: (ScalabilityLaw) -> Double) -> [Double] {
      (0..<3).map { i in
        let step = max(abs(best[i]), 1e-9) * 1e-5
        func moved(_ by: Double) -> Double {
          var p = best
          p[i] = max(i == 0 ? 1e-12 : 0, p[i] + by)
          return f(ScalabilityLaw(rate: .perSecond(p[0]), contention: p[1], coherency: p[2]))
        }
        return (moved(step) - moved(-step)) / (best[i] - step < 0 ? step : 2 * step)
      }
    }
    contention = range(best[1], [0, 1, 0], least: 0)
    coherency = range(best[2], [0, 0, 1], least: 0)
    peakConcurrency = range(law.peakConcurrency, gradient(\.peakConcurrency), least: 1)
    peakRate = range(law.peakRate.perSecond, gradient { $0.peakRate.perSecond }, least: 0, scaledBy: scale)
  }

  /// The 97.5 % quantile of Student's t; exact for 1 and 2 degrees of freedom, else as ``BatchMeans``.
  private static func student(_ freedom: Double) -> Double {
    let few = [12.7062, 4.30265, 3.18245, 2.77645, 2.57058, 2.44691, 2.36462, 2.30600, 2.26216]
    let i = Int(freedom) - 1
    return i < few.count ? few[max(0, i)] : BatchMeans.studentQuantile(0.975, freedom: freedom)
  }
}

/// Least squares of the law: Levenberg and Marquardt's method, within the bounds.
private struct ScalabilitySolver {
  let n: [Double]
  /// Scaled to a highest of 1.
  let x: [Double]

  private func value(_ p: [Double], _ n: Double) -> Double {
    p[0] * n / (1 + p[1] * (n - 1) + p[2] * n * (n - 1))
  }
  private func cost(_ p: [Double]) -> Double {
    zip(n, x).reduce(0) { sum, point in
      let error = value(p, point.0) - point.1
      return sum + error * error
    }
  }
  /// Derivatives by rate, contention, coherency at one concurrency.
  private func slopes(_ p: [Double], _ n: Double) -> [Double] {
    let below = 1 + p[1] * (n - 1) + p[2] * n * (n - 1)
    let over = p[0] * n / (below * below)
    return [n / below, -over * (n - 1), -over * n * (n - 1)]
  }

  func solve() -> [Double] {
    // With each coefficient free or held at zero: the best of those within the bounds.
    let starts: [[Bool]] = [[true, true], [true, false], [false, true], [false, false]]
    let found = starts.map { free in minimize(from: start(free), free: [true] + free) }
    return found.min { cost($0) < cost($1) } ?? [1, 0, 0]
  }

  /// The law's reciprocal is linear: N / X = (1 + s (N - 1) + k N (N - 1)) / l.
  private func start(_ free: [Bool]) -> [Double] {
    let alone = zip(n, x).min { $0.0 < $1.0 } ?? (1, 1)
    return [alone.1 / alone.0, free[0] ? 0.02 : 0, free[1] ? 1e-4 : 0]
  }

  private func minimize(from start: [Double], free: [Bool]) -> [Double] {
    var p = start
    var damping = 1e-3
    var best = cost(p)
    let indices = free.indices.filter { free[$0] }
    for _ in 0..<500 {
      var matrix = [[Double]](repeating: [0, 0, 0], count: 3)
      var right = [0.0, 0, 0]
      for (n, x) in zip(n, x) {
        let slope = slopes(p, n)
        let error = x - value(p, n)
        for i in indices {
          right[i] += slope[i] * error
          for j in indices { matrix[i][j] += slope[i] * slope[j] }
        }
      }
      for i in 0..<3 where !free[i] { matrix[i][i] = 1 }
      for i in indices { matrix[i][i] *= 1 + damping }
      guard let step = LinearSystem.solve(matrix.flatMap { $0 }, right) else { break }
      let next = [max(1e-12, p[0] + step[0]), max(0, p[1] + step[1]), max(0, p[2] + step[2])]
      let now = cost(next)
      if now < best {
        let gain = best - now
        p = next
        best = now
        damping = max(damping / 10, 1e-12)
        if gain < 1e-15 * best { break }
      } else {
        damping *= 10
        if damping > 1e12 { break }
      }
    }
    return p
  }

  /// Residual variance times the inverse of J'J, in the scaled unit of the rate.
  func covariance(_ p: [Double]) -> [[Double]]? {
    var matrix = [[Double]](repeating: [0, 0, 0], count: 3)
    for n in n {
      let slope = slopes(p, n)
      for i in 0..<3 { for j in 0..<3 { matrix[i][j] += slope[i] * slope[j] } }
    }
    let variance = cost(p) / Double(n.count - 3)
    var columns: [[Double]] = []
    for i in 0..<3 {
      var unit = [0.0, 0, 0]
      unit[i] = 1
      guard let column = LinearSystem.solve(matrix.flatMap { $0 }, unit) else { return nil }
      columns.append(column.map { $0 * variance })
    }
    return columns
  }
}
