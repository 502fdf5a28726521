import Catalogs
import Documents
import Glibc
import Quantities

/// A replica as measured at several loads: times between the points are interpolated, the Universal Scalability Law is fitted
/// where the points tell how many requests were at work, and saturation and knee follow.
///
/// Between points each time runs along a monotone cubic (Fritsch and Carlson, SIAM Journal on Numerical Analysis 17, 1980)
/// over the rate: it never swings beyond what was measured. Below the lowest rate times are those of the lowest. Beyond the
/// highest throughput there is no steady state. Replicas are taken to be alike and to share the demand by chance.
public struct MeasuredCurve: ServiceModel {
  /// One load that was measured against one replica.
  public struct Point: Hashable, Sendable {
    /// Answered, a second.
    public var throughput: RequestRate
    /// Requests at work or waiting, on average; by Little's law where only the mean response time is known.
    public var concurrency: Double?
    public var latencies: [ServiceMetric: Latency]

    public init(throughput: RequestRate, concurrency: Double? = nil, latencies: [ServiceMetric: Latency] = [:]) {
      self.throughput = throughput
      self.concurrency =
        concurrency
        ?? latencies[.response].flatMap { $0.mean.isFinite ? throughput.perSecond * $0.mean : nil }
      self.latencies = latencies
    }
  }

  /// In order of throughput, up to the highest.
  public let points: [Point]
  /// The law through all that were measured; nil where fewer than three tell their concurrency.
  public let fit: ScalabilityFit?
  public let metrics: Set<ServiceMetric>
  private let curves: [ServiceMetric: [MonotoneCurve]]

  /// - Throws: ``ServingError`` for no point, and for throughputs that are not above zero.
  public init(_ measured: [Point]) throws(ServingError) {
    guard !measured.isEmpty else {
      throw ServingError(.invalidParameter, "a curve without a point: measure at three loads or more")
    }
    for point in measured where !(point.throughput > .zero && point.throughput.isFinite) {
      throw ServingError(
        .invalidParameter, "a throughput of \(point.throughput.perSecond)/s: give what was answered, above 0")
    }
    let known = measured.compactMap { point -> (concurrency: Double, throughput: Double)? in
      guard let concurrency = point.concurrency, concurrency > 0, concurrency.isFinite else { return nil }
      return (max(1, concurrency), point.throughput.perSecond)
    }
    fit = Set(known.map(\.concurrency)).count >= 3 ? try? ScalabilityFit(known) : nil
    // Past the peak, more load answers less: those points tell of overload, not of a steady state.
    let byLoad = measured.sorted { a, b in
      (a.concurrency ?? 0, a.throughput.perSecond) < (b.concurrency ?? 0, b.throughput.perSecond)
    }
    var rising: [Point] = []
    for point in byLoad {
      if let last = rising.last, point.throughput <= last.throughput { continue }
      rising.append(point)
    }
    points = rising
    let shared = rising.map { Set($0.latencies.keys) }.reduce(Set(ServiceMetric.times)) { $0.intersection($1) }
    metrics = shared
    let rates = rising.map(\.throughput.perSecond)
    var curves: [ServiceMetric: [MonotoneCurve]] = [:]
    for metric in shared {
      curves[metric] = Self.columns.map { column in
        MonotoneCurve(x: rates, y: rising.map { $0.latencies[metric]?[keyPath: column] ?? 0 })
      }
    }
    self.curves = curves
  }

  private static var columns: [KeyPath<Latency, Double>] {
    [\.mean, \.p50, \.p90, \.p95, \.p99, \.p999]
  }

  /// The highest throughput that was measured; the law's peak is no more than a hope beyond it.
  public var capacityPerReplica: RequestRate { points.last?.throughput ?? .zero }
  public var hasIndependentReplicas: Bool { true }

  public var summary: String {
    let count = points.count == 1 ? "1 load" : "\(points.count) loads"
    var words = "measured at \(count), saturation at \(capacityPerReplica)"
    if let law = fit?.law {
      words += ", sigma \(NumberFormat.significant(law.contention, 3))"
      words += ", kappa \(NumberFormat.significant(law.coherency, 3))"
      if law.peakConcurrency.isFinite {
        words += ", peak at \(NumberFormat.significant(law.peakConcurrency, 3)) requests at once"
      }
    }
    return words
  }

