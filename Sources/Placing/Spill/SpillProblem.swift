import Quantities

/// Models that run only where their hardware stands, and what becomes of a region's overflow.
///
/// A host is a model's replicas in one region. It takes requests of other regions until its queue or its KV cache is under
/// pressure; then they are offered to the next nearest region that hosts the same model. A region that is up but full answers
/// 429, and the request goes on. What finds no place is refused to its client; it never goes to another model.
public struct SpillProblem: Hashable, Sendable {
  public struct Model: Hashable, Sendable {
    public var id: String
    /// Seconds that a request is in the system, and tokens of KV cache that it holds meanwhile, on average.
    public var seconds: Double
    public var tokens: Double
    public init(id: String, seconds: Double, tokens: Double) {
      precondition(seconds >= 0 && tokens >= 0, "a request takes no negative time or memory")
      self.id = id
      self.seconds = seconds
      self.tokens = tokens
    }
  }
  public struct Host: Hashable, Sendable {
    public var region: Int
    public var model: Int
    /// Requests a second that it serves at most, and tokens that its KV cache holds.
    public var rate: Double
    public var cache: Double
    public init(region: Int, model: Int, rate: Double, cache: Double = .infinity) {
      precondition(rate >= 0 && cache >= 0, "a host has no negative capacity")
      self.region = region
      self.model = model
      self.rate = rate
      self.cache = cache
    }
  }
  /// Requests for one model that come from one place.
  public struct Origin: Hashable, Sendable {
    public var id: String
    public var model: Int
    public var home: Int?
    public var demand: [Double]
    public var allowed: Set<Int>?
    /// Round-trip time to each region in milliseconds; nil where there is no way.
    public var latency: [Double?]
    public init(
      id: String, model: Int, home: Int?, demand: [Double], allowed: Set<Int>? = nil, latency: [Double?]
    ) {
      precondition(demand.allSatisfy { $0.isFinite && $0 >= 0 }, "demand is finite and not negative")
      self.id = id
      self.model = model
      self.home = home
      self.demand = demand
      self.allowed = allowed
      self.latency = latency
    }
  }

  public var regions: [String]
  public var models: [Model]
  public var hosts: [Host]
  public var origins: [Origin]
  /// Regions that are down.
  public var lost: Set<Int>
  /// The share of its rate, and of its cache, at which a host no longer takes other regions' requests.
  public var queuePressure: Double
  public var cachePressure: Double
  /// The longest round trip, the refusals on the way added, in milliseconds.
  public var latencyLimit: Double

  public init(
    regions: [String], models: [Model], hosts: [Host], origins: [Origin], lost: Set<Int> = [],
    queuePressure: Double = 0.8, cachePressure: Double = 0.9, latencyLimit: Double = .infinity
  ) {
    let steps = origins.first?.demand.count ?? 0
    precondition(origins.allSatisfy { $0.demand.count == steps }, "all origins tell the same hours")
    precondition(origins.allSatisfy { $0.latency.count == regions.count }, "an origin has a latency to each region")
    precondition(
      hosts.allSatisfy { regions.indices.contains($0.region) && models.indices.contains($0.model) },
      "a host is of a known region and model")
    self.regions = regions
    self.models = models
    self.hosts = hosts
    self.origins = origins
    self.lost = lost
    self.queuePressure = min(1, max(0, queuePressure))
    self.cachePressure = min(1, max(0, cachePressure))
    self.latencyLimit = latencyLimit
  }

  public var steps: Int { origins.first?.demand.count ?? 0 }

  /// What a host serves at most, and until when it takes others' requests: its rate, or what its cache holds at once over
  /// how long a request stays (Little's law), whichever is less.
  public func limit(_ host: Host) -> (most: Double, spill: Double, isCacheBound: Bool) {
    guard !lost.contains(host.region) else { return (0, 0, false) }
    let model = models[host.model]
    let each = model.seconds * model.tokens
    let byCache = each > 0 ? host.cache / each : .infinity
    return (
      min(host.rate, byCache), min(host.rate * queuePressure, byCache * cachePressure), byCache < host.rate
    )
  }
}

/// What became of the requests, summed over the hours (requests a second, hour by hour added up).
public struct SpillOutcome: Hashable, Sendable {
  public struct Way: Hashable, Sendable {
    public var origin: Int
    public var region: Int
    /// The sum over the hours, and the most of one hour.
    public var served: Double
    public var peak: Double
    /// The mean round trip of what is served here, refusals on the way included, in milliseconds.
    public var latency: Double
  }
  public var ways: [Way]
  /// By origin: asked, served at home, served elsewhere, refused to the client.
  public var asked: [Double]
  public var home: [Double]
  public var away: [Double]
  public var refused: [Double]
  /// By host: how often it answered 429 although it was up, and its highest share of what it serves at most.
  public var refusals: [Double]
  public var busiest: [Double]
  /// The hour in which most is refused, where any is.
  public var worstHour: Int?
}
