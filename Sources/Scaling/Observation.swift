import Quantities

/// What a policy sees when it looks: the time, the replicas by stage, and the measurements.
public struct Observation: Sendable {
  public var time: Timestamp
  public var replicas: ReplicaCount
  /// The fleet as a whole. In the fluid world this is all there is.
  public var signals: Signals
  /// Named metrics and single pods, where a replay has them; nil costs the simple policies nothing.
  public var detail: (any MetricDetail)?

  @inlinable
  public init(time: Timestamp, replicas: ReplicaCount, signals: Signals, detail: (any MetricDetail)? = nil) {
    self.time = time
    self.replicas = replicas
    self.signals = signals
    self.detail = detail
  }
}

/// Replicas by stage.
@frozen public struct ReplicaCount: Hashable, Sendable {
  /// What was last asked for (`scale.spec.replicas`).
  public var desired: Int
  /// Serving now.
  public var ready: Int
  /// On their way: waiting for a node, pulling an image, loading a model, warming.
  public var starting: Int
  /// Finishing their last requests.
  public var draining: Int

  @inlinable public init(desired: Int, ready: Int, starting: Int = 0, draining: Int = 0) {
    self.desired = desired
    self.ready = ready
    self.starting = starting
    self.draining = draining
  }
}

/// Measurements of a fleet taken as one. NaN marks what is not measured: a policy that needs it decides nothing.
@frozen public struct Signals: Hashable, Sendable {
  /// Requests a second offered to the whole service.
  public var demand = Double.nan
  /// The mean busy share of the ready replicas: 1 is saturated. Measured values saturate at 1, as real CPU and
  /// GPU meters do.
  public var utilization = Double.nan
  /// Requests in service or waiting, over the whole service.
  public var concurrency = Double.nan
  /// Requests waiting, over the whole service.
  public var queueDepth = Double.nan
  /// Seconds.
  public var p99Latency = Double.nan

  @inlinable public init() {}
  @inlinable public init(demand: Double) { self.demand = demand }
}

/// A signal that policies scale on, by name.
public enum Signal: String, CaseIterable, Sendable, Hashable {
  case requestRate = "request_rate"
  case utilization
  case concurrency
  case queueDepth = "queue_depth"
  case p99Latency = "p99_latency"
}

/// Several signals.
@frozen public struct SignalSet: OptionSet, Sendable, Hashable {
  public let rawValue: UInt8
  @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }
  public init(_ signal: Signal) {
    switch signal {
    case .requestRate: self = .requestRate
    case .utilization: self = .utilization
    case .concurrency: self = .concurrency
    case .queueDepth: self = .queueDepth
    case .p99Latency: self = .p99Latency
    }
  }
  @inlinable public static var requestRate: SignalSet { SignalSet(rawValue: 1) }
  @inlinable public static var utilization: SignalSet { SignalSet(rawValue: 2) }
  @inlinable public static var concurrency: SignalSet { SignalSet(rawValue: 4) }
  @inlinable public static var queueDepth: SignalSet { SignalSet(rawValue: 8) }
  @inlinable public static var p99Latency: SignalSet { SignalSet(rawValue: 16) }
  @inlinable public static var all: SignalSet { SignalSet(rawValue: 31) }
}

extension Signals {
  /// A signal by name; NaN where it is not measured.
  @inlinable public subscript(signal: Signal) -> Double {
    switch signal {
    case .requestRate: demand
    case .utilization: utilization
    case .concurrency: concurrency
    case .queueDepth: queueDepth
    case .p99Latency: p99Latency
    }
  }
}

/// Named metrics and single pods of a recorded moment.
public protocol MetricDetail: AnyObject, Sendable {
  /// A metric of the whole service or of something outside it (an Object or External metric), or nil where the
  /// pipeline failed to deliver it.
  func value(of metric: String) -> Double?
}