  /// Where more load costs more than it brings (``ScalabilityLaw/kneeConcurrency``), as a rate; nil without a fit.
  public var knee: RequestRate? {
    fit.map { min($0.law.throughput(at: min($0.law.kneeConcurrency, 1e9)), capacityPerReplica) }
  }

  public var requestLimit: Int? {
    fit.map { Int(min(max(1, $0.law.peakConcurrency * 4), 65_536)) }
  }
  public func requestTime(inFlight: Int) -> TimeDistribution? {
    guard let fit else { return nil }
    return try? TimeDistribution(mean: fit.law.responseTime(at: Double(inFlight)), variability: 1)
  }

  public func level(of demand: RequestRate, replicas: Int) -> ServiceLevel {
    let utilization = offeredUtilization(of: demand, replicas: replicas)
    guard utilization.rawValue < 1 else {
      return ServiceLevel(
        utilization: utilization, served: capacity(of: replicas), concurrency: .infinity,
        latencies: Dictionary(uniqueKeysWithValues: metrics.map { ($0, .unbounded) }), binding: .capacity)
    }
    let served = max(demand, .zero)
    let rate = served.perSecond / Double(max(1, replicas))
    var latencies: [ServiceMetric: Latency] = [:]
    for (metric, columns) in curves {
      let v = columns.map { $0.value(at: rate) }
      latencies[metric] = Latency(mean: v[0], p50: v[1], p90: v[2], p95: v[3], p99: v[4], p999: v[5])
    }
    let alone = points.first?.latencies[.response]?.mean
    let mean = latencies[.response]?.mean
    return ServiceLevel(
      utilization: utilization, served: served, concurrency: mean.map { served.perSecond * $0 },
      latencies: latencies,
      binding: (mean ?? 0) > 1.5 * (alone ?? .infinity) ? .queue : .none,
      caution: rate > 0 && rate < (points.first?.throughput.perSecond ?? 0)
        ? "below the lowest load that was measured times are taken to be the same" : nil)
  }
}

/// A curve through points that rises and falls only where they do.
struct MonotoneCurve: Sendable {
  private let x: [Double]
  private let y: [Double]
  private let slopes: [Double]

  /// - Parameter x: rising, as many as `y`, one or more.
  init(x: [Double], y: [Double]) {
    self.x = x
    self.y = y
    guard x.count > 1 else {
      slopes = [0]
      return
    }
    let widths: [Double] = zip(x.dropFirst(), x).map { pair in pair.0 - pair.1 }
    let rises: [Double] = zip(y.dropFirst(), y).map { pair in pair.0 - pair.1 }
    let secants: [Double] = zip(rises, widths).map { pair in pair.0 / pair.1 }
    var slopes = [secants[0]]
    for i in secants.indices.dropFirst() {
      let (a, b): (Double, Double) = (secants[i - 1], secants[i])
      // Brodlie's harmonic mean: zero where the points turn, never too steep for either side.
      let weight: Double = (widths[i - 1] + 2 * widths[i]) / (3 * (widths[i - 1] + widths[i]))
      let bottom: Double = weight * b + (1 - weight) * a
      slopes.append(a * b > 0 ? a * b / bottom : 0)
    }
    slopes.append(secants[secants.count - 1])
    self.slopes = slopes
  }

  func value(at position: Double) -> Double {
    guard position > x[0] else { return y[0] }
    guard position < x[x.count - 1] else { return y[y.count - 1] }
    let i = (x.firstIndex { $0 > position } ?? 1) - 1
    let width = x[i + 1] - x[i]
    let t = (position - x[i]) / width
    let left: Double = (1 - t) * (1 - t)
    let right: Double = t * t
    let fromLeft: Double = left * ((1 + 2 * t) * y[i] + t * width * slopes[i])
    let fromRight: Double = right * ((3 - 2 * t) * y[i + 1] - (1 - t) * width * slopes[i + 1])
    return fromLeft + fromRight
  }
}

extension MeasuredCurve {
  /// The keys of one load.
  static let pointSchema = ObjectSchema(
    title: "load", summary: "One load that was measured against one replica.",
    fields: [
      Field("rate", "answered, a second", UnitSchema.rate, required: true, example: "955/s"),
      Field("concurrency", "requests at work or waiting, on average", .number, example: "1"),
      Field("mean", "mean response time", UnitSchema.span, example: "12ms"),
      Field("p50", "its median", UnitSchema.span, example: "11ms"),
      Field("p90", "its 90 % quantile", UnitSchema.span, example: "18ms"),
      Field("p95", "its 95 % quantile", UnitSchema.span, example: "22ms"),
      Field("p99", "its 99 % quantile", UnitSchema.span, example: "40ms"),
    ])

