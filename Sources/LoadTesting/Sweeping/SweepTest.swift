import Glibc
import Quantities
import Serving

/// Loads a service level by level, each for the same time, and draws its curve: what it does, and how fast, at each rate
/// or number of requests at a time.
public struct SweepTest: Sendable {
  /// One level of load.
  public enum Level: Sendable, Hashable {
    /// Requests, or sessions, a second: an open loop.
    case rate(RequestRate)
    /// Requests under way at all times: a closed loop.
    case concurrency(Int)

    /// The number alone.
    public var value: Double {
      switch self {
      case .rate(let rate): rate.perSecond
      case .concurrency(let count): Double(count)
      }
    }
  }
  public var target: LoadTarget
  public var levels: [Level]
  public var stepLength: Duration
  /// The beginning of each level that is left out.
  public var warmup: Duration
  /// What requests are held to, together.
  public var bounds: [LatencyBound]
  public var spacing: ArrivalSchedule.Spacing
  public var seed: UInt64
  /// The most connections of an open loop.
  public var connections: Int
  public var timeout: Duration
  public var limits: LoadLimits
  public var readsStreams = false
  public var streamFormat: StreamFormat?
  /// The most requests at a time on each connection, over HTTP/2.
  public var streamsPerConnection = 1
  var keepsSessionConnections = false
  /// Whether what became of each request is kept.
  public var keepsOutcomes = false
  /// Makes the requests, where they are not the target's own.
  var course: (@Sendable () -> any RequestCourse)?

  public init(
    _ target: LoadTarget, levels: [Level], stepLength: Duration = .seconds(30), warmup: Duration = .seconds(3),
    bounds: [LatencyBound] = [], spacing: ArrivalSchedule.Spacing = .constant, seed: UInt64 = 1,
    connections: Int = 1000, timeout: Duration = .seconds(600), limits: LoadLimits = LoadLimits()
  ) {
    self.target = target
    self.levels = levels
    self.stepLength = stepLength
    self.warmup = warmup
    self.bounds = bounds
    self.spacing = spacing
    self.seed = seed
    self.connections = connections
    self.timeout = timeout
    self.limits = limits
  }

  /// Loads the service on the calling thread.
  /// - Parameter onPoint: hears of each level.
  public func run(
    isInterrupted: () -> Bool = { false }, onPoint: (SweepPoint) -> Void = { _ in }
  ) throws(LoadTestingError) -> SweepResult {
    guard !levels.isEmpty, levels.count <= 200, levels.allSatisfy({ $0.value > 0 }) else {
      throw LoadTestingError(
        .badSettings, "a sweep needs its levels", remedy: "write --rates 1,2,4,8 or --concurrency 1,2,4,8")
    }
    try target.checkReachable()
    var points: [SweepPoint] = []
    for (i, level) in levels.enumerated() where !isInterrupted() {
      var settings: LoadSettings
      switch level {
      case .rate(let rate):
        let schedule = ArrivalSchedule(.constant(rate, for: stepLength), spacing: spacing, seed: seed &+ UInt64(i))
        settings = LoadSettings(.open(schedule), connections: connections)
        settings.streamsPerConnection = streamsPerConnection
      case .concurrency(let count):
        let streams = keepsSessionConnections ? 1 : streamsPerConnection
        let (connections, streamsOfEach) = LoadSettings.split(concurrency: count, streams: streams)
        settings = LoadSettings(.closed(duration: stepLength, think: .zero), connections: connections)
        settings.streamsPerConnection = streamsOfEach
      }
      settings.timeout = timeout
      settings.warmup = warmup
      settings.limits = limits
      settings.readsStreams = readsStreams
      settings.streamFormat = streamFormat
      settings.bounds = bounds
      settings.keepsOutcomes = keepsOutcomes
      settings.course = course
      settings.keepsSessionConnections = keepsSessionConnections
      let point = SweepPoint(level, try LoadTest(target, settings).run(isInterrupted: isInterrupted))
      points.append(point)
      onPoint(point)
    }
    return SweepResult(points)
  }