  public static let descriptor = ServiceModelDescriptor(
    name: "curve",
    summary: "A replica measured at several loads: times are interpolated, the Universal Scalability Law is fitted.",
    key: "curve",
    fields: [
      Field(
        "curve",
        "rates and times of one replica, from its lowest to its highest load: listed, or a file (JSON of headroom load sweep, or CSV)",
        .any(of: [.list(.object(pointSchema)), .string], description: "a list of loads, or a file"),
        example: "[ { rate: 955/s, concurrency: 1, p99: 2ms }, { rate: 9400/s, concurrency: 14, p99: 4ms } ]")
    ],
    example: """
      service:
        curve:
          - { rate: 955/s, concurrency: 1, mean: 1.05ms, p99: 2ms }
          - { rate: 4316/s, concurrency: 5, mean: 1.16ms, p99: 3ms }
          - { rate: 9427/s, concurrency: 14, mean: 1.49ms, p99: 5ms }
          - { rate: 12211/s, concurrency: 27, mean: 2.21ms, p99: 9ms }
        objective: { p99: 6ms }
      """
  ) { node, path, reader in
    var points: [Point] = []
    if let file = node["curve"]?.text {
      guard let files = reader.files else { return nil }
      do throws(Diagnostics) {
        points = try Point.read(try files(file), file: file)
      } catch {
        reader.values.merge(error, ofFilesAt: node["curve"], "\(path).curve")
        return nil
      }
      return reader.make(node, "\(path).curve") { () throws(ServingError) in
        ServiceEstimate(exactly: try MeasuredCurve(points))
      }
    }
    let list = node["curve"]?.elements ?? []
    if list.isEmpty {
      reader.values.fail(
        "'curve' has no load", node["curve"], "\(path).curve", help: "write - { rate: 955/s, concurrency: 1, p99: 2ms }"
      )
    }
    for (i, item) in list.enumerated() {
      let key = "\(path).curve[\(i)]"
      guard let rate: RequestRate = reader.values.quantity(item["rate"], "\(key).rate") else { continue }
      let concurrency = reader.values.number(item["concurrency"], "\(key).concurrency", above: 0)
      func time(_ name: String) -> Double? {
        item[name] == nil ? nil : reader.values.positiveSpan(item[name], "\(key).\(name)")?.seconds
      }
      // By Little's law, where the concurrency tells it.
      let mean = time("mean") ?? concurrency.map { $0 / max(rate.perSecond, 1e-300) }
      let known: [(rank: Double, seconds: Double)] = [("p50", 0.5), ("p90", 0.9), ("p95", 0.95), ("p99", 0.99)]
        .compactMap { name, p in time(name).map { (-log1p(-p), $0) } }
      points.append(
        Point(
          throughput: rate, concurrency: concurrency,
          latencies: Latency(mean: mean, quantiles: known).map { [.response: $0] } ?? [:]))
    }
    guard !points.isEmpty, reader.values.diagnostics.isEmpty else { return nil }
    return reader.make(node, "\(path).curve") { () throws(ServingError) in
      ServiceEstimate(exactly: try MeasuredCurve(points))
    }
  }
}

extension Latency {
  /// A time of which a mean and some quantiles are known: between them along exponential tails, beyond the last along an
  /// exponential with what is known; nil where nothing is.
  ///
  /// - Parameter quantiles: ranks as `-ln(1 - p)`, rising, and seconds.
  init?(mean: Double?, quantiles: [(rank: Double, seconds: Double)]) {
    guard mean != nil || !quantiles.isEmpty else { return nil }
    func at(_ p: Double) -> Double {
      let rank = -log1p(-p)
      guard let last = quantiles.last else { return (mean ?? 0) * rank }
      var before = (rank: 0.0, seconds: 0.0)
      for known in quantiles {
        if rank <= known.rank {
          return before.seconds + (known.seconds - before.seconds) * (rank - before.rank) / (known.rank - before.rank)
        }
        before = known
      }
      return last.seconds * rank / last.rank
    }
    self.init(
      mean: mean ?? at(1 - exp(-1)), p50: at(0.5), p90: at(0.9), p95: at(0.95), p99: at(0.99), p999: at(0.999))
  }
}