  /// Levels from one to another, each so many times the one before.
  public static func geometric(from: Double, to: Double, count: Int) -> [Double] {
    guard count > 1, from > 0, to > from else { return [from] }
    let ratio = log(to / from) / Double(count - 1)
    return (0..<count).map { from * exp(ratio * Double($0)) }
  }
}

/// One level of a sweep and what came of it.
public struct SweepPoint: Sendable, Equatable {
  public var level: SweepTest.Level
  public var result: LoadResult

  init(_ level: SweepTest.Level, _ result: LoadResult) {
    self.level = level
    self.result = result
  }

  /// Requests in the service on average, by Little's law: throughput times the mean time from sending to answer.
  public var concurrency: Double { result.achievedRate.perSecond * (result.service.mean ?? .nan) }
  /// What a user of the service gets a second: tokens where it streams, else answers.
  public var throughput: Double {
    result.streams?.tokensPerSecond ?? Double(result.ok) / max(1e-9, result.window.seconds)
  }
  /// Seconds that are shown: to the first token where there are any, else to the answer; and for each token.
  public func first(_ p: Double) -> Double? { (result.streams?.timeToFirstToken ?? result.latency).quantile(p) }
  public func perToken(_ p: Double) -> Double? { result.streams?.timePerOutputToken.quantile(p) }

  /// Whether every bound was kept by the share of requests that it asks for; nil where there are none.
  public var isKept: Bool? {
    guard !result.bounds.isEmpty, result.offered > 0 else { return nil }
    return result.bounds.allSatisfy {
      Double($0.good.reduce(0, +)) >= $0.bound.quantile * Double(result.offered)
    }
  }
}

/// What a sweep found.
public struct SweepResult: Sendable, Equatable {
  public var points: [SweepPoint]
  public var scalability: ScalabilityFit?
  /// Where throughput stops growing with the number of requests in the service; nil where no such point shows.
  public var knee: ScalabilityKnee?

  public init(_ points: [SweepPoint]) {
    self.points = points
    let curve = points.filter { $0.concurrency > 0 && $0.result.achievedRate.perSecond > 0 }
    scalability = ScalabilityFit(
      levels: curve.map { (concurrency: $0.concurrency, throughput: $0.result.achievedRate.perSecond) })
    knee = ScalabilityKnee(fitting: curve.map { (concurrency: $0.concurrency, throughput: $0.throughput) })
  }

  /// Places of the points that no other beats: more throughput at no worse median first token and time for each token.
  public var front: [Int] {
    points.indices.filter { i in
      let a = points[i]
      guard a.result.ok > 0 else { return false }
      return !points.indices.contains { k in
        let b = points[k]
        guard k != i, b.result.ok > 0 else { return false }
        let values = [
          (-b.throughput, -a.throughput), (b.first(0.5) ?? .infinity, a.first(0.5) ?? .infinity),
          (b.perToken(0.5) ?? 0, a.perToken(0.5) ?? 0),
        ]
        return values.allSatisfy { $0.0 <= $0.1 } && values.contains { $0.0 < $0.1 }
      }
    }
  }

  /// The highest level that kept the bounds: of those that are valid.
  public var best: SweepPoint? {
    points.filter { $0.isKept == true && $0.result.isValid }.max {
      $0.result.achievedRate.perSecond < $1.result.achievedRate.perSecond
    }
  }
  /// The least that missed them and achieved more.
  public var missed: SweepPoint? {
    let floor = best?.result.achievedRate.perSecond ?? 0
    return points.filter { $0.isKept == false && $0.result.achievedRate.perSecond >= floor }.min {
      $0.result.achievedRate.perSecond < $1.result.achievedRate.perSecond
    }
  }
}
